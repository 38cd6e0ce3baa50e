/** `npm run mutate -- PACKAGE [FILE|FOLDER...]`: which change of the sources does no test notice? */
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { report } from "./report.ts";

const usage =
  "usage: npm run mutate -- PACKAGE [FILE|FOLDER...] [--tests NAME,NAME...] [--static] [--again]";

const root = fileURLToPath(new URL("../..", import.meta.url));

function settings() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: {
      tests: { type: "string" },
      static: { type: "boolean", default: false },
      again: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [name, ...places] = positionals;
  if (name === undefined) throw new Error("PACKAGE: expected a folder's name in packages");
  const source = `packages/${name}/src`;
  const mutate = (places.length === 0 ? ["."] : places).map((place) => {
    const path = join(source, place);
    if (!existsSync(join(root, path))) throw new Error(`${path}: not found`);
    return statSync(join(root, path)).isDirectory() ? `${path}/**/*.ts` : path;
  });
  return { ...values, name, source, mutate };
}

async function run({ name, source, mutate, ...flags }: ReturnType<typeof settings>) {
  process.chdir(root);
  process.env["ESME_MUTATE_PACKAGE"] = name;
  if (flags.tests !== undefined) process.env["ESME_MUTATE_TESTS"] = flags.tests;
  const copy = mkdtempSync(join(tmpdir(), "esme-mutate-"));
  process.once("exit", () => rmSync(copy, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
  const stryker = new Stryker({
    mutate,
    plugins: ["@stryker-mutator/vitest-runner", "./words.mjs"].map((plugin) =>
      import.meta.resolve(plugin),
    ),
    ignorers: ["words"],
    ignoreStatic: !flags.static,
    testRunner: "vitest",
    vitest: { configFile: "tools/mutate/vitest.config.ts", related: false },
    coverageAnalysis: "perTest",
    concurrency: 2,
    disableTypeChecks: false,
    reporters: ["progress-append-only"],
    tempDirName: copy,
    incremental: true,
    incrementalFile: `node_modules/.cache/mutate/${name}.json`,
    force: flags.again,
  });
  console.log(report(await stryker.runMutationTest(), source));
}

let given: ReturnType<typeof settings> | undefined;
try {
  given = settings();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
if (given) await run(given);
