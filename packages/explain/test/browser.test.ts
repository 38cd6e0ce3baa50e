// The package outside Node: bundled, it runs without any of Node's globals and without eval, and in a browser.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { encode } from "@esme/pdu";
import { expect, test } from "vitest";
import { ipv4, pcap } from "./capture-file.ts";

/** The part of esbuild, a dependency of tsup, that bundles. */
interface Esbuild {
  buildSync(options: object): { outputFiles: { text: string }[]; metafile: { inputs: object } };
}

const tsup = realpathSync(createRequire(import.meta.url).resolve("tsup"));
const esbuild: Esbuild = createRequire(tsup)("esbuild");

/** Everything in one script that leaves the package in the global `esmeExplain`; fails on a node: import. */
function bundle(minify: boolean): string {
  const { outputFiles, metafile } = esbuild.buildSync({
    entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    minify,
    platform: "browser",
    format: "iife",
    conditions: ["@esme/source"],
    globalName: "esmeExplain",
  });
  const foreign = Object.keys(metafile.inputs).filter((path) => !path.startsWith("packages/"));
  expect(foreign).toEqual([expect.stringMatching(/^\(disabled\):.*iconv-lite/)]);
  return outputFiles[0]?.text ?? "";
}

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

test("it runs without the globals of Node.js, and without eval", () => {
  // Every browser has a TextDecoder, which the charsets need.
  const context = createContext(Object.assign(Object.create(null), { TextDecoder }), {
    codeGeneration: { strings: false, wasm: false },
  });
  expect(runInContext("typeof process + typeof Buffer + typeof require", context)).toBe(
    "undefinedundefinedundefined",
  );
  expect(() => runInContext("eval('1')", context)).toThrow("Code generation from strings");
  runInContext(bundle(false), context);
  expect(runInContext(script, context)).toBe(inputs.length);
});

test("a page that explains everything loads less than 46 kB of it, gzipped", () => {
  expect(gzipSync(bundle(true)).length).toBeLessThan(46_000);
});

test("it runs in Chromium, under a policy that forbids eval (optional: chromium)", {
  timeout: 120_000,
}, ({ skip }) => {
  const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) =>
    existsSync(path),
  );
  if (chromium === undefined) {
    skip("chromium is not installed");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "esme-explain-"));
  try {
    const page = join(folder, "page.html");
    const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">`;
    const code = `${bundle(true)};\ndocument.title = "right: " + ${script};`;
    writeFileSync(page, `<!doctype html><meta charset="utf-8">${policy}<script>${code}</script>`);
    const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}`];
    const { stdout } = spawnSync(chromium, [...options, "--dump-dom", pathToFileURL(page).href], {
      encoding: "utf8",
      timeout: 100_000,
      maxBuffer: 1 << 26,
    });
    expect(/<title>(.*?)<\/title>/.exec(stdout)?.[1]).toBe(`right: ${inputs.length}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
