/** Expressions from the configuration: what they find, and how long they may take. */
import { readFileSync } from "node:fs";
import { InMemorySmppCache } from "@esme/caches";
import { describe, expect, test } from "vitest";
import { DeliveryReportProcessor } from "../src/index.ts";
import { receiptReader } from "../src/receipt/receipt-regex.ts";
import { deliverSm, octetsOf } from "./deliver.ts";

function logged() {
  const lines: [object, string][] = [];
  return { lines, warn: (fields: object, message: string) => lines.push([fields, message]) };
}

const rows: { text: string }[] = JSON.parse(
  readFileSync(new URL("../../receipts/test/data/receipts.json", import.meta.url), "utf8"),
);

/** As they stand in configuration files, and in the syntax of JavaScript's own engine. */
const expressions: [python: string, javaScript: RegExp][] = [
  [
    "id:(?P<id>[^ ]{,65})(?: +sub:(?P<sub>[^ ]+))?(?: +dlvrd:(?P<dlvrd>[^ ]+))?(?: +submit date:(?P<submit_date>\\d*))?(?: +done date:(?P<done_date>\\d*))? +stat:(?P<stat>[A-Z]{5,7})(?: +err:(?P<err>[^ ]+))? +[Tt]ext:(?P<text>.{,20}).*",
    /id:(?<id>[^ ]{0,65})(?: +sub:(?<sub>[^ ]+))?(?: +dlvrd:(?<dlvrd>[^ ]+))?(?: +submit date:(?<submit_date>\d*))?(?: +done date:(?<done_date>\d*))? +stat:(?<stat>[A-Z]{5,7})(?: +err:(?<err>[^ ]+))? +[Tt]ext:(?<text>.{0,20}).*/y,
  ],
  ["id:(?P<id>\\S+) +stat:(?P<stat>[A-Z]+)", /id:(?<id>\S+) +stat:(?<stat>[A-Z]+)/y],
  [
    "id:(?P<id>[0-9a-fA-F-]{1,64})(?: submit date:(?P<submit_date>\\d{14}))?(?: done date:(?P<done_date>\\d{14}))? stat:(?P<stat>[A-Z]{5,9})(?: err:(?P<err>\\S+))?",
    /id:(?<id>[0-9a-fA-F-]{1,64})(?: submit date:(?<submit_date>\d{14}))?(?: done date:(?<done_date>\d{14}))? stat:(?<stat>[A-Z]{5,9})(?: err:(?<err>\S+))?/y,
  ],
  ["(?is).*?ID:(?P<id>\\w+).*?STAT:(?P<stat>\\w+)", /.*?ID:(?<id>\w+).*?STAT:(?<stat>\w+)/isy],
  [
    "\\A(?P<id>[\\w:]+)\\s+\\u0073ub:(?P<sub>[\\s\\S]*)\\Z",
    /^(?<id>[\w:]+)\s+\u0073ub:(?<sub>[\s\S]*)$/y,
  ],
  ["(?m)^.*(?<=id:)(?P<id>\\w+)$", /^.*(?<=id:)(?<id>\w+)$/my],
];

describe("an expression", () => {
  test.each(expressions)("finds what JavaScript's own engine finds: %s", (python, javaScript) => {
    const logger = logged();
    const read = receiptReader(python, logger);
    // Line ends are Python's: a carriage return is a character like others.
    const texts = rows.map(({ text }) => text.replaceAll("\r", ""));
    for (const text of [
      ...texts,
      "",
      "id:",
      "id:1\u00a0sub:2",
      "x\nid:5",
      "id:\ud83d\ude00 stat:DELIVRD",
    ]) {
      javaScript.lastIndex = 0;
      const groups = javaScript.exec(text)?.groups;
      const wanted = groups && Object.entries(groups).filter(([, value]) => value !== undefined);
      expect(read(text)).toEqual(wanted && Object.fromEntries(wanted));
    }
    expect(logger.lines).toEqual([]);
  });

  test.each([
    "(?P<id>(a+)+)$",
    "(?P<id>(a|a)*)$",
    "(?P<id>(a|aa)+)$",
    "(?P<id>(.*)*)!x",
    "(?P<id>a*a*a*a*a*a*a*a*)b",
    "(?P<id>(?:\\w+\\s?)*):",
    "(?P<id>(?:a{1,30}){1,30})$",
    "(?<!b)(?P<id>(a+)+)$",
  ])("%s takes linear time: no text is given up", (expression) => {
    const logger = logged();
    const read = receiptReader(expression, logger);
    for (const text of [`${"a".repeat(60_000)}!`, `${"a ".repeat(30_000)}!`]) read(text);
    expect(logger.lines).toEqual([]);
  });

  test("sees the first 4,096 characters of a text", () => {
    const read = receiptReader("(?P<id>x+)$", logged());
    expect(read("x".repeat(60_000))).toEqual({ id: "x".repeat(4096) });
  });

  test.each([
    ["a look-ahead", "(?=id:)id:(?P<id>\\w+)", "id:5"],
    ["a back-reference by name", "(?P<q>'?)id:(?P<id>\\w+)(?P=q)", "'id:5'"],
    ["a back-reference by number", "('?)id:(?P<id>\\w+)\\1", "'id:5'"],
    ["many repetitions", "id:(?P<id>\\w{1,2000})", "id:5"],
  ])("with %s is read with a limit, and the log says so", (_, expression, text) => {
    const logger = logged();
    const read = receiptReader(expression, logger);
    expect(read(text)).toEqual({ id: "5" });
    expect(logger.lines).toEqual([
      [
        {
          reason: expect.stringMatching(/^regex: .* only backtracking can do that/),
          characters: 1000,
          milliseconds: [50, 200],
        },
        "receipts are read by an expression with a limit of time, a plainer one has none",
      ],
    ]);
  });

  test("that backtracks too long is ended, and the log says so each time", async () => {
    const logger = logged();
    const deps = { cache: new InMemorySmppCache(), logger };
    const processor = new DeliveryReportProcessor({ regex: "(?!x)(?P<id>(a+)+)$" }, deps);
    const text = `${"a".repeat(60)}!`;
    const outcome = await processor.handleDeliverSm(deliverSm({ short_message: octetsOf(text) }));
    expect(outcome).toEqual({ kind: "not_handled" });
    expect(logger.lines.slice(1)).toEqual([
      [
        { reason: "regex: too much backtracking", characters: 61 },
        "the expression for receipts took too long over a text, which counts as not matching",
      ],
    ]);
  });

  test.each([
    ["(", "Unterminated group"],
    ["stat:(?P<stat>.*)", "it has no group named id"],
    ["(?P<id>x)[", "Unterminated character class"],
    [`(?P<id>${"x".repeat(9_000)}`, "Unterminated group"],
    [`(?P<id>${"x".repeat(10_000)})`, "a regular expression of at most 10000 characters"],
  ])("that is none is refused in one short sentence: %#", (regex, reason) => {
    const make = () => new DeliveryReportProcessor({ regex }, { cache: new InMemorySmppCache() });
    expect(make).toThrow(reason);
    expect(make).toThrow(/^regex: expected a regular expression (?:with|of) [^\n]{1,250}$/);
  });
});
