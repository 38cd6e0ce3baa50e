import { expect, test } from "vitest";
import { runWithoutNode } from "../without-node.ts";

test("there is nothing of Node.js", () => {
  const types = "[typeof process, typeof Buffer, typeof require, typeof given].join()";
  expect(runWithoutNode({ given: 1 }, types)).toBe("undefined,undefined,undefined,number");
});

test("there is no eval", () => {
  expect(() => runWithoutNode({}, "eval('1')")).toThrow("Code generation from strings");
});

test("scripts share their globals, and the last one has the value", () => {
  expect(runWithoutNode({}, "var one = 1", "one + 1")).toBe(2);
});
