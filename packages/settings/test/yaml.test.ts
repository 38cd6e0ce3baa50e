/** Files that are no YAML that can be read, by mistake or on purpose. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readText, readYaml, shownKey, YamlError } from "../src/yaml.ts";

const read = (text: string) =>
  readYaml({ name: "f", text }, ([key]) => {
    return key === "typed" || key === "addresses" ? key : "text";
  });

function problems(text: string): readonly string[] {
  try {
    return [JSON.stringify(read(text).values)];
  } catch (error) {
    if (error instanceof YamlError) return error.reasons;
    throw error;
  }
}

describe("a wrong file is told with its line, and nothing of it is quoted:", () => {
  test.each([
    ["password: *Hunter22", 1, "* begins an alias, and no anchor (&) before has its name"],
    ["a: 1\nb: *Hunter22", 2, "* begins an alias"],
    ["typed: {<<: 1}", 1, "<<: expected a mapping, an alias (*) of one, or a list of these"],
    ["typed: {<<: [{b: 1}, 2]}", 1, "<<: expected a mapping"],
    ["a: &b [*b]", 1, "an alias stands for what it is in"],
    ["a: &b\n  c: {d: *b}", 2, "an alias stands for what it is in"],
    ["a: &b {<<: *b}", 1, "an alias stands for what it is in"],
    ["password: &Hunter22", 1, "& begins an anchor: put the value in quotes"],
    ["password: !Hunter22", 1, "! begins a tag, which YAML does not know"],
    ["password: !Hunter22 x", 1, "! begins a tag"],
    ["password: %Hunter22", 1, "a value cannot begin with this character"],
    ["password: @Hunter22", 1, "a value cannot begin with this character"],
    ["password: |Hunter22", 1, "something stands where nothing can"],
    ['password: "Hunter22', 1, "a quotation mark or bracket is opened before and not closed"],
    ['password: "Hunt\\qer22"', 1, "\\ and what follows mean nothing in double quotes"],
    ['password: "a" Hunter22', 1, "something stands where nothing can"],
    ["password: Hunter: 22", 1, "a second colon and blank on one line"],
    ["a: 1\npassword:Hunter22", 2, "a colon or comma, or the blank behind it, is missing"],
    ["a: 1\npassword Hunter22\nb: 2", 2, "a key goes over several lines"],
    ["%Hunter22\n---\na: 1", 1, "% begins a directive"],
    ["a: 1\n---\nHunter22: 2", 2, "a second document begins here"],
    ["a:\n\tb: Hunter22", 2, "a tab stands where blanks belong"],
    ["a:\n  b: 1\n c: Hunter22", 3, "the indentation does not fit the lines above"],
    ["a: 1\na: Hunter22", 2, "a is given twice"],
    ["? [Hunter22]\n: 1", 1, "a key is not text"],
    ["a: *x y", 1, "something stands where nothing can"],
    ["a: *x\nb: &x Hunter22", 1, "* begins an alias"],
    ["a: &x Hunter22\nb: { <<: *x }", 2, "<<: expected a mapping"],
  ])("%j", (text, line, problem) => {
    const told = problems(text);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(new RegExp(`^f, line ${line}, column \\d+: `));
    expect(told[0]).toContain(problem);
    expect(told[0]).not.toMatch(/hunter|22/i);
  });

  test("levels past counting", () => {
    // Told where it begins to be too deep: before the library goes down to the end of the stack.
    const told = problems(`a: ${"[".repeat(50_000)}`);
    expect(told).toEqual([expect.stringMatching(/^f, line 1, column 2\d\d: too many levels/)]);
  });

  test("the first ten of many, and how many more", () => {
    const told = problems(Array.from({ length: 1_234 }, (_, index) => `k${index}: *a`).join("\n"));
    expect(told).toHaveLength(11);
    expect(told[10]).toBe("... and 1,224 more");
  });

  test.each([
    ["port", "port"],
    ["amqp.host", "amqp.host"],
    ["password:Hunter22", "(a key of 17 characters, not shown)"],
    ["k".repeat(61), "(a key of 61 characters, not shown)"],
  ])("the key %j is shown as %j", (key, shown) => {
    expect(shownKey(key)).toBe(shown);
  });
});

describe("aliases and merges", () => {
  test.each([
    ["a: &x 1\nb: *x", { a: "1", b: "1" }],
    ["a: &x {b: 1}\nc: *x", { a: { b: "1" }, c: { b: "1" } }],
    // An anchor holds until the next one of its name, whatever aliases read in between.
    ["a: &x {b: &y 1}\nc: &y 2\nd: *x\ne: *y", { a: { b: "1" }, c: "2", d: { b: "1" }, e: "2" }],
    ["a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", { a: { b: "1", c: "2" }, d: { c: "3", b: "1" } }],
    [
      "a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}",
      { a: { b: "1" }, c: { b: "2", d: "3" }, e: { b: "1", d: "3" } },
    ],
    ['"<<": 1', { "<<": "1" }],
    ["a: &x k\n*x : 1", { a: "k", k: "1" }],
  ])("%j", (text, values) => {
    expect(read(text).values).toEqual(values);
  });

  test("below a typed key values are YAML's, elsewhere text as it was typed", () => {
    expect(read("typed: {a: 010, b: off, c: 1.0}\nother: {a: 010, b: ~}").values).toEqual({
      typed: { a: 10, b: "off", c: 1 },
      other: { a: "010", b: null },
    });
  });

  test("numbers that are phone numbers, most likely, are text where addresses may stand", () => {
    const text =
      "addresses: {a: 007, b: +27820001001, c: 27820001001, d: 99999999999999999999, e: 0.5}";
    expect(read(text).values).toEqual({
      addresses: { a: "007", b: "+27820001001", c: 27820001001, d: "99999999999999999999", e: 0.5 },
    });
  });

  test("a place that is not there is what would be around it", () => {
    const { where } = read("a:\n  - b: 1\n    c: 2\n");
    expect([["a", "0", "c"], ["a", "7", "c"], ["x"], []].map(where)).toEqual([
      "f, line 3",
      "f, line 1",
      "f",
      "f",
    ]);
    expect(read("").values).toEqual({});
  });

  test("__proto__ is a key like any other", () => {
    const { values } = read("__proto__: {polluted: 1}");
    expect(Object.keys(values)).toEqual(["__proto__"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("a text that is too long", () => {
  test("more than 1 MB is refused", () => {
    expect(problems(`# ${"x".repeat(999_998)}`)).toEqual(["{}"]);
    expect(problems(`# ${"x".repeat(999_999)}`)).toEqual([
      "f: has more than 1 MB, the most that is read",
    ]);
    expect(problems(`# ${"ü".repeat(500_000)}`)).toEqual([expect.stringContaining("1 MB")]);
  });
});

describe("reading a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "esme-yaml-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  test("takes UTF-8, with its mark or without", () => {
    expect(readText(file("plain", "host: ü"))).toBe("host: ü");
    expect(readText(file("marked", "\uFEFFhost: ü"))).toBe("host: ü");
  });

  test.each([
    ["UTF-16", Buffer.from("\uFEFFhost: x", "utf16le"), "is not UTF-8"],
    ["Latin 1", Buffer.from("host: ü", "latin1"), "is not UTF-8"],
    ["too much", "x".repeat(1_000_001), "has more than 1 MB"],
  ])("refuses %s", (name, content, problem) => {
    expect(() => readText(file(name, content))).toThrow(problem);
  });

  test("refuses a file that is not there, without its name", () => {
    expect(() => readText(join(folder, "none"))).toThrow(
      /^the file cannot be read: ENOENT: [^/]*$/,
    );
  });

  test("ends with what never ends", () => {
    expect(() => readText("/dev/zero")).toThrow("has more than 1 MB");
  });
});
