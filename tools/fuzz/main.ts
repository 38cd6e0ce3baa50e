/** `npm run fuzz -- [--minutes N] [--seed S] [--case C] [DOOR...]`: input that nobody meant, at every door. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const usage = "usage: npm run fuzz -- [--minutes N] [--seed S] [--case C] [DOOR...]";
const root = fileURLToPath(new URL("../..", import.meta.url));
const suffix = ".fuzz.test.ts";

/** As `vitest.config.ts` has it. */
const workers = Math.max(2, availableParallelism() - 1);

function settings() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { minutes: { type: "string" }, seed: { type: "string" }, case: { type: "string" } },
    allowPositionals: true,
  });
  const known = readdirSync(`${root}packages`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(suffix) && !path.includes("node_modules"))
    .map((path) => basename(path, suffix));
  const unknown = positionals.find((door) => !known.includes(door));
  if (unknown !== undefined) throw new Error(`no door ${unknown}: expected ${known.join(", ")}`);
  const minutes = Number(values.minutes ?? 1);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 0x7fff_ffff));
  if (!(minutes > 0)) {
    throw new Error(`--minutes: got ${values.minutes}, expected a number above 0`);
  }
  if (!Number.isInteger(seed)) throw new Error(`--seed: got ${values.seed}, expected an integer`);
  if (values.case !== undefined && !/^\d+$/.test(values.case)) {
    throw new Error(`--case: got ${values.case}, expected a case's number`);
  }
  return { minutes, seed, only: values.case, doors: positionals.length > 0 ? positionals : known };
}

function run(): number {
  const { minutes, seed, only, doors } = settings();
  const rounds = Math.ceil(doors.length / Math.min(workers, doors.length));
  const seconds = (minutes * 60) / rounds;
  console.log(`seed ${seed}, ${seconds.toFixed(1)} seconds for each of ${doors.join(", ")}`);
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      ...doors.map((door) => `/${door}${suffix}`),
      "--reporter=default",
      "--reporter=./tools/plain-reporter.ts",
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        ESME_FUZZ_SECONDS: String(seconds),
        ESME_FUZZ_SEED: String(seed),
        ...(only !== undefined && { ESME_FUZZ_CASE: only }),
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
