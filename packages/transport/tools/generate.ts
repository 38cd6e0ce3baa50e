/** Writes what is made from the table of settings: config.schema.json and the README's table. */
import { readFileSync, writeFileSync } from "node:fs";
import { configSchema, keyTable } from "./config-docs.ts";

const at = (name: string): URL => new URL(`../${name}`, import.meta.url);

writeFileSync(at("config.schema.json"), `${JSON.stringify(configSchema(), null, 2)}\n`);

const readme = readFileSync(at("README.md"), "utf8");
writeFileSync(
  at("README.md"),
  readme.replace(
    /(<!-- keys: npm run generate -->\n)[\s\S]*?(\n<!-- end of keys -->)/,
    (_, begin: string, end: string) => begin + keyTable() + end,
  ),
);
