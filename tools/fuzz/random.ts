/** Randomness that repeats: the same choices for the same seed. */

/** Draws from one seed. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** True once in `times` on average. */
  oneIn(times: number): boolean;
}

/** The draws of case `index` of a seed (mulberry32): each case can be repeated alone. */
export function randomFrom(seed: number, index: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    below,
    pick(list) {
      const item = list[below(list.length)];
      // A list may hold undefined on purpose.
      if (item === undefined && list.length === 0) throw new Error("nothing to pick from");
      return item as (typeof list)[number];
    },
    oneIn: (times) => below(times) === 0,
  };
}
