// The generated code is that of the tables as they are.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../src/commands.ts";
import { generate } from "../tools/generate.ts";

test("straight-line.ts is up to date (npm run generate makes it anew)", { timeout: 60_000 }, () => {
  const text = readFileSync(new URL("../src/straight-line.ts", import.meta.url), "utf8");
  expect(text).toBe(generate());
});

test("a count stands right before what it counts, as the encoders take for granted", () => {
  for (const { fields } of Object.values(commands)) {
    const names = Object.keys(fields);
    for (const [name, type] of Object.entries(fields)) {
      if ("counts" in type) expect(names[names.indexOf(name) + 1]).toBe(type.counts);
    }
  }
});
