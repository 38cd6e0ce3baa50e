/** `npm run mutate -- PACKAGE [FILE|FILE:FROM-TO|FOLDER...]`: which change of the sources does no test notice? */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Run } from "./run.ts";

const usage =
  "usage: npm run mutate -- PACKAGE [FILE|FILE:FROM-TO|FOLDER...] [--tests NAME,NAME...] [--static] [--again]";

const root = fileURLToPath(new URL("../..", import.meta.url));

function settings(): Omit<Run, "copy"> & { tests: string | undefined } {
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
    if (/:\d+/.test(place)) return path;
    if (!existsSync(join(root, path))) throw new Error(`${path}: not found`);
    return statSync(join(root, path)).isDirectory() ? `${path}/**/*.ts` : path;
  });
  const { static: withTables, again, tests } = values;
  for (const test of tests?.split(",") ?? []) {
    const files = readdirSync(join(root, "packages", name, "test"), { recursive: true });
    const isThere = files.some((file) => basename(String(file)).startsWith(test));
    if (!isThere) throw new Error(`--tests: no file of packages/${name}/test begins with ${test}`);
  }
  return { name, source, mutate, withTables, again, tests };
}

/** Stryker and its runners are a group of processes of their own: they end together, then the copy goes. */
async function run({ tests, ...given }: ReturnType<typeof settings>): Promise<number> {
  const copy = mkdtempSync(join(tmpdir(), "esme-mutate-"));
  const what: Run = { ...given, copy };
  const script = fileURLToPath(new URL("./run.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(what)], {
    cwd: root,
    stdio: "inherit",
    detached: true,
    env: {
      ...process.env,
      ESME_MUTATE_PACKAGE: given.name,
      ...(tests !== undefined && { ESME_MUTATE_TESTS: tests }),
    },
  });
  const end = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, end);
  const [code] = await once(child, "exit");
  rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
  return typeof code === "number" ? code : 1;
}

let given: ReturnType<typeof settings> | undefined;
try {
  given = settings();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
if (given) process.exitCode = await run(given);
