/** Data from files and requests: checked against a schema, with errors that a person can act on. */

import { nearestName, quoted, shortened } from "@esme/settings";
import { problemsIn, type SchemaProblem } from "@esme/settings/schema";
import { z } from "zod";

/** One thing that is wrong with what was given. */
export interface InputProblem {
  /** Where, from the outside in: `["faults", 0, "status"]`. */
  readonly path: readonly (string | number)[];
  /** What belongs there; of a key that does not belong there: what may have been meant. */
  readonly wants: string;
  /** What is there, never a password: `nothing` when it is missing. */
  readonly got: string;
  /** The key that does not belong there. */
  readonly key?: string;
}

/** Problems in one error; the others are counted. */
const mostProblems = 10;

/** What was given does not fit. `problems` has the first ten reasons, `message` a line for each. */
export class InputError extends TypeError {
  readonly problems: readonly InputProblem[];

  /** A problem is made when it is shown: to find the nearest key takes time. */
  constructor(problems: readonly (() => InputProblem)[]) {
    const told = problems.slice(0, mostProblems).map((problem) => problem());
    const others = problems.length - told.length;
    const lines = [...told.map(sentence), ...(others > 0 ? [`and ${others} more`] : [])];
    super(lines.join("\n"));
    this.name = "InputError";
    this.problems = told;
  }
}

/** `faults[0].status: expected 1 to 9, got 12`, `from: missing, expected text`. */
export function sentence({ path, wants, got, key }: InputProblem): string {
  const place = placeOf(path);
  if (key !== undefined) {
    const where = path.length === 0 ? "" : `${place}: `;
    return `${where}there is no key ${quoted(key, longestKey)}, ${wants}`;
  }
  if (got === nothing) return `${place}: missing, expected ${wants}`;
  return `${place}: expected ${wants}, got ${got}`;
}

/** The value, as the schema makes it. Throws {@link InputError} with everything that is wrong. */
export function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const hazards = hazardsIn(given);
  if (hazards.length > 0) throw new InputError(hazards.map((hazard) => () => hazard));
  const result = schema.safeParse(given, { error: wantsOf });
  if (result.success) return result.data;
  throw new InputError(problemsIn(result.error, given).map((problem) => () => problemOf(problem)));
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

/** What is expected, where the schema does not say it. */
function wantsOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return kinds[issue.expected];
    case "invalid_union":
      return "another form";
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "string"
        ? `text of at least ${issue.minimum} characters`
        : `a number from ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string"
        ? `text of at most ${issue.maximum} characters`
        : `a number up to ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** Levels of mappings and lists; real input needs less than a tenth. */
const deepest = 64;

/** A value and the way to it, as a chain: deep nesting costs no more memory than its depth. */
interface Place {
  readonly depth: number;
  readonly value: unknown;
  readonly key: string | number;
  readonly outer: Place | undefined;
}

/**
 * What no schema may see: values nested too deeply, which overflow the stack, and keys `__proto__` at any
 * depth, which a schema with free keys would drop silently.
 */
function hazardsIn(given: unknown): InputProblem[] {
  const problems: InputProblem[] = [];
  const seen = new Set<unknown>();
  const waiting: Place[] = [{ depth: 0, value: given, key: "", outer: undefined }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { value, depth } = place;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (depth > deepest) {
      const wants = `no more than ${deepest} levels of mappings and lists`;
      return [{ path: pathTo(place).slice(0, 3), wants, got: "more" }];
    }
    if (Object.hasOwn(value, "__proto__")) {
      const key = "__proto__";
      problems.push({ path: pathTo(place), wants: "choose another", got: quoted(key), key });
    }
    for (const [key, inner] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      waiting.push({ depth: depth + 1, value: inner, key: step, outer: place });
    }
  }
  return problems;
}

function pathTo(place: Place): (string | number)[] {
  const path: (string | number)[] = [];
  for (let each = place; each.outer !== undefined; each = each.outer) path.unshift(each.key);
  return path;
}

