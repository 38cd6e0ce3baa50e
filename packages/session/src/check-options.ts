/** Checks the options that a program gives: unknown names, wrong types, numbers out of range. */
import { nearestName } from "@esme/pdu";

/** The type of an option's value; an `object` is neither null nor an array. */
export type OptionType = "number" | "string" | "boolean" | "function" | "object" | "array";

/** A number with its limits. NaN is out of any range. */
export interface NumberOption {
  readonly type: "number";
  /** What counts where the option is absent. */
  readonly default?: number;
  /** The least number allowed. */
  readonly least?: number;
  /** The largest number allowed; without it a number has no upper limit. */
  readonly most?: number;
  /** `milliseconds`, `octets`: for the error. */
  readonly unit?: string;
}

/** What the value of an option may be: of one type, of one of several, one of some words, a number. */
export type OptionKind =
  | OptionType
  | readonly OptionType[]
  | { readonly oneOf: readonly string[] }
  | NumberOption;

/** The longest time that a timer of Node.js counts, in milliseconds: nearly 25 days. */
export const LONGEST_TIME = 0x7fff_ffff;

/** A row for a time in milliseconds: with what is no such time a timer would fire at once. */
export function time(fallback: number) {
  const limits = { least: 0, most: LONGEST_TIME, unit: "milliseconds" };
  return { type: "number", default: fallback, ...limits } as const;
}

/** A row for a number of at least `least`. */
export function number(fallback: number, least = 0) {
  return { type: "number", default: fallback, least } as const;
}

/** A row for each of the options `O`: `{ ... } satisfies OptionTable<ServerOptions>`. */
export type OptionTable<O> = { readonly [K in keyof O]-?: OptionKind };

/** The numbers of a table as options; each keeps its doc comment. */
export type NumberOptions<T> = { -readonly [K in keyof T]?: number | undefined };

/** The numbers of a table, complete. */
export type NumbersOf<T> = { readonly [K in keyof T]: number };

/**
 * Checks options against their table: what is not in it is refused, and so is what has another type.
 * An option that is `undefined` counts as absent.
 *
 * Throws TypeError, `Session: unknown option windw (number), did you mean window?`, or
 * `Session: window is a string, expected a number`; never with the value, which may be a secret. Throws
 * RangeError, with the number, for one out of its limits. `owner` begins the sentence; `required`
 * names the options that must be given; `noun` stands for "option" where they are called otherwise.
 */
export function checkOptions(
  owner: string,
  options: unknown,
  table: { readonly [name: string]: OptionKind },
  { required = [], noun = "option" }: { required?: readonly string[]; noun?: string } = {},
): void {
  if (!isObject(options)) {
    throw new TypeError(`${owner}: the options are ${typeOf(options)}, expected an object`);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(table, name))
      throw unknown(`${owner}: unknown ${noun}`, name, options[name], table);
  }
  const rows = Object.entries(table);
  for (const [name, kind] of rows) {
    if (options[name] !== undefined) checkValue(`${owner}: ${name}`, options[name], kind);
  }
  const missing = rows.find(([name]) => required.includes(name) && options[name] === undefined);
  if (missing === undefined) return;
  throw new TypeError(`${owner}: ${missing[0]} is missing, expected ${expected(missing[1])}`);
}

/** The numbers of a table among options: those given, and the defaults of the others. */
export function numbersOf<
  T extends { readonly [name: string]: NumberOption & { default: number } },
>(options: NumberOptions<T>, table: T): NumbersOf<T> {
  const numbers = Object.entries(table).map(([name, row]) => [name, options[name] ?? row.default]);
  return Object.fromEntries(numbers); // the names of the table, each with a number
}

function unknown(what: string, name: string, value: unknown, table: object): TypeError {
  const names = Object.keys(table);
  const nearest = nearestName(name, names);
  const hint =
    nearest === undefined ? `, expected ${names.join(", ")}` : `, did you mean ${nearest}?`;
  const shown = name.length > 100 ? `${name.slice(0, 100)}...` : name;
  return new TypeError(`${what} ${shown} (${value === null ? "null" : typeof value})${hint}`);
}

/** `what` begins the sentence. */
function checkValue(what: string, value: unknown, kind: OptionKind): void {
  const wrong = (is: string) => `${what} is ${is}, expected ${expected(kind)}`;
  if (typeof kind === "object" && "oneOf" in kind) {
    if (typeof value !== "string") throw new TypeError(wrong(typeOf(value)));
    if (kind.oneOf.includes(value)) return;
    const nearest = nearestName(value, kind.oneOf);
    const hint = nearest === undefined ? "" : `, did you mean ${nearest}?`;
    throw new TypeError(`${wrong("another word")}${hint}`);
  }
  if (!typesOf(kind).some((type) => isOf(type, value))) throw new TypeError(wrong(typeOf(value)));
  if (typeof value !== "number") return;
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = limitsOf(kind);
  if (value >= least && value <= most) return;
  throw new RangeError(wrong(`${value}`));
}

function limitsOf(kind: OptionKind): Omit<NumberOption, "type"> {
  return typeof kind === "object" && "type" in kind ? kind : {};
}

function typesOf(kind: Exclude<OptionKind, { oneOf: unknown }>): readonly OptionType[] {
  if (typeof kind === "string") return [kind];
  return "type" in kind ? [kind.type] : kind;
}

function isOf(type: OptionType, value: unknown): boolean {
  if (type === "object") return isObject(value);
  return type === "array" ? Array.isArray(value) : typeof value === type;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The type of what came, as a sentence has it. */
function typeOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return withArticle(Array.isArray(value) ? "array" : typeof value);
}

/** What was expected, as a sentence has it. */
function expected(kind: OptionKind): string {
  if (typeof kind === "object" && "oneOf" in kind) return kind.oneOf.join(" or ");
  const types = typesOf(kind).map(withArticle).join(" or ");
  const { least, most, unit } = limitsOf(kind);
  const what = unit === undefined ? types : `${unit}, ${types}`;
  if (least === undefined) return what;
  return most === undefined ? `${what} of at least ${least}` : `${what} from ${least} to ${most}`;
}

function withArticle(type: string): string {
  return `${/^[ao]/.test(type) ? "an" : "a"} ${type}`;
}
