/** Checks the names and types of options: a misspelt one would be ignored without a word. */
import { SplitError } from "./error.ts";

type TypeName = "boolean" | "function" | "number" | "object" | "string";

/** For each of the options `O` the types that its value may have. */
export type OptionTypes<O> = { readonly [K in keyof O]-?: readonly TypeName[] };

/**
 * Throws SplitError `invalid_option` for an option that is not in the table, and for a value of
 * another type; one that is undefined counts as absent.
 */
export function checkOptionTypes(
  owner: string,
  options: object,
  types: { readonly [name: string]: readonly TypeName[] },
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalidOption(`${owner}: the options are of type ${typeOf(options)}, expected object`);
  }
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(types, name) ? types[name] : undefined;
    const type = typeOf(value);
    if (expected === undefined) {
      const names = Object.keys(types).join(", ");
      const shown = name.slice(0, 100);
      throw invalidOption(`${owner}: unknown option ${shown} (${type}), expected ${names}`);
    }
    if (value !== undefined && !expected.some((one) => one === type)) {
      throw invalidOption(
        `${owner}: ${name} is of type ${type}, expected ${expected.join(" or ")}`,
      );
    }
  }
}

export function invalidOption(message: string): SplitError {
  return new SplitError("invalid_option", message);
}

function typeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
