/** Options of programs, in camelCase, as the keys of files and requests, in snake_case. */
import type { OptionRow } from "@esme/settings";
import { z } from "zod";
import { text } from "./input.ts";

/** `perSecond` is `per_second`; words of the wire are the same in both. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Schemas under their keys in files, and what gives the values the names that programs have for them. */
export function keysInFiles(schemas: Readonly<Record<string, z.ZodType>>) {
  const inPrograms = new Map(Object.keys(schemas).map((name) => [snakeCase(name), name]));
  return {
    shape: Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [snakeCase(name), schema]),
    ),
    inPrograms: (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
      Object.fromEntries(
        Object.entries(given).map(([key, value]) => [inPrograms.get(key) ?? key, value]),
      ),
  };
}

/** What a row of options takes, as a schema. A row with `names` is a mapping of those to words. */
export function schemaOf<T>(row: OptionRow<T> & { readonly names?: readonly string[] }) {
  const { names, expected, read } = row;
  const given = names === undefined ? z.unknown() : wordsBy(names, expected);
  return given.transform((value, context): T => {
    const meant = read(value);
    if (meant !== undefined) return meant;
    context.addIssue(expected);
    return z.NEVER;
  });
}

/** Each wrong name has its own place in the error. */
function wordsBy(names: readonly string[], expected: string) {
  return z
    .record(z.string(), text, { error: "a mapping of names to words" })
    .superRefine((given, context) => {
      for (const name of Object.keys(given).filter((key) => !names.includes(key))) {
        context.addIssue({ code: "custom", path: [name], message: expected });
      }
    });
}
