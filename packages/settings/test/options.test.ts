import { expect, test } from "vitest";
import { amount, integer, name, readOptions, typeName } from "../src/index.ts";

const table = { size: amount(5, 10), count: integer(3, 1, 7), key: name("k") };
const read = (given: unknown) => readOptions("Thing", given, table);

test.each<[object, object]>([
  [{}, {}],
  [{ size: undefined, key: undefined }, {}],
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
  [{ size: 0 }, "RangeError: Thing: size: expected a number above 0, at most 10, got 0"],
  [{ size: 10.001 }, "RangeError: Thing: size: expected a number above 0, at most 10, got 10.001"],
  [{ size: "-1.5" }, "RangeError: Thing: size: expected a number above 0, at most 10, got -1.5"],
  [{ size: "5s" }, "TypeError: Thing: size: expected a number above 0, at most 10, got a string"],
  [{ size: "s5" }, "TypeError: Thing: size: expected a number above 0, at most 10, got a string"],
  [{ size: "5.x" }, "TypeError: Thing: size: expected a number above 0, at most 10, got a string"],
  [
    { size: () => 5 },
    "TypeError: Thing: size: expected a number above 0, at most 10, got a function",
  ],
  [{ count: 0 }, "RangeError: Thing: count: expected an integer from 1 to 7, got 0"],
  [{ count: 8 }, "RangeError: Thing: count: expected an integer from 1 to 7, got 8"],
  [{ count: 1.5 }, "RangeError: Thing: count: expected an integer from 1 to 7, got 1.5"],
  [{ count: 5n }, "TypeError: Thing: count: expected an integer from 1 to 7, got a bigint"],
  [
    { key: "" },
    "RangeError: Thing: key: expected a string of 1 to 255 characters, got an empty string",
  ],
  [
    { key: "x".repeat(256) },
    "RangeError: Thing: key: expected a string of 1 to 255 characters, got a string",
  ],
  [{ key: 60 }, "TypeError: Thing: key: expected a string of 1 to 255 characters, got a number"],
  [{ kee: 60 }, "TypeError: Thing: unknown option kee (number), did you mean key?"],
  [
    { toString: 60 },
    "TypeError: Thing: unknown option toString (number), expected size, count, key",
  ],
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
  [[], "an array"],
  [{}, "an object"],
  ["", "a string"],
  ["x", "a string"],
  [undefined, "undefined"],
])("the type of %j is %s", (given, type) => {
  expect(typeName(given)).toBe(type);
});
