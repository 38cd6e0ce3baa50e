/** Bundles for a page, as users of a package would make them. */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";

/** The part of esbuild, a dependency of tsup, that bundles. */
interface Esbuild {
  buildSync(options: object): {
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: { readonly inputs: object };
  };
}

const tsup = realpathSync(createRequire(import.meta.url).resolve("tsup"));
const esbuild: Esbuild = createRequire(tsup)("esbuild");

/** One script, and the files that are in it, from the root of the repository. */
export interface Bundle {
  readonly code: string;
  readonly inputs: readonly string[];
}

/**
 * A file and all that it imports, from the sources, so that no build has to come first. Throws for an
 * import of a module of Node.js. `globalName` is the global that has the exports.
 */
export function bundle(
  entry: string,
  { globalName, minify = true }: { globalName?: string; minify?: boolean } = {},
): Bundle {
  const { outputFiles, metafile } = esbuild.buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify,
    platform: "browser",
    target: "es2022",
    format: "iife",
    conditions: ["@esme/source"],
    logLevel: "silent",
    ...(globalName !== undefined && { globalName }),
  });
  return { code: outputFiles[0]?.text ?? "", inputs: Object.keys(metafile.inputs) };
}
