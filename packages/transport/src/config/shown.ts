/** Values as sentences about a configuration show them: short, and without secrets. */

import { groupKeys, isMapping, isSecret } from "./settings.ts";
import { namesSecret, withoutPasswords } from "./values/redaction.ts";

/** A value at a path of the configuration: mappings and lists are told by their type. */
export function shown(path: readonly string[], value: unknown): string {
  const [key = "", ...inner] = path;
  if (isSecret(path) || (isMapping(key) && inner.some(namesSecret))) return kept(value);
  // Text where a mapping belongs is often a URL.
  const isWhole = inner.length === 0 && (isMapping(key) || groupKeys(key) !== undefined);
  return isWhole && typeof value === "string" ? "text" : shownValue(value);
}

/** A value that is no secret by its place. */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      // Whatever it was meant to be, a password is in it.
      if (/:[^@]*@/.test(value)) return kept(value);
      return JSON.stringify(
        withoutPasswords(value.length > 80 ? `${value.slice(0, 80)}...` : value),
      );
    case "object":
      if (value === null) return "nothing";
      if (!Array.isArray(value)) return "a mapping";
      return value.length === 0 ? "an empty list" : "a list";
    case "undefined":
      return "nothing";
    case "function":
      return "a function";
    default:
      return String(value);
  }
}

/** A value that is not shown: how long it is tells whether something was cut off or added. */
function kept(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") return shownValue(value);
  return `${String(value).length} characters (not shown)`;
}
