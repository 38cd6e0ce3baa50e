/** Values that a field, an option or a key was not made for. */
import { noise } from "./octets.ts";
import type { Random } from "./random.ts";
import { strangeText } from "./text.ts";

const numbers = [
  0,
  -0,
  1,
  -1,
  0.5,
  34,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];

/** A value of any kind; objects and lists are up to `depth` deep. `json`: only what JSON can tell. */
export function strangeValue(
  random: Random,
  { depth = 2, json = false }: { depth?: number; json?: boolean } = {},
): unknown {
  const kinds = (json ? 5 : 9) + (depth > 0 ? 2 : 0);
  const inner = { depth: depth - 1, json };
  switch (depth > 0 ? random.below(kinds) - 2 : random.below(kinds)) {
    case -2:
      return Array.from({ length: random.below(5) }, () => strangeValue(random, inner));
    case -1: {
      const entries = Array.from({ length: random.below(5) }, () => [
        strangeText(random, 2),
        strangeValue(random, inner),
      ]);
      return Object.fromEntries(entries);
    }
    case 0:
      return strangeText(random);
    case 1:
      return "a".repeat(random.below(random.oneIn(16) ? 70_000 : 300));
    case 2:
      return random.pick(numbers);
    case 3:
      return random.pick([true, false]);
    case 4:
      return null;
    case 5:
      return undefined;
    case 6:
      return noise(random.below(300), random);
    case 7:
      return random.pick([1n, Symbol("s"), () => 1, new Date(Number.NaN), new Map(), /x/]);
    default:
      return random.below(2 ** 32);
  }
}
