/** The ways in which message centres write message ids and delivery receipts. Pure. */
import type { OptionTable } from "@esme/session";

/** The parts of a receipt's text, in the order of SMPP 3.4 Appendix B. */
export const receiptFields = [
  "id",
  "sub",
  "dlvrd",
  "submit date",
  "done date",
  "stat",
  "err",
  "text",
] as const;

/** A part of a receipt's text. */
export type ReceiptField = (typeof receiptFields)[number];

/** How a message id is written; `digits` fills up with zeros. A name that is no number stays as it is. */
export interface IdForm {
  readonly form: "decimal" | "hex" | "upper_hex";
  readonly digits?: number;
}

/** How receipts look. What is absent is as SMPP 3.4 Appendix B has it. */
export interface ReceiptDialect {
  /** Where the text is: `short_message` (the default), `message_payload`, or nowhere: `tlvs`. */
  readonly where?: "short_message" | "message_payload" | "tlvs";
  /** Whether receipted_message_id and message_state go with it. Default true; always with `tlvs`. */
  readonly tlvs?: boolean;
  /** The command that carries it. Default deliver_sm; a data_sm has its text in message_payload. */
  readonly command?: "deliver_sm" | "data_sm";
  /** Default 0x04, and 0x20 for an intermediate notification; 0 leaves TLVs and text to tell it. */
  readonly esm_class?: number;
  /** Default 0. 8 writes the text as UCS-2. */
  readonly data_coding?: number;
  /** The id in the response to the submission, and in query_sm. Default: as `messageId` names it. */
  readonly responseId?: IdForm;
  /** The id in the receipt's text and TLV. Default: as in the response. */
  readonly receiptId?: IdForm;
  /** Which parts the text has, in this order. Default: all eight. */
  readonly fields?: readonly ReceiptField[];
  /** Other labels: `{ text: "Text" }`. */
  readonly labels?: Readonly<Partial<Record<ReceiptField, string>>>;
  /** YYMMDDhhmm, YYMMDDhhmmss or YYYYMMDDhhmmss. Default 10. */
  readonly dateDigits?: 10 | 12 | 14;
  /** Least digits of `err`. Default 3. */
  readonly errDigits?: number;
  /** Other words for `stat`, by the usual ones: `{ DELIVRD: "DELIVERED" }`. */
  readonly stats?: Readonly<Record<string, string>>;
  /**
   * Sends the receipt this many milliseconds before the response to its submission, whatever
   * `receiptDelay` says. Default: behind it.
   */
  readonly early?: number;
}

/** What the keys of a dialect may be, for `checkOptions`. */
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
  errDigits: "number",
  stats: "object",
  early: "number",
} as const satisfies OptionTable<ReceiptDialect>;

/** The receipts that SMPP 3.4 Appendix B describes, with both TLVs. */
export const standardReceipts: Required<
  Omit<ReceiptDialect, "early" | "responseId" | "receiptId" | "esm_class">
> = {
  where: "short_message",
  tlvs: true,
  command: "deliver_sm",
  data_coding: 0,
  fields: receiptFields,
  labels: {},
  dateDigits: 10,
  errDigits: 3,
  stats: {},
};

/** A message id in another form. */
export function idIn(form: IdForm | undefined, id: string): string {
  if (form === undefined || !/^\d+$/.test(id)) return id;
  const number = BigInt(id);
  const written = form.form === "decimal" ? number.toString() : number.toString(16);
  const cased = form.form === "upper_hex" ? written.toUpperCase() : written;
  return cased.padStart(form.digits ?? 0, "0");
}

/** A time as receipts write it, in UTC. */
export function receiptDate(date: Date, digits: 10 | 12 | 14): string {
  const all = date.toISOString().replace(/\D/g, "");
  return digits === 14 ? all.slice(0, 14) : all.slice(2, 2 + digits);
}
