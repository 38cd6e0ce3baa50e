/** The type of a value, as a sentence has it: in the words of the language, since programs give options. */

/** `a string`, `an array`, `null`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  return withArticle(typeOf(value));
}

/** `string`, `array`, `null`. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** `a number`, `an object`. */
export function withArticle(type: string): string {
  return `${/^[ao]/.test(type) ? "an" : "a"} ${type}`;
}
