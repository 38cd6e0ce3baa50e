/** Reading configuration: numbers or standard names, and errors that a person can act on. */

import * as z from "zod";
import { ConfigError, type ConfigIssue } from "./processor-error.ts";

/**
 * The configuration with its defaults. A key without a value counts as absent, as does a whole
 * block without one. Throws a {@link ConfigError} that names every key at fault, what it got and
 * what it wants; for a key that does not exist, the one that was probably meant.
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  config: unknown,
): z.output<Schema> {
  const given = withoutNulls(config ?? {});
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.flatMap((issue) => problemsOf(issue, given, keysAt(schema, issue.path))),
  );
}

/** An integer on the wire that configuration gives as a number, as digits or by name. */
export function numberOrName(names: Readonly<Record<string, number>>, most = 255) {
  const wants = `a number from 0 to ${most} or one of ${Object.keys(names).join(", ")}`;
  return z.union([z.number(), z.string()], wants).transform((value, context): number => {
    const number = numberOf(value, names);
    if (number !== undefined && number >= 0 && number <= most) return number;
    context.addIssue(wants);
    return z.NEVER;
  });
}

/** The number that a name, digits or a number stands for; undefined when there is none. */
export function numberOf(
  value: number | string,
  names: Readonly<Record<string, number>>,
): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const name = value.trim().toUpperCase().replaceAll(/[ -]/g, "_");
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

/** One of a few words, in any case. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  const find = (value: unknown): Words[number] | undefined =>
    typeof value === "string"
      ? words.find((word) => word.toLowerCase() === value.toLowerCase())
      : undefined;
  return z
    .custom<Words[number]>((value) => find(value) !== undefined, `one of ${words.join(", ")}`)
    .transform((value): Words[number] => find(value) ?? value)
    .meta({ enum: [...words] });
}

/** True or false, also as the words that environment variables can carry. */
export const flag = z
  .union([z.boolean(), z.enum(["true", "false"])], "true or false")
  .transform((value) => value === true || value === "true");

function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutNulls(member)]));
}

function problemsOf(
  issue: z.core.$ZodIssue,
  config: unknown,
  known: readonly string[],
): ConfigIssue[] {
  if (issue.code !== "unrecognized_keys") {
    const got = issue.path.reduce<unknown>(
      (value, key) => (isObject(value) ? value[String(key)] : Reflect.get(Object(value), key)),
      config,
    );
    const problem = `got ${excerpt(got)}, wants ${issue.message}`;
    return [{ path: issue.path.join(".") || "configuration", problem }];
  }
  return issue.keys.map((key) => {
    const path = [...issue.path, key].join(".");
    const meant = nearest(key, known);
    if (meant !== undefined) return { path, problem: `unknown key, did you mean ${meant}?` };
    return { path, problem: `unknown key, wants one of ${known.join(", ")}` };
  });
}

/** A value as an error shows it. */
export function excerpt(value: unknown): string {
  const json = JSON.stringify(value) ?? "nothing";
  return json.length > 80 ? `${json.slice(0, 80)}...` : json;
}

/** The keys of the object at a path of the schema, looking through defaults and what may be absent. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  ) {
    return keysAt(schema.def.innerType, path);
  }
  const [key, ...rest] = path;
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (key === undefined) return Object.keys(schema.shape);
  const member: unknown = schema.shape[String(key)];
  return member instanceof z.ZodType ? keysAt(member, rest) : [];
}

/** The known key that takes the fewest changes, if they are fewer than half of its letters. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, changes: changesBetween(key, candidate) }))
    .filter(({ candidate, changes }) => changes * 2 < candidate.length || candidate.startsWith(key))
    .sort((a, b) => a.changes - b.changes);
  return best?.candidate;
}

/** The edit distance (Levenshtein), of the first 64 characters. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a.slice(0, 64)].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replace = (row[j] ?? 0) + (b[j] === letter ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
