// Writes src/straight-line.ts anew, after a change of a table: npm run generate

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { source } from "./straight-line.ts";

const file = fileURLToPath(new URL("../src/straight-line.ts", import.meta.url));
writeFileSync(file, source());
const biome = fileURLToPath(new URL("../../../node_modules/.bin/biome", import.meta.url));
const { status } = spawnSync(biome, ["check", "--write", file], { stdio: "inherit" });
process.exitCode = status ?? 1;
