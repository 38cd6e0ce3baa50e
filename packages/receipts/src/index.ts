export {
  formatReceiptDate,
  isTimeZone,
  type ReceiptDateLayout,
  type ReceiptDates,
  receiptDateLayouts,
  receiptTime,
} from "./date.ts";
export {
  type ReceiptDialect,
  type ReceiptDialectName,
  type ReceiptField,
  receiptDialectOptions,
  receiptDialects,
  receiptFields,
} from "./dialect.ts";
export { formatReceipt, type ReceiptFields, type ReceiptReport, receiptPdu } from "./format.ts";
export {
  formatReceiptId,
  type IdForm,
  type MeantIds,
  meantIds,
  type ReceiptIdFormat,
  receiptIdConversions,
  receiptIdForms,
  spelledIds,
} from "./id.ts";
export { type ReceiptLabel, type ReceiptText, receiptLabels } from "./labels.ts";
export {
  parseReceipt,
  type Receipt,
  type ReceiptOptions,
  type ReceiptPdu,
  type ReceiptSources,
} from "./receipt.ts";
export {
  defaultStatusMapping,
  isFinalState,
  type ReceiptState,
  type ReceiptStatus,
  receiptStates,
  type StatusMapping,
  stateName,
  statOf,
  statusOfStat,
  statusOfState,
} from "./state.ts";
