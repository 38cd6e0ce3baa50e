import { describe, expect, test } from "vitest";
import { chooserOf, randomFrom, shuffled } from "../src/structures/random.ts";

describe("chooserOf", () => {
  test("values come as often as they weigh", () => {
    const choose = chooserOf([
      ["a", 6],
      ["b", 3],
      ["never", 0],
      ["c", 1],
    ]);
    const random = randomFrom(3);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 10_000; draw++) {
      const value = choose(random);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect(counts.get("a")).toBeCloseTo(6_000, -3);
    expect(counts.get("b")).toBeCloseTo(3_000, -3);
    expect(counts.get("c")).toBeCloseTo(1_000, -3);
    expect(counts.get("never")).toBeUndefined();
  });

  test.each([[[]], [[["a", 0]]], [[["a", -1]]], [[["a", Number.NaN]]]] as const)(
    "%j is refused",
    (values) => {
      expect(() => chooserOf<string>(values)).toThrow(RangeError);
    },
  );
});

test("shuffled keeps every value, and the seed keeps the order", () => {
  const values = Array.from({ length: 20 }, (_, index) => index);
  const once = shuffled(values, randomFrom(1));
  expect(once).not.toEqual(values);
  expect([...once].sort((a, b) => a - b)).toEqual(values);
  expect(shuffled(values, randomFrom(1))).toEqual(once);
});
