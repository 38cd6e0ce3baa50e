/** Writes what is made from tables: `openapi.json` and the README's tables of faults and options. Tests compare both. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withSections } from "@esme/docs";
import { faults } from "../src/faults/faults.ts";
import { openApi } from "../src/http/routes/openapi.ts";
import { routes } from "../src/http/routes/routes.ts";
import { settings } from "../src/options.ts";
import { faultTable } from "./fault-docs.ts";
import { optionTable } from "./option-docs.ts";

const at = (name: string): URL => new URL(`../${name}`, import.meta.url);

writeFileSync(at("openapi.json"), `${JSON.stringify(openApi(routes), null, 2)}\n`);

writeFileSync(
  at("README.md"),
  withSections(readFileSync(at("README.md"), "utf8"), {
    faults: faultTable(faults),
    options: optionTable(settings, readFileSync(at("src/options.ts"), "utf8")),
  }),
);

// In the form that the check of all files wants.
execFileSync(fileURLToPath(at("../../node_modules/.bin/biome")), [
  "format",
  "--write",
  fileURLToPath(at("openapi.json")),
]);
