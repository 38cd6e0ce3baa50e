/** Reads the options of a class, which come from a program, a configuration file or a variable. */

/** One option: its default, and what it takes. */
export interface Option<T> {
  readonly initial: T;
  /** What it takes, for errors. */
  readonly wants: string;
  /** The value that was meant; undefined when it does not fit. */
  readonly read: (given: unknown) => T | undefined;
}

/** The options of a class, by their names. */
export type OptionTable = { readonly [name: string]: Option<unknown> };
/** What the options of a table have as values. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never;
};

/** Characters of a key, a prefix or another name at most. */
export const longestName = 255;

/** Characters of an unknown option's name that are shown. */
const longestShown = 64;

/**
 * The options with defaults filled in. Throws a TypeError for what is no mapping, for an option that is
 * not in the table and for a value of another type, and a RangeError for a number or a text that is
 * out of range. The sentence has the option's name and the type that came, and never a text: it may be a
 * password in the wrong place.
 */
export function readOptions<Table extends OptionTable>(
  owner: string,
  given: unknown,
  table: Table,
): OptionValues<Table> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`${owner}: got ${typeName(given)}, wants a mapping of options`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(table, name)) continue;
    const names = Object.keys(table).join(", ");
    const unknown = `${name.slice(0, longestShown)}: unknown, got ${typeName(value)}`;
    throw new TypeError(`${unknown}; ${owner} takes ${names}`);
  }
  const values = Object.entries(table).map(([name, option]) => [
    name,
    optionOf(name, Reflect.get(given, name), option),
  ]);
  // `as`: fromEntries forgets which name has which type. Each value was read by its own row.
  return Object.fromEntries(values) as OptionValues<Table>;
}

/** A number above 0, of seconds or octets for instance. */
export function amount(initial: number, most = 1e12): Option<number> {
  return {
    initial,
    wants: `a number above 0, at most ${most}`,
    read: (given) => {
      const number = numberOf(given);
      return number !== undefined && number > 0 && number <= most ? number : undefined;
    },
  };
}

/** A whole number. */
export function integer(initial: number, least: number, most: number): Option<number> {
  return {
    initial,
    wants: `an integer from ${least} to ${most}`,
    read: (given) => {
      const number = numberOf(given);
      const isInside = number !== undefined && number >= least && number <= most;
      return isInside && Number.isInteger(number) ? number : undefined;
    },
  };
}

/** Text that becomes a key of a store, or its beginning. */
export function name(initial: string): Option<string> {
  return {
    initial,
    wants: `text of 1 to ${longestName} characters`,
    read: (given) =>
      typeof given === "string" && given !== "" && given.length <= longestName ? given : undefined,
  };
}

/** The type of what came, for an error. */
export function typeName(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  if (Array.isArray(given)) return "a list";
  if (typeof given === "string") return given === "" ? "empty text" : "text";
  return typeof given === "object" ? "a mapping" : `a ${typeof given}`;
}

function optionOf<T>(name: string, given: unknown, { initial, wants, read }: Option<T>): T {
  if (given === undefined) return initial;
  const value = read(given);
  if (value !== undefined) return value;
  const number = typeof initial === "number" ? numberOf(given) : undefined;
  const problem = `${name}: got ${number ?? typeName(given)}, wants ${wants}`;
  const isOutOfRange = number !== undefined || typeof given === typeof initial;
  throw isOutOfRange ? new RangeError(problem) : new TypeError(problem);
}

/** A number, also in quotes, as files and variables have it. */
function numberOf(given: unknown): number | undefined {
  if (typeof given === "number") return given;
  const isNumeral = typeof given === "string" && /^-?\d+(?:\.\d+)?$/.test(given.trim());
  return isNumeral ? Number(given) : undefined;
}
