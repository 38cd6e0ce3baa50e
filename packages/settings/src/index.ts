export { ConfigError } from "./config-error.ts";
export { didYouMean, nearestName, shownName, unknownName } from "./nearest-name.ts";
export {
  amount,
  type DefaultRow,
  integer,
  LONGEST_TIME,
  longestName,
  type NumberLimits,
  type NumberOptions,
  type NumbersOf,
  name,
  number,
  numberWithin,
  type OptionKind,
  type OptionRow,
  type OptionTable,
  type OptionType,
  type OptionValues,
  oneOf,
  time,
} from "./option-row.ts";
export {
  checkOptions,
  faultIn,
  numberIn,
  numbersOf,
  type OptionFault,
  type OptionRules,
  readOptions,
} from "./options.ts";
export { reasonOf } from "./reason-of.ts";
export { quoted, shortened } from "./shortened.ts";
export { typeName, withArticle } from "./type-name.ts";
