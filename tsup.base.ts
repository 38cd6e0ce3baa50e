import type { Options } from "tsup";

/** The build every package shares: ESM, CommonJS and types, one file per entry. */
export function preset(over: Options = {}): Options {
  return {
    entry: ["src/index.ts"],
    format: ["esm", "cjs"],
    target: "node20",
    platform: "node",
    // tsup sets `baseUrl`, which TypeScript 6 reports as deprecated.
    // The types of `@esme/settings` are taken in where it is bundled: users do not have the package.
    dts: { compilerOptions: { ignoreDeprecations: "6.0" }, resolve: ["@esme/settings"] },
    sourcemap: true,
    clean: true,
    splitting: false,
    treeshake: true,
    // What is bundled, `@esme/settings` in most packages, comes from its sources: no build before.
    esbuildOptions(options) {
      options.conditions = ["@esme/source", "import", "module"];
    },
    ...over,
  };
}
