/** YAML made to take long: the work is in proportion to the text. */
import { describe, expect, test } from "vitest";
import { readYaml, YamlError } from "../src/yaml.ts";

function problems(text: string): readonly string[] {
  try {
    return [JSON.stringify(readYaml({ name: "f", text }, () => "text").values)];
  } catch (error) {
    if (error instanceof YamlError) return error.reasons;
    throw error;
  }
}

/** Each level holds the one before it nine times. */
const bomb = [
  "a0: &a0 x",
  ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`),
].join("\n");

/** As many keys as a megabyte has room for. */
const manyKeys = Array.from({ length: 80_000 }, (_, index) => `key${index}: v`).join("\n");

describe("text made to take long", () => {
  test("an alias bomb is refused", () => {
    expect(problems(bomb)).toEqual([
      expect.stringMatching(/^f, line \d+, column \d+: more than 100,000 values/),
    ]);
  });

  // With work in the square of the number each of these takes minutes, and with it this test fails.
  test.each([
    ["keys", manyKeys],
    ["aliases", `a: &a x\n${Array.from({ length: 60_000 }, (_, i) => `k${i}: *a`).join("\n")}`],
    ["anchors", Array.from({ length: 60_000 }, (_, i) => `k${i}: &a${i} x`).join("\n")],
    ["entries of a list", "- a\n".repeat(90_000)],
    ["unknown tags", Array.from({ length: 40_000 }, (_, i) => `k${i}: !t v`).join("\n")],
    ["merges", `a: &a {b: 1}\nc:\n${"  <<: *a\n".repeat(30_000)}`],
    ["brackets", "[".repeat(500_000)],
    ["levels", `a: ${"[".repeat(60)}${"]".repeat(60)}`],
  ])("%s: work in proportion to the text", { timeout: 15_000 }, (_, text) => {
    const told = problems(text);
    expect(told.length).toBeLessThanOrEqual(11);
  });
});
