/** Delivery receipts read in the forms in which they are found. */

import { DataCoding, EsmClass, hasUserDataHeader } from "@esme/pdu";
import { checkOptions, type OptionTable } from "@esme/settings";
import { decodeShortMessage, readUdh } from "@esme/sm-split";
import { type Reading, type ReceiptText, scanLabels } from "./labels.ts";
import {
  defaultStatusMapping,
  isKnownStat,
  type ReceiptStatus,
  type StatusMapping,
  statusOfStat,
  statusOfState,
} from "./state.ts";

/**
 * The fields of a receipt (SMPP 3.4 Appendix B). Values are as written; null: the label is absent, or
 * what follows it has more than 255 characters and is none of these.
 */
export interface Receipt {
  /** The TLV receipted_message_id when given, else `id:`. */
  id: string | null;
  sub: string | null;
  dlvrd: string | null;
  submit_date: string | null;
  done_date: string | null;
  stat: string | null;
  err: string | null;
  /** What follows `text:`, up to 1,000 characters. */
  text: string | null;
  /** By the TLV message_state when given, else by `stat`; pending where neither says. */
  status: ReceiptStatus;
}

/** What is read of a deliver_sm or data_sm. */
export interface ReceiptPdu {
  esm_class: number;
  short_message?: Uint8Array | undefined;
  message_payload?: Uint8Array | undefined;
  receipted_message_id?: string | undefined;
  message_state?: number | undefined;
}

/** Where a PDU may say that it is a receipt. */
export interface ReceiptSources {
  /** The TLVs receipted_message_id and message_state, both present. */
  tlvs: boolean;
  /** The message type in esm_class: receipt (0x04) or intermediate notification (0x20). */
  esm_class: boolean;
  /** The text alone, when it has the labels of a receipt. */
  body: boolean;
}

/** How receipts are recognised and read. The names are those of the worker's configuration. */
export interface ReceiptOptions {
  /** What the states mean. Default {@link defaultStatusMapping}. */
  status_mapping?: StatusMapping | undefined;
  /** Which sources count. Default all. */
  sources?: ReceiptSources | undefined;
  /** Reads a text from its first letter; what it finds then makes the text a receipt. Default: by labels. */
  read?: ((text: string) => ReceiptText | undefined) | undefined;
}

/**
 * The receipt that a text or a PDU holds, or undefined when it is none.
 *
 * A PDU is a receipt when its esm_class says so (SMPP 3.4 section 5.2.12), whatever the text; when it
 * has both TLVs; or when its text begins with a label and has an `id:`, a `stat:` with a state of the
 * standard and one more label: a text that quotes a receipt is a person's. Of a text on its own less is
 * asked: an `id:` and a `stat:`, or a `stat:` with the word of a state. Where TLVs and text differ, the
 * TLVs count (sections 5.3.2.12 and 5.3.2.35).
 *
 * It throws for no text and for no PDU; a TypeError for an unknown option.
 */
export function parseReceipt(
  source: string | ReceiptPdu,
  options: ReceiptOptions = {},
): Receipt | undefined {
  checkOptions("parseReceipt", options, receiptOptions);
  const { status_mapping = defaultStatusMapping, sources = everySource, read } = options;
  const isText = typeof source === "string";
  const isSaid = !isText && saysReceipt(source, sources);
  const body = isText ? source : bodyOf(source);
  if (!isSaid && read === undefined && !hasColon(body)) return undefined;
  const text = typeof body === "string" ? body : textOf(body);
  const { fields, begins } = read === undefined ? scanLabels(text, isSaid) : readBy(read, text);
  if (isText) {
    const looks = read === undefined ? isReceiptText(fields, status_mapping) : begins;
    return looks ? complete(fields, {}, status_mapping) : undefined;
  }
  const looks = begins && (read !== undefined || isReceiptBody(fields, status_mapping));
  return isSaid || (sources.body && looks) ? complete(fields, source, status_mapping) : undefined;
}

const receiptOptions = {
  status_mapping: "object",
  sources: "object",
  read: "function",
} as const satisfies OptionTable<ReceiptOptions>;

const everySource: ReceiptSources = { tlvs: true, esm_class: true, body: true };

const { message_type: messageType } = EsmClass;
const receiptTypes = new Set<number>([
  messageType.smsc_delivery_receipt,
  messageType.intermediate_notification,
]);

/** Whether esm_class or TLVs say that it is a receipt, whatever its text is. */
function saysReceipt(pdu: ReceiptPdu, sources: ReceiptSources): boolean {
  if (sources.esm_class && receiptTypes.has(pdu.esm_class & messageType.mask)) return true;
  const { receipted_message_id, message_state } = pdu;
  return sources.tlvs && receipted_message_id !== undefined && message_state !== undefined;
}

