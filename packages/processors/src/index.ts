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
export type { AddressRules } from "./address.ts";
export { configSchema, type JsonSchema } from "./config-schema.ts";
export type { DeliveryReportConfig } from "./delivery-report-config.ts";
export { DeliveryReportProcessor } from "./delivery-report-processor.ts";
export type { MessageWaiting } from "./message-waiting.ts";
export { type ErrorResponse, nackReason, type Refusal, refusalOf } from "./nack-reason.ts";
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
export {
  ConfigError,
  type ConfigIssue,
  ProcessorError,
  type ProcessorErrorCode,
} from "./processor-error.ts";
export type { ShortMessageConfig } from "./short-message-config.ts";
export { ShortMessageProcessor } from "./short-message-processor.ts";
export type { SubmitConfig } from "./submit-config.ts";
export { SubmitShortMessageProcessor } from "./submit-short-message-processor.ts";
export type { TlvDefinition, TlvDefinitions } from "./tlv-definition.ts";
export type { TlvCarrier, TlvDetails } from "./tlv-details.ts";
export { receiptLease } from "./waiting-receipts.ts";
