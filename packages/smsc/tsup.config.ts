import { cpSync } from "node:fs";
import { preset } from "../../tsup.base.ts";

export default preset({
  entry: ["src/index.ts", "src/cli.ts"],
  // The files of the page are found beside the module, in CommonJS as well.
  shims: true,
  onSuccess: async () => {
    cpSync("src/page", "dist/page", {
      recursive: true,
      filter: (path) => !path.endsWith("tsconfig.json"),
    });
  },
});
