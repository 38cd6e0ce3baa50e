/** The ways in which SMSCs write message ids and delivery receipts. */
import { checkOptions, numberWithin, type OptionRow, oneOf, typeName } from "@esme/settings";
import type { IdForm } from "./id.ts";
import { receiptStates } from "./state.ts";

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

/** A mapping of some names to words. */
export interface WordsRow<Words> extends OptionRow<Words> {
  /** The names that there are. */
  readonly names: readonly string[];
}

function wordsBy<Words extends Readonly<Partial<Record<string, string>>>>(
  names: readonly string[],
): WordsRow<Words> {
  const isOne = ([name, word]: [string, unknown]) =>
    names.includes(name) && typeof word === "string";
  return {
    names,
    expected: `words for ${names.join(", ")}`,
    read: (given) =>
      typeName(given) === "an object" && Object.entries(Object(given)).every(isOne)
        ? (given as Words) // each key and value was checked
        : undefined,
  };
}

const idForms: readonly unknown[] = ["decimal", "hex", "upper_hex"] satisfies IdForm["form"][];

const idForm: OptionRow<IdForm> = {
  expected: '{ form: "decimal", "hex" or "upper_hex", digits: 1 to 64 }',
  read: (given) => {
    if (typeName(given) !== "an object") return undefined;
    const { form, digits, ...others } = Object(given);
    const isLength =
      digits === undefined || (Number.isInteger(digits) && digits >= 1 && digits <= 64);
    const isForm = idForms.includes(form) && isLength && Object.keys(others).length === 0;
    return isForm ? (given as IdForm) : undefined; // its keys were checked
  },
};

const someFields: OptionRow<readonly ReceiptField[]> = {
  expected: `a list of ${receiptFields.join(", ")}`,
  read: (given) => {
    const known: readonly unknown[] = receiptFields;
    const areFields =
      Array.isArray(given) && given.length > 0 && given.every((field) => known.includes(field));
    return areFields ? given : undefined;
  },
};

const flag: OptionRow<boolean> = {
  expected: "true or false",
  read: (given) => (typeof given === "boolean" ? given : undefined),
};

const dateLengths = [10, 12, 14] as const;

const dateLength: OptionRow<(typeof dateLengths)[number]> = {
  type: "number",
  expected: "10, 12 or 14",
  read: (given) => dateLengths.find((length) => length === given),
  got: (given) => (typeof given === "number" ? String(given) : typeName(given)),
};

const octet = numberWithin({ least: 0, most: 255, whole: true });
const digits = numberWithin({ least: 1, most: 9, whole: true });

/** The keys of a dialect: a table of options. */
export const receiptDialectOptions = {
  /** Where the text is: `short_message` (the default), `message_payload`, or nowhere: `tlvs`. */
  where: oneOf("short_message", "message_payload", "tlvs"),
  /** Whether receipted_message_id and message_state go with it. Default true; always with `tlvs`. */
  tlvs: flag,
  /** The command that carries it. Default deliver_sm; a data_sm has its text in message_payload. */
  command: oneOf("deliver_sm", "data_sm"),
  /** Default 0x04, and 0x20 for an intermediate notification; 0: TLVs and text alone say it. */
  esm_class: octet,
  /** Default 0. 8 writes the text as UCS-2. */
  data_coding: octet,
  /** The id in the response to the submission. Default: as it is. For a simulator; receipts do not have it. */
  responseId: idForm,
  /** How a decimal id is written in the receipt's text and TLV. Default: as it is. */
  receiptId: idForm,
  /** Which fields the text has, in this order. Default: all eight. */
  fields: someFields,
  /** Other labels: `{ text: "Text" }`. */
  labels: wordsBy<Readonly<Partial<Record<ReceiptField, string>>>>(receiptFields),
  /** YYMMDDhhmm, YYMMDDhhmmss or YYYYMMDDhhmmss. Default 10. */
  dateDigits: dateLength,
  /** Least digits of `sub` and `dlvrd`. Default 3. */
  countDigits: digits,
  /** Least digits of an `err` that is a number. Default 3. */
  errDigits: digits,
  /** Other words for `stat`, by the usual ones: `{ DELIVRD: "DELIVERED" }`. */
  stats: wordsBy<Readonly<Record<string, string>>>(receiptStates.map(({ stat }) => stat)),
} as const;

type DialectRows = typeof receiptDialectOptions;

/** How receipts look. What is absent is as SMPP 3.4 Appendix B has it. */
export type ReceiptDialect = {
  readonly [K in keyof DialectRows]?: DialectRows[K] extends OptionRow<infer T> ? T : never;
};

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
const open = ["esm_class", "responseId", "receiptId"] as const satisfies (keyof ReceiptDialect)[];

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
