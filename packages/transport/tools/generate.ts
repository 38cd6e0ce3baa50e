/** Writes what is made from tables: schemas, alerts, tables of the README and of the profiles. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withSections } from "@esme/docs";
import { configSchema, keyTable } from "./config-docs.ts";
import { alertRules, metricRows } from "./metric-docs.ts";
import { profileSchema, profilesReadme } from "./profile-docs.ts";

const at = (name: string): URL => new URL(`../${name}`, import.meta.url);

writeFileSync(at("config.schema.json"), `${JSON.stringify(configSchema(), null, 2)}\n`);

writeFileSync(at("alerts.yaml"), alertRules());

const readme = readFileSync(at("README.md"), "utf8");
writeFileSync(at("README.md"), withSections(readme, { keys: keyTable(), metrics: metricRows() }));

writeFileSync(at("profiles/schema.json"), `${JSON.stringify(profileSchema(), null, 2)}\n`);
writeFileSync(at("profiles/README.md"), profilesReadme(at("profiles/README.md")));

// In the form that the check of all files wants.
execFileSync(fileURLToPath(at("../../node_modules/.bin/biome")), [
  "format",
  "--write",
  ...["config.schema.json", "profiles/schema.json"].map((name) => fileURLToPath(at(name))),
]);
