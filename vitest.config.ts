import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const rooms = ["packages", "tools"].flatMap((room) =>
  readdirSync(new URL(`./${room}`, import.meta.url))
    .map((name) => ({ name, root: `./${room}/${name}` }))
    .filter(({ root }) => existsSync(new URL(`${root}/test`, import.meta.url))),
);

/** Projects whose tests talk to RabbitMQ or Redis have them found or started first. */
const services = fileURLToPath(new URL("./tools/services/setup.ts", import.meta.url));

function usesServices(root: string): boolean {
  const manifest = readFileSync(new URL(`${root}/package.json`, import.meta.url), "utf8");
  return manifest.includes('"@esme/services"');
}

export default defineConfig({
  // Tests run the sources: the condition picks `src` in every package's exports.
  ssr: { resolve: { conditions: ["@esme/source", "module", "node", "development|production"] } },
  test: {
    // A hung test is found all the same; a busy machine is no failure.
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    // Most tests wait for servers, timers and processes: one worker, the default on two cores, idles.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text"] },
    projects: rooms.map(({ name, root }) => ({
      extends: true as const,
      test: {
        name,
        root,
        include: ["test/**/*.test.ts"],
        environment: "node" as const,
        globalSetup: usesServices(root) ? [services] : [],
      },
    })),
  },
});
