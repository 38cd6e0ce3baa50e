import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldId, idKey } from "../src/index.ts";

describe("foldId", () => {
  test.each([
    ["SAR-27-1EEDF843-2-1", "sar-27-1eedf843-2-1"],
    ["0000012345", "12345"],
    ["0x6AAD5", "6aad5"],
    ["0X006AAD5", "6aad5"],
    ["0xyz", "xyz"],
    ["000", "0"],
    ["0x", "x"],
    ["", ""],
  ])("%j is %j", (id, folded) => {
    expect(foldId(id)).toBe(folded);
    expect(foldId(folded)).toBe(folded);
  });
});

describe("idKey", () => {
  test.each([
    ["6AAD5", ["6aad5", "0006aad5", "0x6AAD5", "436949", "0000436949"]],
    ["70BA8A69", ["1891273321"]],
    ["10", ["a", "16", "0x16", "22"]],
    ["f".repeat(32), ["340282366920938463463374607431768211455"]],
    [
      "9".repeat(64),
      [BigInt(`0x${"9".repeat(64)}`).toString(), BigInt("9".repeat(64)).toString(16)],
    ],
    ["1edf843", ["01EDF843"]],
  ])("of %s is that of %j", (id, forms) => {
    expect(forms.map(idKey)).toEqual(forms.map(() => idKey(id)));
  });

  test("of a key is that key", () => {
    const id = fc.oneof(fc.string(), fc.stringMatching(/^(0x)?[0-9a-fA-F]{0,40}$/));
    fc.assert(fc.property(id, (id) => idKey(idKey(id)) === idKey(id)));
  });

  test("of numbers in a row are different keys", () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => idKey(String(7_000_000 + i)));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
