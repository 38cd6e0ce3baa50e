export { explain } from "./explain.ts";
export {
  type ExplainedField,
  type ExplainOptions,
  type Explanation,
  explanationOf,
} from "./explanation.ts";
