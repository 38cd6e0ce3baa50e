/** The ways in which SMSCs write message ids and delivery receipts. */
import { checkOptions, type OptionTable, oneOf } from "@esme/settings";
import type { IdForm } from "./id.ts";

/** The fields of a receipt's text as it labels them, in the order of SMPP 3.4 Appendix B. */
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

/** A field of a receipt's text, by its label. */
export type ReceiptField = (typeof receiptFields)[number];

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
  /** The id in the response to the submission. Default: as it is. For a simulator; receipts do not have it. */
  readonly responseId?: IdForm;
  /** How a decimal id is written in the receipt's text and TLV. Default: as it is. */
  readonly receiptId?: IdForm;
  /** Which fields the text has, in this order. Default: all eight. */
  readonly fields?: readonly ReceiptField[];
  /** Other labels: `{ text: "Text" }`. */
  readonly labels?: Readonly<Partial<Record<ReceiptField, string>>>;
  /** YYMMDDhhmm, YYMMDDhhmmss or YYYYMMDDhhmmss. Default 10. */
  readonly dateDigits?: 10 | 12 | 14;
  /** Least digits of `sub` and `dlvrd`. Default 3. */
  readonly countDigits?: number;
  /** Least digits of an `err` that is a number. Default 3. */
  readonly errDigits?: number;
  /** Other words for `stat`, by the usual ones: `{ DELIVRD: "DELIVERED" }`. */
  readonly stats?: Readonly<Record<string, string>>;
}

/** The receipts that SMPP 3.4 Appendix B describes, with both TLVs. */
const standard: WholeDialect = {
  where: "short_message",
  tlvs: true,
  command: "deliver_sm",
  data_coding: 0,
  fields: receiptFields,
  labels: {},
  dateDigits: 10,
  countDigits: 3,
  errDigits: 3,
  stats: {},
};

/** What has no default of its own. */
const open = ["esm_class", "responseId", "receiptId"] as const;

/** A dialect with nothing left open but what {@link open} names. */
export type WholeDialect = Required<Omit<ReceiptDialect, (typeof open)[number]>> &
  Pick<ReceiptDialect, (typeof open)[number]>;

const withoutText = receiptFields.filter((field) => field !== "text");

/**
 * Dialects by name, each as it was seen: another one is a row, and a receipt of it for the tests. A row
 * says what differs from `standard`.
 */
export const receiptDialects = {
  /** SMPP 3.4 Appendix B, with both TLVs. */
  standard: {},
  /** Appendix B without TLVs. */
  text_only: { tlvs: false },
  /** No text at all, as Melrose Labs. */
  tlvs_only: { where: "tlvs" },
  /** A label in capitals. */
  smppsim: { tlvs: false, labels: { text: "Text" } },
  /** Counts and errors without zeros. */
  goip: { tlvs: false, labels: { text: "Text" }, countDigits: 1, errDigits: 1 },
  /** Dates with seconds. */
  ksmppd: { tlvs: false, dateDigits: 12 },
  /** Without the message's text. */
  infobip: { tlvs: false, fields: withoutText },
  /** The names of states instead of their words. */
  larvitsmpp: {
    tlvs: false,
    errDigits: 1,
    stats: {
      DELIVRD: "DELIVERED",
      UNDELIV: "UNDELIVERABLE",
      ACCEPTD: "ACCEPTED",
      REJECTD: "REJECTED",
    },
  },
  /** The number 0 for a message that was delivered, as the gateway Yo! has it. */
  numeric_stat: { tlvs: false, countDigits: 1, errDigits: 1, stats: { DELIVRD: "0" } },
} as const satisfies Readonly<Record<string, ReceiptDialect>>;

/** The name of a dialect. */
export type ReceiptDialectName = keyof typeof receiptDialects;

/** What the keys of a dialect may be: a table of options. */
export const receiptDialectOptions = {
  where: oneOf("short_message", "message_payload", "tlvs"),
  tlvs: "boolean",
  command: oneOf("deliver_sm", "data_sm"),
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
} as const satisfies OptionTable<ReceiptDialect>;

/**
 * A dialect, by name or with what differs from `standard`, complete. `owner` begins the sentence of an
 * error: a RangeError for an unknown name, a TypeError for an unknown key.
 */
export function wholeDialect(
  owner: string,
  dialect: ReceiptDialect | ReceiptDialectName,
): WholeDialect {
  const given = typeof dialect === "string" ? named(owner, dialect) : dialect;
  checkOptions(owner, given, receiptDialectOptions);
  return { ...standard, ...given };
}

function named(owner: string, name: ReceiptDialectName): ReceiptDialect {
  if (Object.hasOwn(receiptDialects, name)) return receiptDialects[name];
  const names = Object.keys(receiptDialects).join(", ");
  throw new RangeError(
    `${owner}: no dialect ${JSON.stringify(name).slice(0, 100)}, expected one of ${names}`,
  );
}
