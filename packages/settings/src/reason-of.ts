/** What was thrown, in words. */

/**
 * The message of an error. Of what is no Error: its text, and for an object a sentence, since its own
 * text says nothing, or throws. Never throws.
 */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return String(thrown.message);
  const isObject = typeof thrown === "object" && thrown !== null;
  return isObject ? "something was thrown that is no Error" : String(thrown);
}