/** An expression is tried at the beginning alone. */
function readBy(read: (text: string) => ReceiptText | undefined, text: string): Reading {
  const found = read(text);
  return { fields: found ?? {}, begins: found !== undefined };
}

/** The caller knows that the text is a receipt's. */
function isReceiptText({ id, stat }: ReceiptText, mapping: StatusMapping): boolean {
  if (stat === undefined) return false;
  return id !== undefined || (isKnownStat(stat, mapping) && !/^\d/.test(stat));
}

/** Only the text says so, and people write texts too: it must be nothing else. */
function isReceiptBody(fields: ReceiptText, mapping: StatusMapping): boolean {
  const { id, stat } = fields;
  if (id === undefined || stat === undefined || !isKnownStat(stat, mapping)) return false;
  return Object.keys(fields).length > 2;
}

function complete(
  fields: ReceiptText,
  tlvs: Pick<ReceiptPdu, "receipted_message_id" | "message_state">,
  mapping: StatusMapping,
): Receipt {
  const { message_state, receipted_message_id } = tlvs;
  const stat = short(fields.stat);
  return {
    // An empty TLV says nothing.
    id: short(receipted_message_id) || short(fields.id),
    sub: short(fields.sub),
    dlvrd: short(fields.dlvrd),
    submit_date: short(fields.submit_date),
    done_date: short(fields.done_date),
    stat,
    err: short(fields.err),
    text: fields.text === undefined ? null : flat(fields.text.slice(0, mostQuoted)),
    status:
      message_state !== undefined
        ? statusOfState(message_state, mapping)
        : statusOfStat(stat ?? "", mapping),
  };
}

/** What a field holds: ids, the longest of them, have 65 characters by the standard. */
const mostCharacters = 255;

/** How much of the message's text is kept: the standard has 20 characters, and some quote all of it. */
const mostQuoted = 1000;

function short(value: string | undefined): string | null {
  return value === undefined || value.length > mostCharacters ? null : flat(value);
}

/**
 * The same characters in memory of their own: a part of a string keeps the whole string alive, and
 * receipts wait, while their texts may have 64 kB. What `join` makes of two strings is a copy; parts of
 * up to 12 characters are copies already.
 */
function flat(text: string): string {
  return text.length > 12 ? [text.slice(0, 1), text.slice(1)].join("") : text;
}

/** The octets of the text, message_payload before short_message. */
function bodyOf({ esm_class, short_message, message_payload }: ReceiptPdu): Uint8Array {
  const body = message_payload?.length ? message_payload : short_message;
  if (body === undefined) return nothing;
  return hasUserDataHeader(esm_class) ? readUdh(body).body : body;
}

const nothing = new Uint8Array(0);

/**
 * Every label ends with a colon, also in UTF-16. A worker checks every text for a receipt first, and most
 * texts of people have no colon: for these it saves 1,400 of the 8,100 ns that the processors take for a
 * text (`tools/bench`, `processors`).
 */
function hasColon(body: string | Uint8Array): boolean {
  return typeof body === "string" ? body.includes(":") : body.includes(0x3a);
}

/**
 * Receipts are ASCII whatever data_coding says, so octets are characters, unless the first two say that
 * it is UTF-16: they are a byte order mark, or one of them is zero, since the labels are ASCII. Either
 * way the text behind `text:` may be anything and is not checked.
 */
function textOf(octets: Uint8Array): string {
  return (isUtf16(octets) ? utf16 : latin1).decode(octets);
}

function isUtf16(octets: Uint8Array): boolean {
  const [first = 0x20, second = 0x20] = octets;
  const mark = (first << 8) | second;
  return first === 0 || second === 0 || mark === 0xfeff || mark === 0xfffe;
}

const utf16 = {
  decode: (octets: Uint8Array) => {
    const overrides = octets[1] === 0 ? littleEndian : undefined;
    return decodeShortMessage(octets, DataCoding.ucs2, { overrides });
  },
};
const littleEndian = { [DataCoding.ucs2]: "utf-16le" };
/** Characters that are made in one call. */
const mostArguments = 1_024;

// The decoder that the platform calls latin1 is windows-1252: it would turn 0x85 into an ellipsis.
const latin1 = {
  decode: (octets: Uint8Array) => {
    // A text put together from single characters was 13 % of what a worker allocates for a deliver_sm.
    let text = "";
    for (let start = 0; start < octets.length; start += mostArguments) {
      text += String.fromCharCode(...octets.subarray(start, start + mostArguments));
    }
    return text;
  },
};
