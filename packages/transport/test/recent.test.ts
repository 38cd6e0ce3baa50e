import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Recent } from "../src/flow/recent.ts";

test("the latest entries are there, with their latest values", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(30)), (least, keys) => {
      const recent = new Recent<number, number>(least);
      for (const [index, key] of keys.entries()) recent.set(key, index);
      for (const [index, key] of keys.entries()) {
        if (index >= keys.length - least) expect(recent.get(key)).toBe(keys.lastIndexOf(key));
      }
    }),
  );
});

test("it holds at most twice as many", () => {
  const recent = new Recent<number, number>(10);
  for (let key = 0; key < 1_000; key++) recent.set(key, key);
  const held = Array.from({ length: 1_000 }, (_, key) => recent.get(key)).filter(
    (value) => value !== undefined,
  );
  expect(held.length).toBeLessThanOrEqual(20);
});
