/** Cutting and joining of octets. */
import { SplitError } from "./error.ts";

/**
 * The ends of parts of at most `limit` octets, none of them inside a character; `width` tells how
 * many octets the character at an index has.
 *
 * @throws {SplitError} `limit_too_small`
 */
export function cutCharacters(
  octets: Uint8Array,
  limit: number,
  width: (index: number) => number,
): number[] {
  const ends: number[] = [];
  let start = 0;
  for (let index = 0; index < octets.length; ) {
    const next = Math.min(octets.length, index + width(index));
    if (next > start + limit) {
      if (index === start) throw limitTooSmall(limit);
      ends.push(index);
      start = index;
    } else {
      index = next;
    }
  }
  ends.push(octets.length);
  return ends;
}

/** The error for a part that has room for nothing. */
export function limitTooSmall(limit: number): SplitError {
  return new SplitError(
    "limit_too_small",
    `a part has room for ${limit} units: not even one character fits`,
  );
}

/** One array of all octets. */
export function concatenate(arrays: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    all.set(array, offset);
    offset += array.length;
  }
  return all;
}
