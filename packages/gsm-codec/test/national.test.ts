import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bestNationalTables, decode, encode, nationalTables, septetCount } from "../src/index.ts";
import { anyText } from "./arbitraries.ts";
import { naiveEncode } from "./naive.ts";

/** Every pair of tables, the slow way. */
function fewestSeptets(text: string): number | undefined {
  let fewest: number | undefined;
  for (let locking = 0; locking <= 13; locking++) {
    for (let singleShift = 0; singleShift <= 13; singleShift++) {
      const septets = naiveEncode(text, locking, singleShift)?.length;
      if (septets !== undefined && septets < (fewest ?? Number.POSITIVE_INFINITY)) fewest = septets;
    }
  }
  return fewest;
}

describe("bestNationalTables", () => {
  test.each([
    ["Hello", { locking: 0, singleShift: 0, septets: 5 }],
    ["", { locking: 0, singleShift: 0, septets: 0 }],
    ["şğıİ", { locking: 1, singleShift: 0, septets: 4 }],
    ["áéí`", { locking: 3, singleShift: 0, septets: 4 }],
    ["ãõç", { locking: 3, singleShift: 0, septets: 3 }],
    ["ç1áñ", { locking: 1, singleShift: 2, septets: 5 }],
    ["हिन्दी", { locking: 6, singleShift: 0, septets: 6 }],
  ])("of %j is %j", (text, tables) => {
    expect(bestNationalTables(text)).toEqual(tables);
  });

  test("is undefined for a text that no pair of tables has", () => {
    expect(bestNationalTables("ж")).toBeUndefined();
    expect(bestNationalTables("ş😀")).toBeUndefined();
  });

  test("finds the fewest septets of all pairs, and tables that encode the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const best = bestNationalTables(text);
        expect(best?.septets).toBe(fewestSeptets(text));
        if (best === undefined) return;
        expect(septetCount(text, best)).toBe(best.septets);
        expect(decode(encode(text, best), best)).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  test("comes first of all pairs, which are sorted by septets", () => {
    const pairs = nationalTables("şimdi");
    expect(pairs[0]).toEqual(bestNationalTables("şimdi"));
    const septets = pairs.map((pair) => pair.septets);
    expect(septets).toEqual(septets.toSorted((a, b) => a - b));
  });
});
