/** From the body of a broker message to a checked object, and back. */

import type * as z from "zod";
import type { Guard } from "./keys.ts";
import { hasMembers, hasShortIds, isHarmless, isId, limitIssues, mostLevels } from "./limits.ts";
import { MessageError, type MessageIssue, nothing } from "./message-error.ts";

/**
 * The value that a body holds, JSON text or its UTF-8 octets. Error texts of `JSON.parse` quote the
 * body, and bodies hold what people wrote: only the position is passed on.
 */
export function readBody(body: string | Uint8Array): unknown {
  let json: string;
  try {
    json = typeof body === "string" ? body : utf8.decode(body);
  } catch {
    throw new MessageError("not_utf8", [{ path: "", got: "other octets", wants: "UTF-8" }]);
  }
  try {
    return JSON.parse(json);
  } catch (error) {
    const position = /position \d+/.exec(error instanceof Error ? error.message : "")?.[0];
    const got = json === "" ? nothing : `${json.length} characters that are not JSON`;
    const where = position === undefined ? "" : ` (first fault at ${position})`;
    throw new MessageError("not_json", [{ path: "", got: got + where, wants: "a JSON object" }]);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Deletes keys that would change a prototype when somebody merges the object into another one:
 * `__proto__`, and `constructor` that has a `prototype`. Not by recursion: a body may be nested
 * deeper than the stack is.
 */
function withoutTraps(body: unknown): unknown {
  const pending = [body];
  for (const value of pending) {
    if (typeof value !== "object" || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (isTrap(key, inner)) Reflect.deleteProperty(value, key);
      else if (typeof inner === "object") pending.push(inner);
    }
  }
  return body;
}

function isTrap(key: string, value: unknown): boolean {
  if (key === "__proto__") return true;
  return key === "constructor" && member(value, "prototype") !== undefined;
}

/** The key of the message that a body is, or is about. */
type IdKey = "message_id" | "user_message_id";

/** What the bodies of one kind hold. */
export interface Contract<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Says yes to bodies that the schema would give back as they are. */
  readonly guard: Guard;
  /** The key of the message that a body is, or is about. */
  readonly idKey: IdKey;
}

/**
 * The value as the contract has it: defaults filled in, unknown keys kept, without keys that are traps
 * for code that copies objects. It may be the value itself.
 */
export function fit<Schema extends z.ZodType>(
  { schema, guard, idKey }: Contract<Schema>,
  value: unknown,
): z.output<Schema> {
  if (guard(value)) return value as z.output<Schema>; // the guard is pinned to the schema by a test
  const result = schema.safeParse(withoutTraps(value));
  if (result.success) return withinLimits(result.data, idKey);
  const issues = result.error.issues.map((issue) => describe(issue, value));
  throw refusal([...issues, ...limitIssues(value)], value, idKey) ?? result.error;
}

/** The body, or a `MessageError` thrown: an id is too long, or something nested too deeply. */
export function withinLimits<Body>(body: Body, idKey: IdKey): Body {
  if (hasMembers(body) && hasShortIds(body) && isHarmless(body, mostLevels)) return body;
  const error = refusal(limitIssues(body), body, idKey);
  if (error !== undefined) throw error;
  return body;
}

function refusal(
  [first, ...rest]: readonly MessageIssue[],
  body: unknown,
  idKey: IdKey,
): MessageError | undefined {
  if (first === undefined) return undefined;
  const id = member(body, idKey);
  return new MessageError("invalid", [first, ...rest], isId(id) ? id : undefined);
}

/**
 * The body of a message or an event: JSON with the keys of the contract and whatever came along.
 * Throws a `MessageError` for what `parseMessage` and `parseEvent` would not take back: an id over
 * 255 characters, objects and lists more than 100 deep.
 */
export function serialise(body: { message_type: "user_message" | "event" }): string {
  const idKey = body.message_type === "event" ? "user_message_id" : "message_id";
  return JSON.stringify(withinLimits(body, idKey));
}

function describe(issue: z.core.$ZodIssue, value: unknown): MessageIssue {
  let found = value;
  for (const key of issue.path) found = member(found, key);
  // A value of the wrong type may be anything, a telephone number too. A text where only a few
  // words or a time fit is a slip of the program that wrote it: show it.
  const shown = issue.code === "invalid_type" ? kindOf(found) : (excerpt(found) ?? kindOf(found));
  return { path: issue.path.join("."), got: shown, wants: issue.message };
}

function member(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function excerpt(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return nothing;
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
