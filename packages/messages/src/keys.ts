/** The kinds of value that the keys of bodies have, as rows of a schema, and a cheap check by them. */

import { randomUUID } from "node:crypto";
import * as z from "zod";
import { hasShortIds, isHarmless, mostLevels } from "./limits.ts";
import { canonicalTimestamp, formatTimestamp, isCanonicalTimestamp } from "./timestamp.ts";

/** A new id: 32 hexadecimal digits, random. */
export function newId(): string {
  return randomUUID().replaceAll("-", "");
}

/** The kinds of value that keys have. The message of each is what an error says is expected. */
export const text = z.string("text");
export const textOrNull = z.string("text or null").nullable().default(null);
export const id = text.default(newId);
export const metadata = z.looseObject({}, "an object").default(() => ({}));
const timeExpected = "a time, YYYY-MM-DD HH:MM:SS.ffffff in UTC";

const time = z.string(timeExpected).transform((value, context) => {
  const canonical = canonicalTimestamp(value);
  if (canonical !== undefined) return canonical;
  context.addIssue(timeExpected);
  return z.NEVER;
});

export const timestamp = time.default(() => formatTimestamp(new Date()));

/** One of a few words; the error names them all. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, words.map((word) => JSON.stringify(word)).join(" or "));
}

/** One of a few words, or null. */
export function choiceOrNull<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z
    .enum(words, `${words.map((word) => JSON.stringify(word)).join(", ")} or null`)
    .nullable()
    .default(null);
}

/** Whether a value has all keys of a schema, as the schema would leave them. */
export type Guard = (value: unknown) => boolean;

/**
 * The guard of a schema's rows: every key is there with a value of its row, nothing is to be filled in,
 * and no limit is touched. Where it says yes, the schema returns an equal body; all else the schema
 * decides, with the words for an error. A row of a kind that is not known here is left to the schema.
 *
 * Bodies of the contract have all keys. With a function for each row this took 1,000 ns, with `switch`
 * 500 ns; zod and the walks for limits and traps take 2,000 ns: `tools/bench`, `processors`.
 */
export function guardOf(shape: Readonly<Record<string, z.ZodType>>): Guard {
  const rows = Object.entries(shape).map(([key, row]) => ({ key, ...kindOf(row) }));
  return (value) => {
    if (!isObject(value)) return false;
    for (const { key, kind, words, orNull } of rows) {
      const member = value[key];
      if (member === null && orNull) continue;
      switch (kind) {
        case "text":
          if (typeof member !== "string") return false;
          break;
        case "object":
          if (!isObject(member)) return false;
          break;
        case "word":
          if (!words.includes(member)) return false;
          break;
        case "time":
          if (typeof member !== "string" || !isCanonicalTimestamp(member)) return false;
          break;
        default:
          return false;
      }
    }
    return hasShortIds(value) && isHarmless(value, mostLevels);
  };
}

/** What fits a row. */
interface Kind {
  readonly kind: "text" | "object" | "word" | "time" | "other";
  readonly words: readonly unknown[];
  readonly orNull: boolean;
}

function kindOf(row: z.core.$ZodType): Kind {
  if (row instanceof z.ZodDefault) return kindOf(row.unwrap());
  if (row instanceof z.ZodNullable) return { ...kindOf(row.unwrap()), orNull: true };
  const plain = { words: [], orNull: false } as const;
  if (row === time) return { ...plain, kind: "time" };
  if (row instanceof z.ZodEnum) return { ...plain, kind: "word", words: row.options };
  if (row instanceof z.ZodLiteral) return { ...plain, kind: "word", words: [...row.values] };
  if (row instanceof z.ZodString && row.def.checks === undefined) return { ...plain, kind: "text" };
  const isAnyObject = row instanceof z.ZodObject && Object.keys(row.shape).length === 0;
  return { ...plain, kind: isAnyObject ? "object" : "other" };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
