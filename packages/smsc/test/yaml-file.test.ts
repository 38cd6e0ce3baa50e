/** YAML that is wrong, or made to do harm: a sentence with its line, and nothing of what it says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readYaml, YamlError, yamlTextOf } from "../src/scenario/yaml-file.ts";

const secret = "Hunter22";

function reasonsOf(text: string): readonly string[] {
  try {
    readYaml(text, "s.yaml");
  } catch (error) {
    if (error instanceof YamlError) return error.reasons;
    throw error;
  }
  return [];
}

const bomb = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"];
for (const [before, name] of ["ab", "bc", "cd", "de", "ef"]) {
  bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`);
}

describe("readYaml", () => {
  test.each<[string, string, RegExp]>([
    ["a password that is an alias", `seed: 1\npassword: *${secret}\n`, /^s.yaml, line 2: an alias/],
    ["an anchor behind its alias", "a: *x\nb: &x 1\n", /^s.yaml, line 1: an alias \(\*\) names no/],
    [
      "a cycle",
      "seed: 1\na: &b\n  - 1\n  - *b\n",
      /^s.yaml, line 4: .* inside of what it stands for/,
    ],
    [
      "a merge with itself",
      "a: &b\n  <<: *b\n",
      /^s.yaml, line 2: .* inside of what it stands for/,
    ],
    [
      "a merge of no mapping",
      `a: 1\nb: { <<: ${secret} }\n`,
      /^s.yaml, line 2: << takes a mapping/,
    ],
    ["a merge of a list", "b:\n  <<: [{ a: 1 }, 2]\n", /^s.yaml, line 2: << takes a mapping/],
    ["a merge of another anchor", `a: &x ${secret}\nb: { <<: *x }`, /^s.yaml, line 2: << takes/],
    ["aliases that double and double", bomb.join("\n"), /^s.yaml, line 6: the aliases .* too much/],
    ["a list nested deeply", `a: ${"[".repeat(50_000)}`, /^s.yaml, line 1: .* nested too deeply/],
    ["a key that stands twice", "a: 1\nb: 2\na: 3\n", /^s.yaml, line 3: the key stands twice/],
    ["a key that is a list", "? [a]\n: 1\n", /^s.yaml, line 1: a key has to be a word/],
    ["a tag", `a: 1\npassword: !${secret} x\n`, /^s.yaml, line 2: a tag .* is not known/],
    ["a quote without its end", `password: '${secret}\n`, /^s.yaml, line \d: a quote, /],
    ["an escape", `password: "${secret}\\q"`, /^s.yaml, line 1: a backslash/],
    ["a reserved character", `password: @${secret}`, /^s.yaml, line 1: .* has to stand in quotes/],
    ["a stray text", `a: 1\n${secret}\n`, /^s.yaml, line 2: /],
    ["a text with a colon", `password: a: ${secret}\n`, /^s.yaml, line 1: /],
    ["tabs", `a:\n\tb: ${secret}\n`, /^s.yaml, line 2: tabs cannot indent/],
    ["two documents", `a: 1\n---\nb: ${secret}\n`, /^s.yaml, line 2: .* several documents/],
    ["too much of it", `# ${"x".repeat(1 << 20)}`, /^s.yaml: the file is longer than a megabyte/],
  ])("%s", (_, text, reason) => {
    const reasons = reasonsOf(text);
    expect(reasons[0]).toMatch(reason);
    expect(reasons.join()).not.toContain(secret);
  });

  test("of very many mistakes it tells ten, and how many more there are", () => {
    const reasons = reasonsOf("a: *x\n".repeat(1).concat("b: [*y]\n".repeat(1_000)));
    expect(reasons).toHaveLength(11);
    expect(reasons.at(-1)).toMatch(/^and \d+ more$/);
  });

  test("keys are looked at once, however many there are", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`);
    expect(Object.keys(Object(readYaml(keys.join("\n"), "s.yaml").value))).toHaveLength(20_000);
  });

  test("anchors, aliases and merges that are right are taken", () => {
    const { value } = readYaml(
      "a: &x { one: 1 }\nb: { <<: *x, two: 2 }\nc: { <<: [*x, { three: 3 }] }\nd: [*x, *x]\n",
      "s.yaml",
    );
    expect(value).toEqual({
      a: { one: 1 },
      b: { one: 1, two: 2 },
      c: { one: 1, three: 3 },
      d: [{ one: 1 }, { one: 1 }],
    });
  });

  test("an empty file is an empty mapping; a place that is not there is where it would be", () => {
    const { value, placeOf } = readYaml("", "s.yaml");
    expect([value, placeOf(["a", 0])]).toEqual([{}, "s.yaml, line 1"]);
    const other = readYaml("a:\n  - b: 1\n    c: 2\n", "s.yaml");
    expect(other.placeOf(["a", 0, "c"])).toBe("s.yaml, line 3");
    expect(other.placeOf(["a", 0], "c")).toBe("s.yaml, line 3");
    expect(other.placeOf(["a", 7, "c"])).toBe("s.yaml, line 2");
  });
});

test("no more of a file is read than it may have", () => {
  const folder = mkdtempSync(join(tmpdir(), "esme-"));
  try {
    const file = join(folder, "s.yaml");
    writeFileSync(file, "seed: 1\n");
    expect(yamlTextOf(file)).toBe("seed: 1\n");
    expect(() => yamlTextOf("/dev/zero")).toThrow("the file is longer than a megabyte");
    expect(() => yamlTextOf(join(folder, "none"))).toThrow("ENOENT");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
