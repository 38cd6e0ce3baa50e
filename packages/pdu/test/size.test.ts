// What a user's bundle takes of the package: no more than what it imports needs.

import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "tsup";
import { afterAll, beforeAll, expect, test } from "vitest";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "esme-pdu-size-"));
  const outDir = join(folder, "dist");
  const tsup = join(packageFolder, "../../node_modules/.bin/tsup");
  const options = ["--no-dts", "--format", "esm", "--out-dir", outDir];
  const { status, stderr } = spawnSync(tsup, options, { cwd: packageFolder, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const { sideEffects } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
  await writeFile(join(outDir, "package.json"), JSON.stringify({ type: "module", sideEffects }));
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The octets, minified and gzipped, of a bundle with these exports of the built package. */
async function sizeOf(exports: string): Promise<number> {
  const entry = join(folder, "entry.js");
  await writeFile(entry, `export { ${exports} } from "./dist/index.js";`);
  const outDir = join(folder, "bundle");
  await build({
    config: false,
    entry: [entry],
    outDir,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    silent: true,
  });
  return gzipSync(await readFile(join(outDir, "entry.js"))).length;
}

test.each([
  ["encode, decode, Framer", 13_000],
  ["Framer", 4_000],
  ["statusName", 4_000],
  ["formatTime, parseTime", 4_000],
  ["DataCoding", 500],
])("%s: less than %i octets", { timeout: 60_000 }, async (exports, limit) => {
  expect(await sizeOf(exports)).toBeLessThan(limit);
});
