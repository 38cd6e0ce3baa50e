/** What was thrown, in words. */

/** The message of an error, and of anything else that was thrown its text. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
