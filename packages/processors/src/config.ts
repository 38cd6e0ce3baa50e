/** Reading configuration: what its schema makes of it, or an error that a person can act on. */

import { ConfigError } from "@esme/settings";
import { problemsIn, type SchemaProblem, sentenceOf } from "@esme/settings/schema";
import type * as z from "zod";

/**
 * The configuration with its defaults. A key without a value counts as absent, as does a whole
 * mapping without one. Throws as {@link configError}.
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  config: unknown,
): z.output<Schema> {
  const given = withoutNulls(config ?? {}, []);
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw configError(problemsIn(result.error, given));
}

/**
 * The error that names every key at fault, what is expected there and what it got; for a key that
 * does not exist, the one that was probably meant. Of very many problems the first ten are named.
 */
export function configError(
  problems: readonly SchemaProblem[],
  options?: ErrorOptions,
): ConfigError {
  const more = problems.length - mostProblems;
  const named = problems.slice(0, mostProblems).map(told);
  const rest = more > 0 ? [`configuration: ${more} more`] : [];
  return new ConfigError([...named, ...rest], options);
}

/** As many as a person reads: what comes from outside may have any number of problems. */
const mostProblems = 10;

/** Deeper than any setting: mappings may be inside themselves, as YAML can write them. */
const mostLevels = 20;

function withoutNulls(value: unknown, path: readonly string[]): unknown {
  if (!isObject(value)) return value;
  if (path.length > mostLevels) {
    const place = `${pathOf(path.slice(0, 3))}...`;
    throw new ConfigError([`${place}: nested more than ${mostLevels} deep`]);
  }
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    entries.map(([key, member]) => [key, withoutNulls(member, [...path, key])]),
  );
}

/** A problem as a sentence, with its place first. */
function told(problem: SchemaProblem): string {
  const { path, key, value } = problem;
  const place = pathOf(key === undefined ? path : [...path, key]) || "configuration";
  return `${place}: ${sentenceOf(problem, shown(value, path))}`;
}

/** The keys to a place, with dots between; long ones are cut. */
function pathOf(keys: readonly PropertyKey[]): string {
  return keys.map((key) => cut(String(key), 40)).join(".");
}

/**
 * A value as an error shows it: short, a mapping or a list by its type alone, and nothing of what
 * stands under a key that looks like a secret's, of octets of a message, or of a URL with a password.
 */
function shown(value: unknown, keys: readonly PropertyKey[]): string {
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
