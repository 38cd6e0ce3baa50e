/** Bundles for a browser, as users of the package would make them. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { build } from "tsup";

/** The bundle of a file and all that it imports: one script, minified. */
export async function bundle(entry: string): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), "esme-bundle-"));
  try {
    await build({
      config: false,
      entry: [entry],
      outDir,
      format: "iife",
      platform: "browser",
      target: "es2022",
      noExternal: [/./],
      minify: true,
      silent: true,
      // The sources, so that no build has to come first.
      esbuildOptions: (options) => {
        options.conditions = ["@esme/source"];
      },
    });
    return await readFile(join(outDir, `${basename(entry, extname(entry))}.global.js`), "utf8");
  } finally {
    await rm(outDir, { recursive: true });
  }
}
