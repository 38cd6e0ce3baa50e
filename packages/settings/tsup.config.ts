import { preset } from "../../tsup.base.ts";

export default preset({ entry: ["src/index.ts", "src/schema.ts", "src/yaml.ts"] });
