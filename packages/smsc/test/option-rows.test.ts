/** An option is one row: its check, default, key in scenarios, flag and line of the README are made from it. */
import { readFileSync } from "node:fs";
import { checkOptions } from "@esme/settings";
import { mapping } from "@esme/settings/schema";
import { describe, expect, test } from "vitest";
import { flagsOf } from "../src/flags.ts";
import { checked } from "../src/input/input.ts";
import { time } from "../src/input/option-row.ts";
import { settings } from "../src/options.ts";
import { fileOptions } from "../src/scenario/file-options.ts";
import { optionTable } from "../tools/option-docs.ts";

describe("a new row", () => {
  const rows = {
    ...settings,
    humanPatience: { ...time(500), flag: { value: "<ms>", says: "how long people wait" } },
  };
  const source = `const settings = {
    /**
     * How long people wait
     * for a text. Default 500.
     */
    humanPatience: time(500),
  };`;

  test("is checked in programs", () => {
    const check = (humanPatience: number) => checkOptions("Smsc", { humanPatience }, rows);
    expect(() => check(-1)).toThrow("Smsc: humanPatience: expected milliseconds, a number from 0");
    check(1_000);
  });

  test("is a key of scenarios, in snake_case and seconds", () => {
    const { keys, optionsOf } = fileOptions(rows);
    const given = checked(mapping(keys), { human_patience: "2s", receipt_delay: 0.5 });
    expect(optionsOf(given, 1)).toEqual({ humanPatience: 2_000, receiptDelay: 500 });
    expect(() => checked(mapping(keys), { human_patience: "soon" })).toThrow(
      'human_patience: expected seconds, or text like 250ms, 1.5s, 2m; from 0 to 24 days, got "soon"',
    );
  });

  test("is an option of the command line, where it says how", () => {
    expect(flagsOf(rows).at(-1)).toEqual({
      name: "human-patience",
      option: "humanPatience",
      value: "<ms>",
      says: "how long people wait",
      fallback: 500,
    });
  });

  test("is in the README", () => {
    const { humanPatience } = rows;
    expect(optionTable({ humanPatience }, source).split("\n").at(-1)).toBe(
      "| `humanPatience` | `human_patience` | 500 | How long people wait for a text. |",
    );
  });
});

test("the table in the README is made from the rows: npm run generate", () => {
  const file = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
  const table = optionTable(settings, file("../src/options.ts"));
  expect(file("../README.md")).toContain(table);
});

test("every option says what it is, and what counts where it is absent", () => {
  const source = readFileSync(new URL("../src/options.ts", import.meta.url), "utf8");
  const [, , ...lines] = optionTable(settings, source).split("\n");
  expect(lines.filter((line) => /\|\s*\|\s*$|\|\s*\| [^|]*\|$/.test(line))).toEqual([]);
});
