// The package outside Node: bundled, it runs without any of Node's globals and without eval, and in a browser.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";

/** The part of esbuild, a dependency of tsup, that bundles. */
interface Esbuild {
  buildSync(options: object): { outputFiles: { text: string }[]; metafile: { inputs: object } };
}

const tsup = realpathSync(createRequire(import.meta.url).resolve("tsup"));
const esbuild: Esbuild = createRequire(tsup)("esbuild");

/** Everything in one script that leaves the package in the global `esmePdu`; fails on a node: import. */
function bundle(minify: boolean): string {
  const { outputFiles, metafile } = esbuild.buildSync({
    entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    minify,
    platform: "browser",
    format: "iife",
    globalName: "esmePdu",
  });
  expect(
    Object.keys(metafile.inputs).filter((path) => !path.includes("packages/pdu/src/")),
  ).toEqual([]);
  return outputFiles[0]?.text ?? "";
}

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

test("it runs without Node's globals, and without eval", () => {
  const context = createContext(Object.create(null), {
    codeGeneration: { strings: false, wasm: false },
  });
  expect(runInContext("typeof process + typeof Buffer + typeof require", context)).toBe(
    "undefinedundefinedundefined",
  );
  expect(() => runInContext("eval('1')", context)).toThrow("Code generation from strings");
  runInContext(bundle(false), context);
  expect(runInContext(script, context)).toBe(vectors.length);
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
  const folder = mkdtempSync(join(tmpdir(), "esme-pdu-"));
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
    expect(/<title>(.*?)<\/title>/.exec(stdout)?.[1]).toBe(`right: ${vectors.length}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
