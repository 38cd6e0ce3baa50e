import { preset } from "../../tsup.base.ts";

export default preset({
  // What is imported alone gets a file of its own, so that a bundle has no more than it uses
  // (test/size.test.ts); users import the index.
  entry: [
    "src/index.ts",
    "src/codec.ts",
    "src/enums.ts",
    "src/framer.ts",
    "src/status.ts",
    "src/time.ts",
  ],
  splitting: true,
  dts: { entry: "src/index.ts", compilerOptions: { ignoreDeprecations: "6.0" } },
});
