/** Runs Stryker in a process of its own, and reports. Its one argument is a {@link Run} as JSON. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Stryker } from "@stryker-mutator/core";
import { report } from "./report.ts";

/** What is to be mutated, and how. */
export interface Run {
  /** The package, a folder in `packages`. */
  readonly name: string;
  /** Its sources, from the root. */
  readonly source: string;
  /** Files of them, as patterns. */
  readonly mutate: readonly string[];
  /** Tables and constants of modules, too. */
  readonly withTables: boolean;
  /** Whether nothing is reused that earlier runs found. */
  readonly again: boolean;
  /** The folder for the copy in which the changes are made. */
  readonly copy: string;
}

/**
 * Takes the survivors out of what earlier runs found, so that they are tried again: Stryker itself
 * keeps them although there are new tests.
 */
function forgetSurvivors(file: string): void {
  if (!existsSync(file)) return;
  const found: { files: Record<string, { mutants: { status: string }[] }> } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  for (const one of Object.values(found.files)) {
    one.mutants = one.mutants.filter(({ status }) => status === "Killed" || status === "Timeout");
  }
  writeFileSync(file, JSON.stringify(found));
}

async function run({ name, source, mutate, withTables, again, copy }: Run): Promise<void> {
  const incrementalFile = `node_modules/.cache/mutate/${name}.json`;
  forgetSurvivors(incrementalFile);
  const stryker = new Stryker({
    mutate: [...mutate],
    plugins: ["@stryker-mutator/vitest-runner", "./words.mjs"].map((plugin) =>
      import.meta.resolve(plugin),
    ),
    ignorers: ["words"],
    ignoreStatic: !withTables,
    testRunner: "vitest",
    vitest: { configFile: "tools/mutate/vitest.config.ts", related: false },
    coverageAnalysis: "perTest",
    concurrency: 2,
    disableTypeChecks: false,
    reporters: ["progress-append-only"],
    tempDirName: copy,
    incremental: true,
    incrementalFile,
    force: again,
  });
  console.log(report(await stryker.runMutationTest(), source));
}

// main.ts wrote it.
const what: Run = JSON.parse(process.argv[2] ?? "");
await run(what);
