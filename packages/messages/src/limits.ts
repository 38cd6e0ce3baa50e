/** What a body may not be, whatever its keys say: nested too deeply, or with ids too long. */

import type { MessageIssue } from "./message-error.ts";

/** Characters that an id has at most: what AMQP and SMSCs have for one, too. */
export const mostIdCharacters = 255;

/**
 * How many objects and lists may be inside one another, the body included. JSON is written by
 * recursion, which ends with the stack after some thousands.
 */
export const mostLevels = 100;

const idKeys = ["message_id", "in_reply_to", "user_message_id", "sent_message_id", "event_id"];

/** Whether it is short enough for an id. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && value.length <= mostIdCharacters;
}

/** Whether all ids of a body are short enough. */
export function hasShortIds(body: Readonly<Record<string, unknown>>): boolean {
  for (const key of idKeys) {
    const id = body[key];
    if (typeof id === "string" && id.length > mostIdCharacters) return false;
  }
  return true;
}

/**
 * Whether there are no more levels of objects and lists than that, and no key that may be a trap. It
 * copies nothing: every body passes here, when it comes, when it is made and when it is written.
 */
export function isHarmless(value: Readonly<Record<string, unknown>>, levels: number): boolean {
  if (levels === 0) return false;
  for (const key in value) {
    if (key === "__proto__" || key === "constructor") return false;
    const member = value[key];
    if (hasMembers(member) && !isHarmless(member, levels - 1)) return false;
  }
  return true;
}

/** Whether it is an object or a list. */
export function hasMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The places where a body is above a limit. */
export function limitIssues(body: unknown): MessageIssue[] {
  if (typeof body !== "object" || body === null) return [];
  const issues = idKeys.flatMap((path): MessageIssue[] => {
    const id: unknown = Reflect.get(body, path);
    if (typeof id !== "string" || id.length <= mostIdCharacters) return [];
    return [{ path, got: `${id.length} characters`, wants: `at most ${mostIdCharacters}` }];
  });
  const deep = pathBelow(body, mostLevels);
  if (deep === undefined) return issues;
  const got = `a value nested more than ${mostLevels} deep`;
  return [...issues, { path: beginning(deep), got, wants: `at most ${mostLevels} levels` }];
}

/** The keys to something that is so many levels down, or undefined. */
function pathBelow(value: unknown, levels: number): string[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (levels === 0) return [];
  let index = 0;
  for (const member of Object.values(value)) {
    const path = pathBelow(member, levels - 1);
    if (path !== undefined) return [Object.keys(value)[index] ?? "", ...path];
    index += 1;
  }
  return undefined;
}

function beginning(path: readonly string[]): string {
  const keys = path.slice(0, 4).map((key) => (key.length > 40 ? `${key.slice(0, 40)}...` : key));
  return `${keys.join(".")}...`;
}
