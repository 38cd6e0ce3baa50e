import { expect, test } from "vitest";
import { quoted, reasonOf, shortened } from "../src/index.ts";

test.each<[unknown, string]>([
  [new TypeError("no"), "no"],
  ["no", "no"],
  [undefined, "undefined"],
  [Object.assign(new Error("no"), { message: 7 }), "7"],
  [{}, "something was thrown that is no Error"],
  [Object.create(null), "something was thrown that is no Error"],
  [Symbol("no"), "Symbol(no)"],
])("what was thrown, %o, says %s", (thrown, says) => {
  expect(reasonOf(thrown)).toBe(says);
});

test("text is told whole, or its beginning and how long it is", () => {
  expect(shortened("x".repeat(255))).toBe("x".repeat(255));
  expect(shortened("x".repeat(1_256))).toBe(`${"x".repeat(255)}... (1,256 characters)`);
  expect(shortened("abcd", 3)).toBe("abc... (4 characters)");
});

test("in quotes it has escapes for what does not print", () => {
  expect(quoted("a\n")).toBe('"a\\n"');
  expect(quoted("a\nb", 2)).toBe('"a\\n"... (3 characters)');
});
