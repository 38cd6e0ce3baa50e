import { expect, test } from "vitest";
import { amount, integer, name, readOptions, typeName } from "../src/options.ts";

const table = { size: amount(5, 10), count: integer(3, 1, 7), key: name("k") };
const read = (given: unknown) => readOptions("Thing", given, table);

test.each<[object, object]>([
  [{}, {}],
  [{ size: undefined, other: undefined }, {}],
  [
    { size: 10, count: 1 },
    { size: 10, count: 1 },
  ],
  [
    { size: 0.001, count: 7 },
    { size: 0.001, count: 7 },
  ],
  [
    { size: "1.25", count: " 2 " },
    { size: 1.25, count: 2 },
  ],
  [{ key: "x" }, { key: "x" }],
  [{ key: "x".repeat(255) }, { key: "x".repeat(255) }],
  [{ key: "60" }, { key: "60" }],
])("of %j what is given counts, and defaults fill the rest", (given, changed) => {
  expect(read(given)).toEqual({ size: 5, count: 3, key: "k", ...changed });
});

test.each<[object, string]>([
  [{ size: 0 }, "RangeError: size: got 0, wants a number above 0, at most 10"],
  [{ size: 10.001 }, "RangeError: size: got 10.001, wants"],
  [{ size: "-1.5" }, "RangeError: size: got -1.5, wants"],
  [{ size: "5s" }, "TypeError: size: got text, wants"],
  [{ size: "s5" }, "TypeError: size: got text, wants"],
  [{ size: "5.x" }, "TypeError: size: got text, wants"],
  [{ size: () => 5 }, "TypeError: size: got a function, wants"],
  [{ count: 0 }, "RangeError: count: got 0, wants an integer from 1 to 7"],
  [{ count: 8 }, "RangeError: count: got 8, wants an integer from 1 to 7"],
  [{ count: 1.5 }, "RangeError: count: got 1.5, wants an integer from 1 to 7"],
  [{ count: 5n }, "TypeError: count: got a bigint, wants an integer"],
  [{ key: "" }, "RangeError: key: got empty text, wants text of 1 to 255 characters"],
  [{ key: "x".repeat(256) }, "RangeError: key: got text, wants text of 1 to 255 characters"],
  [{ key: 60 }, "TypeError: key: got a number, wants text of 1 to 255 characters"],
  [{ kee: 60 }, "TypeError: kee: unknown, got a number; Thing takes size, count, key"],
  [{ toString: 60 }, "TypeError: toString: unknown, got a number; Thing takes size, count, key"],
])("%o is refused in a sentence", (given, says) => {
  let problem = "";
  try {
    read(given);
  } catch (error) {
    problem = String(error);
  }
  expect(problem.slice(0, says.length)).toBe(says);
});

test.each<[unknown, string]>([
  [null, "null"],
  [[], "a list"],
  [{}, "a mapping"],
  ["", "empty text"],
  ["x", "text"],
  [undefined, "undefined"],
])("the type of %j is %s", (given, type) => {
  expect(typeName(given)).toBe(type);
});
