// The package outside Node: bundled, it runs without any of Node's globals and without eval, and in a browser.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundle } from "@esme/browser/bundle";
import { chromiumPath, runInChromium } from "@esme/browser/chromium";
import { runWithoutNode } from "@esme/browser/without-node";
import { encode } from "@esme/pdu";
import { expect, test } from "vitest";
import { ipv4, pcap } from "./capture-file.ts";

const { code, inputs: files } = bundle(fileURLToPath(new URL("../src/index.ts", import.meta.url)), {
  globalName: "esmeExplain",
});

const part = (sequence: number, text: string) =>
  encode(
    {
      command: "deliver_sm",
      esm_class: 0x40,
      short_message: Buffer.concat([Buffer.from([5, 0, 3, 1, 2, sequence]), Buffer.from(text)]),
    },
    sequence,
  );

const parts = [part(1, "Hello "), part(2, "world!")];

/** The same message as digits, and in a capture. */
const inputs = [
  JSON.stringify(Buffer.concat(parts).toString("hex")),
  `Uint8Array.from(${JSON.stringify([
    ...pcap(
      101,
      parts.map((data, index) => ipv4({ data, sequence: 1 + index * data.length })),
    ),
  ])})`,
];

/** Explains each input; its value is the number of those whose message was read. */
const script = `(() => {
  const { explainInput, isInputError } = esmeExplain;
  try {
    explainInput("words");
  } catch (error) {
    if (!isInputError(error)) throw error;
  }
  const texts = [${inputs.join(",")}].map((input) => explainInput(input));
  return texts.filter((text) => text.includes('is complete: "Hello world!"')).length;
})()`;

test("a bundle has nothing but packages of this repository; iconv-lite is left out", () => {
  const foreign = files.filter((path) => !path.includes("packages/"));
  expect(foreign).toEqual([expect.stringMatching(/^\(disabled\):.*iconv-lite/)]);
});

test("it runs without the globals of Node.js, and without eval", () => {
  // Every browser has a TextDecoder, which the charsets need.
  expect(runWithoutNode({ TextDecoder }, code, script)).toBe(inputs.length);
});

test("a page that explains everything loads less than 46 kB of it, gzipped", () => {
  expect(gzipSync(code).length).toBeLessThan(46_000);
});

test.skipIf(chromiumPath === undefined)(
  "it runs in Chromium, under a policy that forbids eval (optional: chromium)",
  { timeout: 120_000 },
  () => {
    expect(runInChromium(code, script)).toBe(String(inputs.length));
  },
);
