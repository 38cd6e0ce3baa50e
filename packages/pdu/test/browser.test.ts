// The package outside Node: bundled, it runs without any of Node's globals and without eval, and in a browser.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "@esme/browser/bundle";
import { chromiumPath, runInChromium } from "@esme/browser/chromium";
import { runWithoutNode } from "@esme/browser/without-node";
import { expect, test } from "vitest";

const { code, inputs } = bundle(fileURLToPath(new URL("../src/index.ts", import.meta.url)), {
  globalName: "esmePdu",
});

const vectors: { name: string; hex: string }[] = JSON.parse(
  readFileSync(new URL("./data/pdu.json", import.meta.url), "utf8"),
);

/** Frames, decodes and encodes every vector in steps; its value is the number of those that came out right. */
const script = `(() => {
  const { createCodec, decode, dissect, encode, Framer, octets } = esmePdu;
  const octetsOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hexOf = (octets) => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  createCodec({ tlvs: { mine: { tag: 0x1400, type: octets({ size: 2 }) } } });
  let right = 0;
  for (const hex of ${JSON.stringify(vectors.map(({ hex }) => hex))}) {
    const [frame] = new Framer().push(octetsOf(hex));
    const again = hexOf(encode(decode(frame)));
    if (dissect(frame).problems !== undefined && (again === hex || hex.length === 32)) right++;
  }
  return right;
})()`;

test("a bundle has nothing but the package and the sentences of @esme/settings", () => {
  expect(inputs.filter((path) => !/packages\/(?:pdu|settings)\/src\//.test(path))).toEqual([]);
});

test("it runs without the globals of Node.js, and without eval", () => {
  expect(runWithoutNode({}, code, script)).toBe(vectors.length);
});

test.skipIf(chromiumPath === undefined)(
  "it runs in Chromium, under a policy that forbids eval (optional: chromium)",
  { timeout: 120_000 },
  () => {
    expect(runInChromium(code, script)).toBe(String(vectors.length));
  },
);
