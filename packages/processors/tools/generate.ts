/** Writes the README's tables of configuration keys. A test compares them. */
import { readFileSync, writeFileSync } from "node:fs";
import { withSections } from "@esme/docs";
import { keySections } from "./key-docs.ts";

const readme = new URL("../README.md", import.meta.url);
writeFileSync(readme, withSections(readFileSync(readme, "utf8"), keySections()));
