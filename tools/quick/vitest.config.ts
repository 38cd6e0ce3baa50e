/**
 * The tests that need nothing but Node.js (no RabbitMQ, no Redis, no browser, no process of their
 * own) and little time. They are chosen by what a test file imports, itself or through its helpers,
 * and by its name.
 */
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
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

/** Tests that take long: by chance and for as long as they are given, or by the size of their input. */
const long = ["**/*.fuzz.test.ts", "**/*.model.test.ts", "**/*.long.test.ts"];

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

/** Projects named on the command line; to look at the imports of all others takes 2 s. */
const named = process.argv.flatMap((word, index, words) =>
  words[index - 1] === "--project" ? [word] : word.startsWith("--project=") ? [word.slice(10)] : [],
);

/** Whether Vitest may run it: names may have `*` and `!`, which are Vitest's to understand. */
function isNamed(name: unknown): boolean {
  const arePlain = named.every((word) => /^[\w-]+$/.test(word));
  return named.length === 0 || !arePlain || named.some((word) => word === name);
}

const { test: { projects = [], ...test } = {}, ...rest } = all;

const chosen = projects.flatMap((project) => {
  if (typeof project !== "object" || !("test" in project)) return [];
  const { name, root: folder = "." } = project.test ?? {};
  if (!isNamed(name)) return [];
  const own = join(root, folder);
  const slow = sourceFiles(join(own, "test")).filter((file) => startsSomething(file));
  return [{ project, own, exclude: [...long, ...slow] }];
});

/** Each package by itself, as `--project` wants it. */
const apart = chosen.map(({ project, own, exclude }) => ({
  ...project,
  test: { ...project.test, root: own, globalSetup: [], exclude },
}));

/** All as one: a module is transformed once, and loaded once in each thread, and not for each package. */
const together = {
  include: chosen.map(({ own }) => `${relative(root, own)}/test/**/*.test.ts`),
  exclude: chosen.flatMap(({ exclude }) => exclude),
};

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
    ...(named.length === 0 ? together : { projects: apart }),
  },
});
