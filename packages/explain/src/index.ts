export { explain } from "./explain.ts";
export {
  type ExplainedPdu,
  explainedText,
  explainInput,
  explanationsOf,
} from "./explain-input.ts";
export type { ExplainOptions } from "./explain-options.ts";
export {
  type ExplainedField,
  type Explanation,
  explanationOf,
} from "./explanation.ts";
export { InputError, type InputErrorCode, isInputError } from "./input/input-error.ts";
export type { JoinedMessage } from "./joined.ts";
export type { ReceiptRow } from "./receipt.ts";
