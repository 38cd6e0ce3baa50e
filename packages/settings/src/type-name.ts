/** The type of a value, as a sentence has it: in the words of the language, since programs give options. */

/** `a string`, `an array`, `null`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  return withArticle(typeOf(value));
}

/** `string`, `array`, `object`; null is no value. */
export function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** `a number`, `an object`. */
export function withArticle(type: string): string {
  return (/^[ao]/.test(type) ? "an " : "a ") + type;
}
