export {
  defaultStatusMapping,
  formatReceipt,
  parseReceipt,
  type Receipt,
  type ReceiptDates,
  type ReceiptFields,
  type ReceiptOptions,
  type ReceiptPdu,
  type ReceiptSources,
  type ReceiptText,
  receiptTime,
  type StatusMapping,
} from "@esme/receipts";
export { ConfigError } from "@esme/settings";
export { configSchema, type JsonSchema } from "./config-schema.ts";
export type {
  DeliverProcessor,
  DeliverSm,
  DeliverSmOutcome,
  ProcessorDeps,
  ProcessorLogger,
  Settle,
  SubmitProcessor,
  SubmitSm,
} from "./processor.ts";
export { ProcessorError, type ProcessorErrorCode } from "./processor-error.ts";
export type { DeliveryReportConfig } from "./receipt/delivery-report-config.ts";
export { DeliveryReportProcessor } from "./receipt/delivery-report-processor.ts";
export { receiptLease } from "./receipt/waiting-receipts.ts";
export type { AddressRules } from "./submit/address.ts";
export { type ErrorResponse, nackReason, type Refusal, refusalOf } from "./submit/nack-reason.ts";
export type { SubmitConfig } from "./submit/submit-config.ts";
export { SubmitShortMessageProcessor } from "./submit/submit-short-message-processor.ts";
export type { MessageWaiting } from "./text/message-waiting.ts";
export type { ShortMessageConfig } from "./text/short-message-config.ts";
export { ShortMessageProcessor } from "./text/short-message-processor.ts";
export type { TlvDefinition, TlvDefinitions } from "./tlv-definition.ts";
export type { TlvCarrier, TlvDetails } from "./tlv-details.ts";
