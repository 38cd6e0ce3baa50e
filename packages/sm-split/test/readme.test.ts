import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { countSegments, type National, splitShortMessage } from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What the text is made of, its data_coding, one of its characters (an octet if empty). */
const rows: readonly (readonly [string, number, string, National?])[] = [
  ["GSM 03.38", 0, "a"],
  ["GSM 03.38, extension: `€ [ ] { } ~ ^ \\`", 0, "€"],
  ["GSM 03.38, one national table", 0, "a", { singleShift: 1 }],
  ["GSM 03.38, both national tables", 0, "a", { singleShift: 1, locking: 1 }],
  ["ASCII", 1, "a"],
  ["Latin-1", 3, "é"],
  ["octets", 4, ""],
  ["ISO-2022-JP, Japanese", 5, "日"],
  ["ISO 8859-5, Cyrillic", 6, "ж"],
  ["ISO 8859-8, Hebrew", 7, "ש"],
  ["UCS-2", 8, "ж"],
  ["UCS-2, most emoji: 😀", 8, "😀"],
  ["UCS-2, a family: 👨‍👩‍👧", 8, "👨‍👩‍👧"],
  ["KS C 5601, Korean", 14, "한"],
];

function fitTable(): string {
  const lines = rows.map(([name, dataCoding, character, national]) => {
    const content = (length: number) =>
      character === "" ? new Uint8Array(length) : character.repeat(length);
    const fits = (length: number) =>
      countSegments(content(length), { dataCoding, national }).segments === 1;
    let one = 0;
    while (fits(one + 1)) one++;
    const part = (method: "udh" | "udh16") => {
      const options = { method, national };
      const { segments } = splitShortMessage(content(one + 1), dataCoding, options);
      const [first] = segments;
      return first?.text === undefined ? (first?.units ?? 0) : first.text.length / character.length;
    };
    const most = (255 * part("udh")).toLocaleString("en");
    return `| ${name} | ${dataCoding} | ${one} | ${part("udh")} | ${part("udh16")} | ${most} |`;
  });
  return [
    "| text | data_coding | one message | a part, `udh` or `sar` | a part, `udh16` | 255 parts |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

test("the README's table of how many characters fit is what the code says", () => {
  const [, table] = /<!-- fit:begin -->\n([\s\S]*?)\n?<!-- fit:end -->/.exec(readme) ?? [];
  expect(table).toBe(fitTable());
});
