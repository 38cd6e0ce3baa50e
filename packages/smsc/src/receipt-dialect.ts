/** How the simulator's receipts look: a dialect, and when they come. */
import type { ReceiptDialect } from "@esme/receipts";
import type { OptionTable } from "@esme/session";

/** The dialect of receipts and ids, and when receipts come. */
export interface SmscReceipts extends ReceiptDialect {
  /**
   * Sends the receipt this many milliseconds before the response to its submission, whatever
   * `receiptDelay` says. Default: behind it.
   */
  readonly early?: number;
}

/** What the keys may be, for `checkOptions`. */
export const dialectOptions = {
  where: { oneOf: ["short_message", "message_payload", "tlvs"] },
  tlvs: "boolean",
  command: { oneOf: ["deliver_sm", "data_sm"] },
  esm_class: "number",
  data_coding: "number",
  responseId: "object",
  receiptId: "object",
  fields: "array",
  labels: "object",
  dateDigits: "number",
  countDigits: "number",
  errDigits: "number",
  stats: "object",
  early: "number",
} as const satisfies OptionTable<SmscReceipts>;
