import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bestNationalTables,
  canEncode,
  decode,
  encode,
  type Language,
  languages,
  nationalTables,
  septetCount,
} from "../src/index.ts";
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

describe("a language of one's own", () => {
  const language = (fields: Partial<Language>): Language => ({
    id: 1,
    name: "mine",
    iso639: "xx",
    locking: undefined,
    singleShift: [[0x65, "%"]],
    ...fields,
  });
  const septets = Uint8Array.of(0x1b, 0x65, 0x1b);

  test.each(["single shift first", "locking first"])(
    "has its own tables beside one of the same identifier: %s",
    (order) => {
      const mine = language({ locking: "x".repeat(128) });
      const read = {
        singleShift: () => [
          decode(septets, { singleShift: mine }),
          decode(septets, { singleShift: languages[1] }),
          decode(septets, { singleShift: 1 }),
        ],
        locking: () => [
          decode(Uint8Array.of(4), { locking: mine }),
          decode(Uint8Array.of(4), { locking: languages[1] }),
          decode(Uint8Array.of(4)),
        ],
      };
      if (order === "locking first") read.locking();
      expect(read.singleShift()).toEqual(["% ", "€ ", "€ "]);
      expect(read.locking()).toEqual(["x", "€", "è"]);
    },
  );

  test("does not change what another one of the same identifier, or the default, can write", () => {
    const [first, second] = [language({}), language({ singleShift: [[0x65, "~"]], id: 0 })];
    expect(canEncode("%~ş", { singleShift: first })).toBe(false);
    expect(encode("%", { singleShift: second })).toEqual(Uint8Array.of(0x25));
    expect(encode("~", { singleShift: second })).toEqual(Uint8Array.of(0x1b, 0x65));
    expect(encode("~")).toEqual(Uint8Array.of(0x1b, 0x3d));
    expect(canEncode("ş", { singleShift: languages[1] })).toBe(true);
    expect(canEncode("ş", { singleShift: first })).toBe(false);
  });
});
