// Runs the pinned pnpm without a global install: `node tools/pn.mjs [pnpm args]`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const spec = packageManager.split("+")[0];
const local = join(root, "node_modules", "pnpm", "bin", "pnpm.cjs");
const stamp = join(root, "node_modules", ".pn-stamp");
const installed = () =>
  createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(process.version.split(".")[0])
    .digest("hex");
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };

function run(cmd, args, extra = {}, cwd = root) {
  const r = spawnSync(cmd, args, {
    cwd,
    stdio: "inherit",
    env: { ...env, ...extra },
    shell: process.platform === "win32",
  });
  if (r.status !== 0) process.exit(r.status ?? 1);
}

/** Installs with pnpm from outside: in root npx would run node_modules/pnpm, which may delete itself. */
function install(args, extra) {
  run("npx", ["-y", spec, "--dir", root, ...args], extra, tmpdir());
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, installed());
}

const args = process.argv.slice(2);
if (/^(?:add|install|remove|update)$/.test(args[0] ?? "")) {
  // These change what is installed: nothing frozen may stand before them.
  install(args);
} else {
  const fresh = existsSync(stamp) && readFileSync(stamp, "utf8") === installed();
  if (!fresh) install(["install", "--frozen-lockfile"], { CI: "true" });
  if (args.length > 0) run(process.execPath, [local, ...args]);
}
