/** Checks the names and types of options: a misspelt one would be ignored without a word. */
import { SplitError } from "./error.ts";

type TypeName = "boolean" | "function" | "number" | "object" | "string";

/** One type, or one of two. */
type Types = TypeName | `${TypeName} or ${TypeName}`;

/** For each of the options `O` the types that its value may have. */
export type OptionTypes<O> = { readonly [K in keyof O]-?: Types };

/**
 * Throws SplitError `invalid_option` for an option that is not in the table, and for a value of
 * another type; one that is undefined counts as absent.
 */
export function checkOptionTypes(
  owner: string,
  options: object,
  types: { readonly [name: string]: Types },
): void {
  const wrong = (what: string, value: unknown, expected: string): SplitError =>
    invalidOption(`${owner}: ${what} of type ${typeOf(value)}, expected ${expected}`);
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw wrong("the options are", options, "object");
  }
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(types, name) ? types[name] : undefined;
    if (expected === undefined) {
      throw wrong(`unknown option ${name.slice(0, 100)}`, value, Object.keys(types).join(", "));
    }
    if (value !== undefined && !expected.split(" or ").includes(typeOf(value))) {
      throw wrong(`${name} is`, value, expected);
    }
  }
}

export function invalidOption(message: string): SplitError {
  return new SplitError("invalid_option", message);
}

function typeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
