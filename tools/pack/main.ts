/**
 * Packs every package, lets publint and attw judge the tarball, installs it alone (with only what
 * it depends on) in an empty project, and uses it from ESM and from CommonJS.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { uses } from "./uses.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
const work = mkdtempSync(join(tmpdir(), "esme-pack-"));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly main?: string;
  readonly bin?: Readonly<Record<string, string>>;
}

/** What attw expects: both kinds of modules, or ESM alone (which `require` of Node.js 20.19 takes, too). */
function profileOf({ main = "" }: Manifest): string {
  return main.endsWith(".cjs") ? "node16" : "esm-only";
}

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (result.status === 0) return result.stdout;
  const shown = `${command} ${args.join(" ")}`;
  throw new Error(`${shown} ended with ${result.status}\n${result.stdout}\n${result.stderr}`);
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
}

const folders = readdirSync(join(root, "packages")).filter((folder) => !manifestOf(folder).private);
const tarballs = new Map<string, string>();
for (const folder of folders) {
  const manifest = manifestOf(folder);
  run(bin("pnpm"), ["pack", "--pack-destination", work], join(root, "packages", folder));
  const file = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`;
  tarballs.set(manifest.name, join(work, file));
}

/** The siblings that a package needs, and those that they need. */
function siblingsOf(name: string, found = new Set<string>()): Set<string> {
  const { dependencies = {} } = manifestOf(name.replace("@esme/", ""));
  for (const sibling of Object.keys(dependencies).filter((other) => tarballs.has(other))) {
    if (found.has(sibling)) continue;
    found.add(sibling);
    siblingsOf(sibling, found);
  }
  return found;
}

function checkPackage(folder: string): void {
  const manifest = manifestOf(folder);
  const { name, bin: programs = {} } = manifest;
  const tarball = tarballs.get(name) ?? "";
  run(bin("publint"), ["run", tarball, "--strict"], work);
  run(
    bin("attw"),
    [tarball, "--format", "ascii", "--no-color", "--profile", profileOf(manifest)],
    work,
  );
  const project = join(work, folder);
  mkdirSync(project);
  const overrides = Object.fromEntries(
    [...siblingsOf(name)].map((sibling) => [sibling, `file:${tarballs.get(sibling)}`]),
  );
  const dependencies = { [name]: `file:${tarball}` };
  writeFileSync(join(project, "package.json"), JSON.stringify({ dependencies, overrides }));
  run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--omit=peer"],
    project,
  );
  const use = uses[folder];
  if (!use) throw new Error("no use in tools/pack/uses.ts");
  const body = `async function use(m, assert) {${use}\n}\n`;
  writeFileSync(
    join(project, "use.mjs"),
    `import assert from "node:assert";\nimport * as m from "${name}";\n${body}await use(m, assert);\n`,
  );
  writeFileSync(
    join(project, "use.cjs"),
    `const assert = require("node:assert");\nconst m = require("${name}");\n${body}use(m, assert).catch((error) => {\n  console.error(error);\n  process.exitCode = 1;\n});\n`,
  );
  run(process.execPath, ["use.mjs"], project);
  run(process.execPath, ["use.cjs"], project);
  for (const program of Object.keys(programs)) {
    run(join(project, "node_modules", ".bin", program), ["--help"], project);
  }
}

let failed = 0;
for (const folder of folders) {
  try {
    checkPackage(folder);
    console.log(`packed @esme/${folder}: publint, attw, ESM and CommonJS are fine`);
  } catch (error) {
    failed += 1;
    console.error(`packed @esme/${folder}: ${error instanceof Error ? error.message : error}`);
  }
}
rmSync(work, { recursive: true, force: true });
console.log(`packed: ${folders.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
