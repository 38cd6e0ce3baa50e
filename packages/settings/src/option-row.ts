/** What the value of an option may be: rows for the table of a class's options. */
import { didYouMean } from "./nearest-name.ts";
import { typeName } from "./type-name.ts";

/** The type of an option's value; an `object` is neither null nor an array. */
export type OptionType = "number" | "string" | "boolean" | "function" | "object" | "array";

/** A value with more to it than its type. */
export interface OptionRow<T> {
  /** What counts where the option is absent. */
  readonly default?: T;
  /** What it takes, for the error. */
  readonly expected: string;
  /** The value that was meant; undefined when it does not fit. */
  readonly read: (given: unknown) => T | undefined;
  /** The type whose values may be out of range, which is a RangeError. Default: none. */
  readonly type?: "number" | "string";
  /** What is said to have come where it does not fit. Default: its type. */
  readonly got?: (given: unknown) => string;
}

/** A row for an option that is never absent. */
export type DefaultRow<T> = OptionRow<T> & { readonly default: T };

/** What the value of an option may be: of one type, of one of several, or as its row says. */
export type OptionKind = OptionType | readonly OptionType[] | OptionRow<unknown>;

/** A row for each of the options `O`: `{ ... } satisfies OptionTable<ServerOptions>`. */
export type OptionTable<O = { readonly [name: string]: unknown }> = {
  readonly [K in keyof O]-?: OptionKind;
};

/** What the options of a table have as values. */
export type OptionValues<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

type ValueOf<Kind> =
  Kind extends DefaultRow<infer T> ? T : Kind extends OptionRow<infer T> ? T | undefined : unknown;

/** The numbers of a table as options; each keeps its doc comment. */
export type NumberOptions<T> = { -readonly [K in keyof T]?: number | undefined };

/** The numbers of a table, complete. */
export type NumbersOf<T> = { readonly [K in keyof T]: number };

/** The limits of a number; NaN is out of any. */
export interface NumberLimits {
  readonly least?: number;
  readonly most?: number;
  /** Whether it has no fraction. Default false. */
  readonly whole?: boolean;
  /** `milliseconds`, `octets`: for the error. */
  readonly unit?: string;
}

/** The longest time that a timer of Node.js counts, in milliseconds: nearly 25 days. */
export const LONGEST_TIME = 0x7fff_ffff;

/** A number within limits, without a default. */
export function numberWithin(limits: NumberLimits): OptionRow<number> {
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, whole } = limits;
  return {
    type: "number",
    expected: expectedOf(limits),
    read: (given) => {
      const fits = typeof given === "number" && given >= least && given <= most;
      return fits && !(whole && given % 1) ? given : undefined;
    },
    got: shownNumber,
  };
}

function expectedOf({ least, most, whole, unit }: NumberLimits): string {
  const what = `${unit === undefined ? "" : `${unit}, `}${whole ? "an integer" : "a number"}`;
  if (least === undefined) return what;
  return most === undefined ? `${what} of at least ${least}` : `${what} from ${least} to ${most}`;
}

function shownNumber(given: unknown): string {
  return typeof given === "number" ? String(given) : typeName(given);
}

/** A time in milliseconds: with what is no such time a timer would fire at once. */
export function time(fallback: number, least = 0): DefaultRow<number> {
  const row = numberWithin({ least, most: LONGEST_TIME, unit: "milliseconds" });
  return { ...row, default: fallback };
}

/** A number of at least `least`. */
export function number(fallback: number, least = 0, unit?: string): DefaultRow<number> {
  return { ...numberWithin({ least, ...(unit !== undefined && { unit }) }), default: fallback };
}

/** A whole number. */
export function integer(fallback: number, least: number, most: number): DefaultRow<number> {
  return { ...numberWithin({ least, most, whole: true }), default: fallback };
}

/** A number above 0, of seconds or octets for instance. */
export function amount(fallback: number, most = 1e12): DefaultRow<number> {
  return {
    type: "number",
    default: fallback,
    expected: `a number above 0, at most ${most}`,
    read: (given) => (typeof given === "number" && given > 0 && given <= most ? given : undefined),
    got: shownNumber,
  };
}

/** One of some words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): OptionRow<Word> {
  return {
    expected: words.join(" or "),
    read: (given) => words.find((word) => word === given),
    got: (given) =>
      typeof given === "string" ? `another word${didYouMean(given, words)}` : typeName(given),
  };
}

/** Characters of a key, a prefix or another name at most. */
export const longestName = 255;

/** Text that becomes a key of a store, or its beginning. */
export function name(fallback: string): DefaultRow<string> {
  return {
    type: "string",
    default: fallback,
    expected: `a string of 1 to ${longestName} characters`,
    read: (given) =>
      typeof given === "string" && given !== "" && given.length <= longestName ? given : undefined,
    got: (given) => (given === "" ? "an empty string" : typeName(given)),
  };
}
