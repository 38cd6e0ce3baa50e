import { preset } from "../../tsup.base.ts";

export default preset({ entry: ["src/index.ts", "src/redis.ts", "src/contract.ts"] });
