/** Writes what is made from tables: `openapi.json` and the README's table of faults. Tests compare both. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { faults } from "../src/faults/faults.ts";
import { openApi } from "../src/http/routes/openapi.ts";
import { routes } from "../src/http/routes/routes.ts";
import { faultTable } from "./fault-docs.ts";

const at = (name: string): URL => new URL(`../${name}`, import.meta.url);

writeFileSync(at("openapi.json"), `${JSON.stringify(openApi(routes), null, 2)}\n`);

const readme = readFileSync(at("README.md"), "utf8");
const section = /(<!-- faults: npm run generate -->\n)[\s\S]*?(\n<!-- end of faults -->)/;
writeFileSync(
  at("README.md"),
  readme.replace(section, (_, begin: string, end: string) => begin + faultTable(faults) + end),
);

// In the form that the check of all files wants.
execFileSync(fileURLToPath(at("../../node_modules/.bin/biome")), [
  "format",
  "--write",
  fileURLToPath(at("openapi.json")),
]);
