import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "tsup";
import { describe, expect, test } from "vitest";

const index = fileURLToPath(new URL("../src/index.ts", import.meta.url));

/** A bundle of the given exports, as a user's bundler would make it: its size, and itself. */
async function bundle(
  exports: string,
): Promise<{ code: string; gzipped: number; module: unknown }> {
  const directory = await mkdtemp(join(tmpdir(), "esme-size-"));
  try {
    const entry = join(directory, "entry.ts");
    await writeFile(entry, `export { ${exports} } from ${JSON.stringify(index)};`);
    await build({
      config: false,
      entry: [entry],
      outDir: directory,
      outExtension: () => ({ js: ".mjs" }),
      format: "esm",
      platform: "browser",
      target: "es2022",
      minify: true,
      silent: true,
    });
    const file = join(directory, "entry.mjs");
    const code = await readFile(file, "utf8");
    return { code, gzipped: gzipSync(code).length, module: await import(pathToFileURL(file).href) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** "KA" of the Kannada tables, as a character or as an escape. */
const KANNADA = /ಕ|\\u0c95/i;
const codec = "encode, decode, septetCount, canEncode, fit, pack7bit, unpack7bit, GsmError";

describe("size", () => {
  test("the codec with the default alphabet is under 3 kB minified and gzipped", async () => {
    const { code, gzipped } = await bundle(codec);
    expect(gzipped).toBeLessThan(3000);
    expect(code).not.toMatch(KANNADA);
  });

  test("national tables come with `languages` or `bestNationalTables`, and only then", async () => {
    for (const name of ["languages", "bestNationalTables"]) {
      const { code, gzipped } = await bundle(`${codec}, ${name}`);
      expect(code).toMatch(KANNADA);
      expect(gzipped).toBeGreaterThan(3000);
    }
  });

  test("a bundle without them says so when it is given an identifier", async () => {
    const { module } = await bundle(codec);
    expect(module).toMatchObject({ encode: expect.any(Function) });
    const { encode } = module as typeof import("../src/index.ts");
    expect(() => encode("ş", { singleShift: 1 })).toThrow(
      expect.objectContaining({ code: "tables_not_loaded" }),
    );
    expect([...encode("€")]).toEqual([0x1b, 0x65]);
  });
});
