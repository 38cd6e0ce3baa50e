/** What an option may be: in programs, in files, and on the command line. */
import {
  LONGEST_TIME,
  numberWithin,
  type OptionRow,
  type OptionType,
  typeName,
  withArticle,
} from "@esme/settings";
import type { z } from "zod";
import { duration } from "./input.ts";

/** One option. Its doc comment is its row of the README. */
export interface SettingRow<T> extends OptionRow<T> {
  /** False: files do not have it. Default: its name in snake_case, with what `read` takes. */
  readonly inFiles?: InFiles<T> | false;
  /** How the command line has it. Default: not at all. */
  readonly flag?: Flag;
}

/** How files say it where it is not as programs do. */
export interface InFiles<T> {
  /** Default: the name of the option in snake_case. */
  readonly key?: string;
  /** What it means; some things are drawn at random, from the seed. */
  readonly is: z.ZodType<T> | { readonly bySeed: z.ZodType<(seed: number) => T | undefined> };
}

/** An option of the command line with a number. */
export interface Flag {
  /** `<number>`, for the help. */
  readonly value: string;
  readonly says: string;
}

type WithDefault<T> = SettingRow<T> & { readonly default: T };

/** An integer. */
export function count(fallback: number, least: number, flag?: Flag): WithDefault<number> {
  const row = numberWithin({ least, whole: true });
  return { ...row, default: fallback, ...(flag && { flag }) };
}

/** An integer within limits. */
export function integer(
  fallback: number,
  [least, most]: readonly [number, number],
  flag?: Flag,
): WithDefault<number> {
  const row = numberWithin({ least, most, whole: true });
  return { ...row, default: fallback, ...(flag && { flag }) };
}

/** A time in milliseconds; seconds, or text with a unit, in files. */
export function time(fallback: number): WithDefault<number> {
  const row = numberWithin({ least: 0, most: LONGEST_TIME, unit: "milliseconds" });
  return { ...row, default: fallback, inFiles: { is: duration } };
}

/** Printable ASCII of a few characters, as PDUs carry it; what is too long is out of range. */
export function ascii(fallback: string, most: number): WithDefault<string> {
  return {
    type: "string",
    default: fallback,
    expected: `at most ${most} ASCII characters`,
    read: (given) =>
      typeof given === "string" && given.length <= most && /^[ -~]*$/.test(given)
        ? given
        : undefined,
    got: (given) => (typeof given === "string" ? "another text" : typeName(given)),
  };
}

/** Any value of one type that the compiler knows better: a function, an object, a list. */
export function some<T>(type: OptionType): SettingRow<T> {
  const expected = withArticle(type);
  return {
    expected,
    // Of a function nobody can see more than that it is one.
    read: (given) => (typeName(given) === expected ? (given as T) : undefined),
  };
}
