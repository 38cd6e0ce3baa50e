import { expect, test } from "vitest";
import { blocksOf } from "../blocks.ts";

const fence = "```";

test("ts and js blocks are programs, others are not", () => {
  const markdown = [
    "# Title",
    `${fence}ts`,
    "const a = 1;",
    "",
    "a;",
    fence,
    `${fence}text`,
    "not a program",
    fence,
    `${fence}js`,
    "1;",
    fence,
  ].join("\n");
  expect(blocksOf(markdown)).toEqual([
    { line: 3, language: "ts", code: "const a = 1;\n\na;\n" },
    { line: 11, language: "js", code: "1;\n" },
  ]);
});
