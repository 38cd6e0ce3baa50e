import { preset } from "../../tsup.base.ts";

/** ESM alone, and the command imports the library: one copy of the code in the package. */
export default preset({
  entry: ["src/index.ts", "src/cli.ts"],
  format: ["esm"],
  platform: "neutral",
  splitting: true,
});
