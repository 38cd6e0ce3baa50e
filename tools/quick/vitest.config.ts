/**
 * The tests that need nothing but Node.js (no RabbitMQ, no Redis, no browser, no process of their
 * own) and little time.
 */
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { defineConfig } from "vitest/config";
import all from "../../vitest.config.ts";
import { long, named, projects, root } from "./choice.ts";

const { test: { projects: _, ...test } = {}, ...rest } = all;
const chosen = projects();

/** Each package by itself, as `--project` wants it. */
const apart = chosen.map(({ project, own, starting }) => ({
  ...project,
  test: { ...project.test, root: own, globalSetup: [], exclude: [...long, ...starting] },
}));

/** All as one: a module is transformed once, and loaded once in each thread, and not for each package. */
const together = {
  include: chosen.map(({ own }) => `${relative(root, own)}/test/**/*.test.ts`),
  exclude: [...long, ...chosen.flatMap(({ starting }) => starting)],
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
