// Checks an options object of this package: no unknown name, no value of another type.

import { nearestName } from "./nearest-name.ts";

/** The types of options, as `typeof` names them. */
export type Types = Readonly<Record<string, "number" | "function" | "object" | "boolean">>;

/**
 * What is wrong with an options object; undefined when nothing is. The text never contains a value. An
 * option that is undefined counts as absent.
 */
export function faultInOptions(options: object, types: Types): string | undefined {
  for (const [name, value] of Object.entries(options)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    const given = value === null ? "null" : typeof value;
    if (type === undefined) {
      const nearest = nearestName(name, Object.keys(types));
      const hint =
        nearest === undefined
          ? `, expected ${Object.keys(types).join(", ")}`
          : `, did you mean ${nearest}?`;
      return `unknown option ${name.slice(0, 100)} (${given})${hint}`;
    }
    if (value !== undefined && given !== type) {
      return `${name} is of type ${given}, expected ${type}`;
    }
  }
  return undefined;
}

/** Throws TypeError for an unknown option, and for a value of another type. */
export function checkTypes(owner: string, options: unknown, types: Types): void {
  const isObject = typeof options === "object" && options !== null;
  const fault = isObject
    ? faultInOptions(options, types)
    : `the options are of type ${options === null ? "null" : typeof options}, expected object`;
  if (fault !== undefined) throw new TypeError(`${owner}: ${fault}`);
}
