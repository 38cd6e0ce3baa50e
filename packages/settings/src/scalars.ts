/** Values of settings as schemas: each takes what files, environment variables and flags can carry. */
import { z } from "zod";

/** Numbers by name; names are in upper case, with `_` between words. */
export type NumberNames = Readonly<Record<string, number>>;

/** The limits of an integer, and its names. */
export interface IntegerRules {
  /** Default 0. */
  readonly least?: number;
  /** Default 255: an octet. */
  readonly most?: number;
  /** What it may be called, in any case, with blanks or `-` for `_`. Default none. */
  readonly names?: NumberNames;
}

/** An integer as a number, as digits (also `0x40`) or by name. */
export function integerOrName({ least = 0, most = 255, names = {} }: IntegerRules = {}) {
  const range = `an integer from ${least} to ${most}`;
  const words = Object.keys(names);
  const expected = words.length === 0 ? range : `${range} or one of ${words.join(", ")}`;
  return z
    .union([z.number(), z.string()], expected)
    .transform((value, context): number => {
      const number = numberOf(value, names);
      if (number !== undefined && number >= least && number <= most) return number;
      context.addIssue(expected);
      return z.NEVER;
    })
    .meta({ minimum: least, maximum: most });
}

/** The integer that a name, digits (also `0x40`) or a number stands for; undefined when there is none. */
export function numberOf(value: number | string, names: NumberNames = {}): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  if (/^(?:\d{1,9}|0x[0-9a-f]{1,7})$/i.test(value)) return Number(value);
  const name = value.trim().toUpperCase().replaceAll(/[ -]/g, "_");
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

const secondsExpected = "a number of seconds, 0 or above";

/** Seconds, 0 or above, as a number or as digits. */
export const seconds = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}(?:\.\d{1,9})?$/)
        .transform(Number),
    ],
    secondsExpected,
  )
  .pipe(z.number().min(0, secondsExpected))
  .meta({ minimum: 0 });

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

/** YAML 1.1, which vumi2 reads, has more words for a boolean than YAML 1.2. */
const flagWords: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ["true", true],
  ["yes", true],
  ["on", true],
  [false, false],
  ["false", false],
  ["no", false],
  ["off", false],
]);

/** The boolean that a value stands for; undefined when there is none. */
export function flagOf(value: unknown): boolean | undefined {
  return flagWords.get(typeof value === "string" ? value.toLowerCase() : value);
}

/** True or false, also as a word. */
export const flag = z
  .custom<boolean | "true" | "false">((value) => flagOf(value) !== undefined, "true or false")
  .transform((value) => flagOf(value) === true)
  .meta({ enum: [...flagWords.keys()] });
