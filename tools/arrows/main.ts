/** `node --import tsx tools/arrows/main.ts`: exits with 1 when an import is not in the picture. */
import { fileURLToPath } from "node:url";
import { violations } from "./arrows.ts";

const found = violations(fileURLToPath(new URL("../..", import.meta.url)));
for (const sentence of found) console.error(sentence);
if (found.length === 0) console.log("arrows: every import is in the picture");
process.exitCode = found.length === 0 ? 0 : 1;
