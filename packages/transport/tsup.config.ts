import { preset } from "../../tsup.base.ts";

// Shims: the profiles are found by import.meta.url, in CommonJS too. Splitting: the command shows its
// help without loading the worker.
export default preset({ entry: ["src/index.ts", "src/cli.ts"], shims: true, splitting: true });
