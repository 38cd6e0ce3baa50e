/** `npm run model -- [--minutes N] [--seed S] [PACKAGE...]`: the model tests alone, for as long as wanted. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const usage = "usage: npm run model -- [--minutes N] [--seed S] [PACKAGE...]";

function settings() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { minutes: { type: "string" }, seed: { type: "string" } },
    allowPositionals: true,
  });
  const minutes = Number(values.minutes ?? 1);
  const given = values.seed ?? process.env["ESME_MODEL_SEED"];
  const seed = Number(given ?? Math.floor(Math.random() * 0x7fff_ffff));
  if (!(minutes > 0))
    throw new Error(`--minutes: got ${values.minutes}, expected a number above 0`);
  if (!Number.isInteger(seed)) throw new Error(`--seed: got ${given}, expected an integer`);
  return { minutes, seed, packages: positionals };
}

function run(): number {
  const { minutes, seed, packages } = settings();
  console.log(`seed ${seed}, ${minutes} minutes for each model test`);
  const projects = packages.map((name) => `--project=${name}`);
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      ".model.test.ts",
      ...projects,
      "--reporter=default",
      "--reporter=./tools/plain-reporter.ts",
    ],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      stdio: "inherit",
      env: {
        ...process.env,
        ESME_MODEL_SECONDS: String(minutes * 60),
        ESME_MODEL_SEED: String(seed),
      },
    },
  );
  return status ?? 1;
}

try {
  process.exitCode = run();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
