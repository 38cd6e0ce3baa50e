/**
 * The tests that `vitest.config.ts` beside this file leaves out because they start something, and
 * that may end otherwise on another Node.js.
 */
import { defineConfig } from "vitest/config";
import all from "../../vitest.config.ts";
import { long, projects, root } from "./choice.ts";

/** What a browser, a foreign program, a server that dies or the size of a build says is the same on each. */
const elsewhere = [
  "browser",
  "chaos*",
  "counter",
  "hops",
  "interop-*",
  "new-rows",
  "page",
  "pcap",
  "redis-cluster",
  "redis-failover",
  "redis-restart",
  "services",
  "size",
  "tshark",
].map((name) => `**/${name}.test.ts`);

export default defineConfig({
  ...all,
  root,
  test: {
    ...all.test,
    projects: projects().flatMap(({ project, own, starting }) => {
      if (starting.length === 0) return [];
      const exclude = [...long, ...elsewhere];
      return [{ ...project, test: { ...project.test, root: own, include: starting, exclude } }];
    }),
  },
});
