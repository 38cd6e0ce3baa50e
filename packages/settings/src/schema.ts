export {
  mapping,
  mappingOf,
  problemsIn,
  type SchemaProblem,
  sentenceOf,
  valueAt,
} from "./mapping.ts";
export {
  flag,
  flagOf,
  type IntegerRules,
  integerOrName,
  type NumberNames,
  numberOf,
  seconds,
  word,
} from "./scalars.ts";
