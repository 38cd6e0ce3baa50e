import { preset } from "../../tsup.base.ts";

// Shims: the profiles are found by import.meta.url, in CommonJS too.
export default preset({ entry: ["src/index.ts", "src/cli.ts"], shims: true });
