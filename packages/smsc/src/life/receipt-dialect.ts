/** How the simulator's receipts look: a dialect, and when they come. */
import { type ReceiptDialect, receiptDialectOptions } from "@esme/receipts";
import type { OptionTable } from "@esme/settings";

/** The dialect of receipts and ids, and when receipts come. */
export interface SmscReceipts extends ReceiptDialect {
  /**
   * Sends the receipt this many milliseconds before the response to its submission, whatever
   * `receiptDelay` says. Default: behind it.
   */
  readonly early?: number;
}

/** What the keys may be, for `checkOptions`. */
export const dialectOptions: OptionTable<SmscReceipts> = {
  ...receiptDialectOptions,
  early: "number",
};
