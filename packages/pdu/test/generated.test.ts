// The generated code is that of the tables as they are.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../src/commands.ts";
import { source, withoutFormat } from "../tools/straight-line.ts";

test("straight-line.ts is up to date (npm run generate makes it anew)", () => {
  const text = readFileSync(new URL("../src/straight-line.ts", import.meta.url), "utf8");
  expect(withoutFormat(text)).toBe(withoutFormat(source()));
});

test("only what a formatter changes is left out of the comparison", () => {
  expect(withoutFormat("type A =\n  | 1\n  | 2;\nf(\n  a,\n  b | c,\n);")).toBe(
    "typeA=1|2;f(a,b|c);",
  );
});

test("a count stands right before what it counts, as the encoders take for granted", () => {
  for (const { fields } of Object.values(commands)) {
    const names = Object.keys(fields);
    for (const [name, type] of Object.entries(fields)) {
      if ("counts" in type) expect(names[names.indexOf(name) + 1]).toBe(type.counts);
    }
  }
});
