/**
 * The tests that need nothing but Node.js: no RabbitMQ, no Redis, no browser, no process of their
 * own. They are chosen by what a test file imports, itself or through its helpers.
 */
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import all from "../../vitest.config.ts";
import { importsOf, sourceFiles } from "../arrows/sources.ts";

/** What starts a server, a browser or a process. */
const starters = [
  /^node:child_process$/,
  /^@esme\/services/,
  /^@esme\/browser\/chromium$/,
  /^playwright-core/,
];

/** Tests that choose their input or their operations at random, for as long as they are given. */
const random = ["**/*.fuzz.test.ts", "**/*.model.test.ts"];

const root = fileURLToPath(new URL("../..", import.meta.url));

function startsSomething(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !file.startsWith(root) || file.includes("/src/")) return false;
  seen.add(file);
  return importsOf(file).some((specifier) =>
    specifier.startsWith(".")
      ? startsSomething(join(dirname(file), specifier), seen)
      : starters.some((starter) => starter.test(specifier)),
  );
}

const { test = {}, ...rest } = all;

export default defineConfig({
  ...rest,
  root,
  test: {
    ...test,
    // To load the modules anew for each file took as long as the tests: 141 s of CPU, now 75 s.
    // Many tests wait for times, not for the CPU.
    maxWorkers: Math.max(3, availableParallelism()),
    isolate: false,
    pool: "threads",
    projects: (test.projects ?? []).map((project) => {
      if (typeof project !== "object" || !("test" in project)) return project;
      const folder = join(root, project.test?.root ?? "");
      const slow = sourceFiles(join(folder, "test")).filter((file) => startsSomething(file));
      return {
        ...project,
        test: { ...project.test, root: folder, globalSetup: [], exclude: [...random, ...slow] },
      };
    }),
  },
});
