export {
  amount,
  integer,
  longestName,
  name,
  type Option,
  type OptionTable,
  type OptionValues,
  readOptions,
  typeName,
} from "./options.ts";
export { reasonOf } from "./reason-of.ts";
export { quoted, shortened } from "./shortened.ts";