/** A duration: seconds, or text with its unit as in `250ms`, `1.5s`, `2m`, `1h`. Milliseconds. */
export const duration = z
  .union([z.number(), z.string()], { error: "seconds, or text like 250ms, 1.5s, 2m" })
  .transform((given, context): number => {
    const milliseconds = typeof given === "number" ? given * 1000 : withUnit(given);
    if (milliseconds >= 0 && milliseconds < 2 ** 31) return Math.round(milliseconds);
    context.addIssue("seconds, or text like 250ms, 1.5s, 2m; from 0 to 24 days");
    return z.NEVER;
  });

/** An integer. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER) {
  const error =
    max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** Text. A number without quotes is text too: addresses look like numbers to YAML. */
export const text = z
  .union([z.string(), z.number()], { error: "text" })
  .transform((given) => String(given));

/** What PDUs carry as a C-octet string: each character is one octet, and 0 ends it (SMPP 3.4, 3.1). */
export function wireText(min: number, max: number) {
  const error = `${min} to ${max} characters from U+0001 to U+00FF`;
  return z
    .string()
    .min(min, { error })
    .max(max, { error })
    .refine((given) => !given.includes("\0") && !/[^\0-\xff]/.test(given), { error });
}

/** The number of a phone, a short code or a name: an address in most PDUs. */
export const address = wireText(1, 20);

/** The same in an alert_notification (SMPP 3.4, 4.12.1). */
export const alertAddress = wireText(1, 64);

/** One of a table's values, by its name or as a number. */
export function named(table: Readonly<Record<string, number>>, kind: string, max: number) {
  const wants = `${kind} by name or as a number from 0 to ${max}`;
  return z.union([z.number(), z.string()], { error: wants }).transform((given, context): number => {
    const value = typeof given === "number" ? given : numberOf(table, given);
    if (value !== undefined && Number.isInteger(value) && value >= 0 && value <= max) return value;
    context.addIssue(wants);
    return z.NEVER;
  });
}

function numberOf(table: Readonly<Record<string, number>>, name: string): number | undefined {
  if (Object.hasOwn(table, name)) return table[name];
  return /^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(name) ? Number(name) : undefined;
}

const units: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

function withUnit(given: string): number {
  const [, value, unit = ""] = /^(\d+(?:\.\d+)?)\s?(ms|s|m|h)$/.exec(given) ?? [];
  return Number(value) * (units.get(unit) ?? Number.NaN);
}

function problemOf({ path, expected: wants, value, key, known }: SchemaProblem): InputProblem {
  if (key === undefined) return { path, wants, got: excerpt(value, path) };
  const got = quoted(key, longestKey);
  if (known === undefined) return { path: [...path, key], wants, got };
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? `keys are ${wants}` : `did you mean ${nearest}?`;
  return { path, wants: hint, got, key };
}

/** How a missing value is called. */
const nothing = "nothing";

/** Characters that are shown of a value, and of a key. */
const longestValue = 60;
const longestKey = 60;

/** What is there, by its kind alone where it may be a password or hold one. */
function excerpt(value: unknown, path: readonly (string | number)[]): string {
  if (value === undefined) return nothing;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  if (isSecret(path)) return typeof value === "string" ? "another text" : `a ${typeof value}`;
  return typeof value === "string" ? quoted(value, longestValue) : String(value);
}

/** Passwords, and accounts, which people write as `system_id:password`. */
function isSecret(path: readonly (string | number)[]): boolean {
  const own: readonly (string | number)[] = ["system_id", "max_sessions"];
  const key = path.at(-1);
  if (key === "password" || key === "outbind") return true;
  return path[0] === "accounts" && !(path.length === 3 && own.includes(key ?? ""));
}

/** Keys of a path that are shown. */
const longestPath = 8;

function placeOf(path: readonly (string | number)[]): string {
  const place = path
    .slice(0, longestPath)
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${shortened(key, longestKey)}`))
    .join("");
  return place.replace(/^\./, "") || "it";
}
