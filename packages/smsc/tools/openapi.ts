/** Writes `openapi.json` from the routes: `npm run openapi` in this package. A test compares the two. */
import { writeFileSync } from "node:fs";
import { openApi } from "../src/http/openapi.ts";
import { routes } from "../src/http/routes.ts";

const file = new URL("../openapi.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(openApi(routes), null, 2)}\n`);
