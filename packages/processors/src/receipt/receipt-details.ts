/** What a receipt says beside the state, for `transport_metadata` of its event. */

import type { KnownMessage } from "@esme/caches";
import { type Receipt, receiptTime } from "@esme/receipts";
import type * as z from "zod";
import type { DeliverSm } from "../processor.ts";
import type { TlvDefinitions } from "../tlv-definition.ts";
import { vendorTlvDetails } from "../tlv-details.ts";
import type { deliveryReportConfig } from "./delivery-report-config.ts";
import { ErrTable } from "./receipt-error.ts";

/** Which details are configured, and how they are read. */
type DetailSettings = Pick<
  z.output<typeof deliveryReportConfig>,
  "receipt_details" | "receipt_text" | "receipt_dates" | "err_table"
>;

/** Reads the details of one SMSC's receipts. Absent is what a receipt does not say. */
export class ReceiptDetails {
  readonly #settings: DetailSettings;
  readonly #errTable: ErrTable | undefined;
  readonly #definitions: TlvDefinitions;

  constructor(settings: DetailSettings, definitions: TlvDefinitions) {
    this.#settings = settings;
    this.#errTable = settings.err_table && new ErrTable(settings.err_table);
    this.#definitions = definitions;
  }

  /**
   * The vendor's TLVs as `smpp_tlvs`, what the error code means, the text, and the fields, as far as
   * each is configured and present.
   */
  of(pdu: DeliverSm, receipt: Receipt): Record<string, unknown> {
    const { receipt_details, receipt_text } = this.#settings;
    const error = this.#errTable?.meaningOf(pdu, receipt);
    return {
      ...(receipt_details ? this.#fields(pdu, receipt) : {}),
      ...(receipt_text && receipt.text !== null && { smpp_text: receipt.text }),
      ...(error && { smpp_err_meaning: error.meaning }),
      ...(error?.permanence && { smpp_err_permanence: error.permanence }),
      ...vendorTlvDetails(pdu, this.#definitions),
    };
  }

  /** Which part of its message the receipt is about, where that is configured and known. */
  partOf({ info }: KnownMessage): Record<string, unknown> {
    if (!this.#settings.receipt_details || info === undefined) return {};
    return { smpp_part: info.part, smpp_parts: info.total };
  }

  #fields(
    { network_error_code }: DeliverSm,
    { err, submit_date, done_date }: Receipt,
  ): Record<string, unknown> {
    const time = (date: string) => receiptTime(date, this.#settings.receipt_dates) ?? date;
    return {
      ...(err !== null && { smpp_err: err }),
      ...(submit_date !== null && { smpp_submit_date: time(submit_date) }),
      ...(done_date !== null && { smpp_done_date: time(done_date) }),
      ...(network_error_code && {
        smpp_network_error_code: Buffer.from(network_error_code).toString("hex"),
      }),
    };
  }
}
