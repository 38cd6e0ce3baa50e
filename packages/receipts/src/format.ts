/** Delivery receipts written as SMSCs write them: their text, or the PDU that carries it. */

import { EsmClass, type PduInputOf } from "@esme/pdu";
import { encodeShortMessage } from "@esme/sm-split";
import { formatReceiptDate } from "./date.ts";
import {
  type ReceiptDialect,
  type ReceiptDialectName,
  type ReceiptField,
  type WholeDialect,
  wholeDialect,
} from "./dialect.ts";
import { formatReceiptId } from "./id.ts";
import { statOf } from "./state.ts";

/** What {@link formatReceipt} writes. */
export interface ReceiptFields {
  /** The message_id of the response to the submission. */
  id: string;
  /** How many short messages were submitted, and how many of them delivered. Default 1 and 1 or 0. */
  sub?: number;
  dlvrd?: number;
  submit_date: Date;
  done_date: Date;
  /** The state, such as `DELIVRD`. */
  stat: string;
  /** The error of the network: as it is, or a number, which gets zeros before it. Default 0. */
  err?: string | number;
  /** The beginning of the message; 20 characters of it are written. Default empty. */
  text?: string;
}

/**
 * A receipt's text: as SMPP 3.4 Appendix B has it, or in a dialect, by name (`receiptDialects`) or with
 * its differences. Dates are written in UTC.
 *
 * Throws a RangeError for a Date that is none and for an unknown name of a dialect, a TypeError for an
 * unknown key of one.
 */
export function formatReceipt(
  fields: ReceiptFields,
  dialect: ReceiptDialect | ReceiptDialectName = {},
): string {
  return textOf(fields, wholeDialect("formatReceipt", dialect));
}

/** What {@link receiptPdu} writes. */
export interface ReceiptReport extends Omit<ReceiptFields, "stat"> {
  /** A value of `MessageState`: the TLV, and by `receiptStates` the word for `stat`. */
  message_state: number;
  /** An intermediate notification (SMPP 3.4 section 5.2.12). Default false: the final receipt. */
  intermediate?: boolean;
}

/**
 * The deliver_sm or data_sm with a receipt in a dialect; its addresses are the caller's to add. Of the
 * message's text, characters that ASCII and the GSM alphabet do not write with the same octet become `?`.
 *
 * Throws as {@link formatReceipt} does.
 */
export function receiptPdu(
  report: ReceiptReport,
  dialect: ReceiptDialect | ReceiptDialectName = {},
): PduInputOf<"deliver_sm"> | PduInputOf<"data_sm"> {
  const whole = wholeDialect("receiptPdu", dialect);
  const { where, tlvs, command, data_coding, receiptId } = whole;
  const { message_state, intermediate = false } = report;
  const { smsc_delivery_receipt, intermediate_notification } = EsmClass.message_type;
  const common = {
    esm_class:
      whole.esm_class ?? (intermediate ? intermediate_notification : smsc_delivery_receipt),
    data_coding,
    ...((tlvs || where === "tlvs") && {
      receipted_message_id: formatReceiptId(report.id, receiptId),
      message_state,
    }),
  };
  if (where === "tlvs") return { command, ...common };
  const { text = "" } = report;
  const stat = statOf(message_state);
  const octets = octetsOf(textOf({ ...report, stat, text: masked(text) }, whole), data_coding);
  return command === "data_sm" || where === "message_payload"
    ? { command, ...common, message_payload: octets }
    : { command, ...common, short_message: octets };
}

function textOf(receipt: ReceiptFields, dialect: WholeDialect): string {
  const { fields, labels, dateDigits, countDigits, errDigits, stats, receiptId } = dialect;
  const { id, stat, err = 0, text = "" } = receipt;
  const { sub = 1, dlvrd = stat === "DELIVRD" ? 1 : 0 } = receipt;
  const filledUp = (count: number, digits: number) => String(count).padStart(digits, "0");
  const values: Record<ReceiptField, string> = {
    id: formatReceiptId(id, receiptId),
    sub: filledUp(sub, countDigits),
    dlvrd: filledUp(dlvrd, countDigits),
    "submit date": formatReceiptDate(receipt.submit_date, dateLayouts[dateDigits]),
    "done date": formatReceiptDate(receipt.done_date, dateLayouts[dateDigits]),
    stat: Object.hasOwn(stats, stat) ? (stats[stat] ?? stat) : stat,
    err: typeof err === "number" ? filledUp(err, errDigits) : err,
    text: [...text.slice(0, 2 * mostText)].slice(0, mostText).join(""),
  };
  return fields.map((field) => `${labels[field] ?? field}:${values[field]}`).join(" ");
}

/** How many characters of the message a receipt repeats. */
const mostText = 20;

const dateLayouts = { 10: "YYMMDDhhmm", 12: "YYMMDDhhmmss", 14: "YYYYMMDDhhmmss" } as const;

/** As much as is written, of characters that ASCII and the GSM alphabet write with the same octet. */
function masked(text: string): string {
  return text.slice(0, 2 * mostText).replace(/[^ !"#%-?A-Za-z]/gu, "?");
}

const encoder = new TextEncoder();

/** Latin-1, whatever data_coding says but 8. */
function octetsOf(text: string, data_coding: number): Uint8Array {
  if (data_coding === 8) return encodeShortMessage(text, 8).octets;
  // ASCII, as good as always: octet by octet takes as long as all the rest of a receipt.
  const ascii = encoder.encode(text);
  if (ascii.length === text.length) return ascii;
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
