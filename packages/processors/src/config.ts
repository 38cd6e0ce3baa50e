/** Reading configuration: numbers or standard names, and errors that a person can act on. */

import { didYouMean } from "@esme/settings";
import { problemsIn, type SchemaProblem } from "@esme/settings/schema";
import * as z from "zod";
import { ConfigError, type ConfigIssue } from "./processor-error.ts";

/**
 * The configuration with its defaults. A key without a value counts as absent, as does a whole
 * block without one. Throws a {@link ConfigError} that names every key at fault, what it got and
 * what it wants; for a key that does not exist, the one that was probably meant. Of very many faults
 * the first ten are named.
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  config: unknown,
): z.output<Schema> {
  const given = withoutNulls(config ?? {}, []);
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = problemsIn(result.error, given);
  const more = problems.length - mostFaults;
  throw new ConfigError([
    ...firstFaults(problems).map(issueOf),
    ...(more > 0 ? [{ path: "configuration", problem: `${more} more` }] : []),
  ]);
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

/** The number that a name, digits (also `0x40`) or a number stands for; undefined when there is none. */
export function numberOf(
  value: number | string,
  names: Readonly<Record<string, number>>,
): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  if (/^(?:\d{1,9}|0x[0-9a-f]{1,7})$/i.test(value)) return Number(value);
  const name = value.trim().toUpperCase().replaceAll(/[ -]/g, "_");
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

const secondsWanted = "a number of seconds, 0 or above";

/** Seconds, 0 or above, also as the digits that environment variables carry. */
export const seconds = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}(?:\.\d{1,9})?$/)
        .transform(Number),
    ],
    secondsWanted,
  )
  .pipe(z.number().min(0, secondsWanted));

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

/** Deeper than any setting: mappings may be inside themselves, as YAML can write them. */
const mostLevels = 20;

function withoutNulls(value: unknown, path: readonly string[]): unknown {
  if (!isObject(value)) return value;
  if (path.length > mostLevels) {
    const problem = `nested more than ${mostLevels} deep`;
    throw new ConfigError([{ path: `${pathOf(path.slice(0, 3))}...`, problem }]);
  }
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    entries.map(([key, member]) => [key, withoutNulls(member, [...path, key])]),
  );
}

function issueOf({ path, wants, value, key, known }: SchemaProblem): ConfigIssue {
  if (key === undefined) {
    const problem = `got ${shown(value, path)}, wants ${wants}`;
    return { path: pathOf(path) || "configuration", problem };
  }
  const place = pathOf([...path, key]);
  if (known === undefined) return { path: place, problem: `wants ${wants}` };
  return {
    path: place,
    problem: `unknown key${didYouMean(key, known) || `, wants one of ${wants}`}`,
  };
}

const mostFaults = 10;

/** As many as a person reads: what comes from outside may have any number of faults. */
export function firstFaults<Fault>(faults: readonly Fault[]): readonly Fault[] {
  return faults.slice(0, mostFaults);
}

/** The keys to a place, with dots between; long ones are cut. */
export function pathOf(keys: readonly PropertyKey[]): string {
  return keys.map((key) => cut(String(key), 40)).join(".");
}

/**
 * A value as an error shows it: short, a mapping or a list by its type alone, and nothing of what
 * stands under a key that looks like a secret's, of octets of a message, or of a URL with a password.
 */
export function shown(value: unknown, keys: readonly PropertyKey[]): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const isHidden = keys.some((key) => hiddenKey.test(String(key)));
  if (isHidden || (typeof value === "string" && passwordInUrl.test(value))) {
    return typeof value === "string" ? `text of ${value.length} characters` : `a ${typeof value}`;
  }
  return cut(JSON.stringify(value) ?? `a ${typeof value}`, 80);
}

const hiddenKey =
  /pass|pwd|secret|token|api_?key|access_?key|private|credential|auth|dsn|^(?:octets|data)$/i;
const passwordInUrl = /\/\/[^/\s@]{0,200}:[^/\s@]{0,200}@/;

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
