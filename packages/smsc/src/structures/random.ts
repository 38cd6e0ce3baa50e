/** Random choices that a seed repeats. Pure. */

/** 0 up to 1; the same sequence for the same seed, on every machine. */
export type Random = () => number;

/** Small generator with one 32-bit state (mulberry32): good enough for faults. */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A value and how often it comes, in proportion to the others' weights. */
export type Weighted<T> = readonly [value: T, weight: number];

/** One of the values. Throws RangeError when no weight is above 0, or one is below. */
export function chooserOf<T>(values: readonly Weighted<T>[]): (random: Random) => T {
  const [first, ...rest] = values.filter(([, weight]) => weight !== 0);
  if (first === undefined || values.some(([, weight]) => !(weight >= 0))) {
    throw new RangeError("weights: expected numbers from 0, and one above 0");
  }
  const total = values.reduce((sum, [, weight]) => sum + weight, 0);
  return (random) => {
    let [chosen, weight] = first;
    let left = random() * total - weight;
    for ([chosen, weight] of left < 0 ? [] : rest) {
      left -= weight;
      if (left < 0) break;
    }
    return chosen;
  };
}

/** Any order of the same values, by Fisher and Yates. */
export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}

/** A UUID of version 4, that the seed repeats. */
export function uuidFrom(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = "4";
  digits[16] = "89ab".charAt(Math.floor(random() * 4));
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
