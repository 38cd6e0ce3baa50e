// Checks an options object of this package. `checkOptions` of @esme/settings would add 600 octets to a
// bundle of encode and decode; the sentences are the same.

import { typeName, unknownName } from "@esme/settings";

/** The types of options, as {@link typeName} says them. */
export type Types<O = Record<string, unknown>> = {
  readonly [K in keyof O]-?: "a number" | "a function" | "an object" | "an array" | "a boolean";
};

/**
 * What is wrong with an options object; undefined when nothing is. The text never contains a value. An
 * option that is undefined counts as absent.
 */
export function faultInOptions(options: object, types: Types): string | undefined {
  const given = typeName(options);
  if (given !== "an object") return `expected an object, got ${given}`;
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(types, name)) return unknownName("option", name, Object.keys(types), value);
    const given = typeName(value);
    if (value !== undefined && given !== types[name]) {
      return `${name}: expected ${types[name]}, got ${given}`;
    }
  }
  return undefined;
}

/** Throws TypeError for an unknown option, and for a value of another type. */
export function checkTypes(owner: string, options: object, types: Types): void {
  const fault = faultInOptions(options, types);
  if (fault !== undefined) throw new TypeError(`${owner}: ${fault}`);
}
