/** Checks the options of a class against their table: unknown names, wrong types, numbers out of range. */
import { unknownName } from "./nearest-name.ts";
import type {
  DefaultRow,
  NumberOptions,
  NumbersOf,
  OptionKind,
  OptionRow,
  OptionTable,
  OptionValues,
} from "./option-row.ts";
import { typeName, typeOf, withArticle } from "./type-name.ts";

/** What else is asked of options. */
export interface OptionRules {
  /** The options that must be given. Default none. */
  readonly required?: readonly string[];
  /** What stands for "option" where they are called otherwise. */
  readonly noun?: string;
  /** What a value means before it is checked. Default: the value itself. */
  readonly prepare?: (value: unknown, kind: OptionKind) => unknown;
}

/** What is wrong with options. */
export interface OptionFault {
  /** A sentence without the owner of the options and without a value that may be a secret. */
  readonly says: string;
  /** Whether the type is right, and the value out of its limits. */
  readonly isRange: boolean;
}

/**
 * Checks options against their table: what is not in it is refused, and so is what has another type.
 * An option that is `undefined` counts as absent.
 *
 * Throws TypeError, `Session: unknown option windw (number), did you mean window?`, or
 * `Session: window: expected a number, got a string`; never with the value, which may be a secret.
 * Throws RangeError, with the number, for one out of its limits. `owner` begins the sentence.
 */
export function checkOptions(
  owner: string,
  options: unknown,
  table: OptionTable,
  rules?: OptionRules,
): void {
  const fault = faultIn(options, table, rules);
  if (fault === undefined) return;
  const sentence = `${owner}: ${fault.says}`;
  throw fault.isRange ? new RangeError(sentence) : new TypeError(sentence);
}

/**
 * The options of a table with defaults filled in, from a program, a configuration file or a variable:
 * numbers may stand in quotes. Throws as {@link checkOptions}.
 */
export function readOptions<Table extends OptionTable>(
  owner: string,
  given: unknown,
  table: Table,
): OptionValues<Table> {
  checkOptions(owner, given, table, { prepare: numberIn });
  const values = Object.entries(table).map(([name, kind]) => {
    const value = numberIn(Reflect.get(Object(given), name), kind);
    if (!isRow(kind)) return [name, value];
    return [name, value === undefined ? kind.default : kind.read(value)];
  });
  // `as`: fromEntries forgets which name has which type. Each value was read by its own row.
  return Object.fromEntries(values) as OptionValues<Table>;
}

/** The numbers of a table among options: those given, and the defaults of the others. */
export function numbersOf<T extends { readonly [name: string]: DefaultRow<number> }>(
  options: NumberOptions<T>,
  table: T,
): NumbersOf<T> {
  const numbers = Object.entries(table).map(([name, row]) => [name, options[name] ?? row.default]);
  return Object.fromEntries(numbers); // the names of the table, each with a number
}

/** The first thing that is wrong with options; undefined when they are right. See {@link checkOptions}. */
export function faultIn(
  options: unknown,
  table: OptionTable,
  { required = [], noun = "option", prepare = (value) => value }: OptionRules = {},
): OptionFault | undefined {
  const wrong = (says: string): OptionFault => ({ says, isRange: false });
  if (!isObject(options)) return wrong(`expected an object of ${noun}s, got ${typeName(options)}`);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(table, name)) {
      return wrong(unknownName(noun, name, Object.keys(table), options[name]));
    }
  }
  for (const name of Object.keys(table)) {
    const kind = table[name];
    if (kind === undefined) continue; // never: it is a name of the table
    const value = prepare(options[name], kind);
    if (value === undefined || fits(value, kind)) continue;
    const { type, expected, got = typeName } = rowOf(kind);
    const isRange = typeof value === type;
    return { says: `${name}: expected ${expected}, got ${got(value)}`, isRange };
  }
  const missing = required.find((name) => options[name] === undefined);
  const kind = missing === undefined ? undefined : table[missing];
  return kind && wrong(`${missing}: missing, expected ${rowOf(kind).expected}`);
}

/**
 * Whether a value is of its kind. Some functions check their options in each call, once for every
 * message: words for a fault are made where there is one, or they take 5 % of a worker's time.
 */
function fits(value: unknown, kind: OptionKind): boolean {
  if (isRow(kind)) return kind.read(value) !== undefined;
  if (value === null) return false;
  const type = typeOf(value);
  return typeof kind === "string" ? kind === type : kind.some((each) => each === type);
}

/** A kind of value as the words of a fault need it. */
function rowOf(kind: OptionKind): Pick<OptionRow<unknown>, "expected" | "type" | "got"> {
  return isRow(kind) ? kind : { expected: [kind].flat().map(withArticle).join(" or ") };
}

/** The number of a numeral in quotes where a number is wanted; any other value as it is. */
export function numberIn(value: unknown, kind: OptionKind): unknown {
  const isNumeral = typeof value === "string" && /^\s*-?\d+(?:\.\d+)?\s*$/.test(value);
  return isNumeral && isRow(kind) && kind.type === "number" ? Number(value) : value;
}

function isRow(kind: OptionKind): kind is OptionRow<unknown> {
  return typeof kind === "object" && "read" in kind;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeOf(value) === "object";
}
