/** How much memory something takes that waits. */

/** About as many octets as a value holds: those of its octet strings, texts, and of each entry. */
export function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length + perEntry;
  if (typeof value === "string") return value.length + perEntry;
  if (typeof value !== "object" || value === null) return perEntry;
  return Object.values(value).reduce((sum: number, inner) => sum + sizeOf(inner), perEntry);
}

/** A key, a pointer, and the head of an object. */
const perEntry = 32;

/** Octets of one kind of thing that may wait for the broker. */
export const mostOctetsWaiting = 67_108_864;
