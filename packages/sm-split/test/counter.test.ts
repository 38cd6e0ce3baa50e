import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { bundle } from "@esme/browser/bundle";
import { chromiumPath } from "@esme/browser/chromium";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charsetOf, countSegments, splitShortMessage } from "../src/index.ts";

const run = promisify(execFile);
const page = fileURLToPath(new URL("../examples/counter/", import.meta.url));

/** What one types: text, data_coding, national tables. */
const inputs = [
  ["hello", 0, false],
  ["€".repeat(81), 0, false],
  ["Grüße\n".repeat(30), 0, false],
  ["Привет, мир! ".repeat(12), 0, false],
  ["👨‍👩‍👧".repeat(20), 0, false],
  ["şğ".repeat(70), 0, true],
  ["`~".repeat(90), 1, false],
  ["déjà vu ".repeat(20), 3, false],
  ["日本語テスト、ABC".repeat(12), 5, false],
  ["Привет, мир! ".repeat(12), 6, false],
  ["שלום עולם ".repeat(16), 7, false],
  ["漢字".repeat(40), 8, false],
  ["한국어 글자 ".repeat(14), 14, false],
  ["x".repeat(255 * 153 + 1), 0, false],
] as const;

/** Types all inputs into the page as a user would, and writes down what it shows. */
const typist = `
  const results = [];
  const [text, dataCoding, national] = ["#text", "#data-coding", "#national"].map((id) => document.querySelector(id));
  const type = (control, key, value) => {
    control[key] = value;
    control.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  for (const [value, coding, tables] of ${JSON.stringify(inputs)}) {
    type(text, "value", value);
    type(dataCoding, "value", String(coding));
    type(national, "checked", tables);
    results.push({
      count: document.querySelector("#count").textContent,
      parts: [...document.querySelectorAll("#parts li")].map((li) => li.textContent),
    });
  }
  const octets = new TextEncoder().encode(JSON.stringify(results));
  document.body.dataset.results = btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
`;

describe("the counter page", () => {
  let directory = "";
  let script = "";

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "esme-counter-"));
    script = bundle(join(page, "counter.js")).code;
  }, 60_000);

  afterAll(() => rm(directory, { recursive: true }));

  test("is a small bundle without iconv-lite, which needs Node's Buffer", () => {
    expect(script).not.toContain("Buffer");
    expect(gzipSync(script).length).toBeLessThan(13_800);
  });

  test.skipIf(chromiumPath === undefined)(
    "counts in a browser what Node counts (optional: chromium)",
    async () => {
      const html = await readFile(join(page, "index.html"), "utf8");
      await mkdir(join(directory, "dist"));
      await writeFile(join(directory, "dist", "counter.js"), script);
      const file = join(directory, "index.html");
      await writeFile(
        file,
        html.replace("</body>", () => `<script>${typist}</script></body>`),
      );
      const { stdout } = await run(
        chromiumPath ?? "",
        [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          `--user-data-dir=${join(directory, "profile")}`,
          "--dump-dom",
          pathToFileURL(file).href,
        ],
        { maxBuffer: 64 << 20 },
      );
      const results = /data-results="([^"]*)"/.exec(stdout)?.[1] ?? "";
      const expected = inputs.map(([text, dataCoding, tables]) => {
        const options = { national: tables ? "auto" : undefined } as const;
        const count = countSegments(text, { dataCoding, ...options });
        return {
          count: `${count.segments} × ${charsetOf(count.data_coding)}, ${count.units} units, ${count.perSegment} per segment, ${count.remaining} left`,
          parts:
            count.segments > 255
              ? ["the text takes 256 parts: at most 255"]
              : splitShortMessage(text, dataCoding, options).segments.map((part) => part.text),
        };
      });
      expect(JSON.parse(Buffer.from(results, "base64").toString())).toEqual(expected);
    },
    60_000,
  );
});
