// What the octets of a PDU say: every field with its place, its value and its meaning, and what is odd.

import {
  type DissectedField,
  type Dissection,
  dissect,
  hexNumber,
  statusName,
  statusText,
} from "@esme/pdu";
import { charsetOf, readDataCoding } from "@esme/sm-split";
import type { ExplainOptions } from "./explain-options.ts";
import { isDigits, octetsOfDigits } from "./input/digits.ts";
import { InputError } from "./input/input-error.ts";
import { meaningOf } from "./meaning.ts";
import { hex, uint32 } from "./octets.ts";
import { explainReceipt, type ReceiptRow } from "./receipt.ts";
import { remarksAbout } from "./remarks.ts";
import { describeOctets, quoted, readText } from "./text.ts";

/** One field or TLV of a PDU in words. */
export interface ExplainedField {
  /** The octets it takes, from the start of the PDU; `end` is the first one behind it. */
  readonly start: number;
  readonly end: number;
  /** Its name, that of a TLV with its tag; `not read` for octets that could not be understood. */
  readonly name: string;
  /** Octet strings in hexadecimal, strings in quotes. */
  readonly value: string;
  /** What the value means, where there is something to add. */
  readonly meaning?: string | undefined;
}

/** What {@link explanationOf} has to say about a PDU. */
export interface Explanation {
  /** The command and the size. */
  readonly title: string;
  /** In the order of the octets; none when there are fewer octets than a header has. */
  readonly fields: readonly ExplainedField[];
  /** The text behind its header, decoded; absent without one, and where texts are hidden. */
  readonly text?: string;
  /** The fields of the delivery receipt that it is. */
  readonly receipt?: readonly ReceiptRow[];
  /** What is wrong or odd, one sentence each. */
  readonly remarks: readonly string[];
}

const HIDDEN = "(hidden)";

/**
 * What the PDU in `frame`, octets or their hexadecimal digits with any separators, says field by field,
 * malformed ones included. Throws `InputError` for a text that is not digits of whole octets;
 * `explanationsOf` reads dumps, logs and captures.
 */
export function explanationOf(
  frame: Uint8Array | string,
  options: ExplainOptions = {},
): Explanation {
  const octets = typeof frame === "string" ? octetsOf(frame) : frame;
  if (octets.length < 16) return noHeader(octets);
  const found = dissect(octets, options.tlvs && { tlvs: options.tlvs });
  return explanationFrom(octets, found, options);
}

/** The same of octets that are dissected already. */
export function explanationFrom(
  octets: Uint8Array,
  found: Dissection,
  options: ExplainOptions,
): Explanation {
  const { command, pdu, fields, problems } = found;
  const { content = true } = options;
  const name = command ?? `unknown command ${hexNumber(uint32(octets, 4), 8)}`;
  const rows = headerRows(octets, command).concat(
    fields.map((field) => fieldRow(field, pdu, options)),
  );
  const text = content ? textOf(found, options) : undefined;
  const receipt = explainReceipt(found, content);
  return {
    title: `${name}, ${octets.length} octets`,
    fields: rows,
    ...(text !== undefined && { text }),
    ...(receipt.rows.length > 0 && { receipt: receipt.rows }),
    remarks: [...problems, ...remarksAbout(found, options), ...receipt.remarks],
  };
}

/** Octets that are fewer than a header has. */
export function noHeader(octets: Uint8Array, remarks: readonly string[] = []): Explanation {
  const title = `no PDU: ${octets.length} octets, a header alone has 16`;
  return { title, fields: [], remarks: [...remarks, hex(octets)] };
}

function textOf({ fields, pdu }: Dissection, { charsets }: ExplainOptions): string | undefined {
  for (const { name, value, privacy } of fields) {
    if (!isText(name) || !(value instanceof Uint8Array) || value.length === 0) continue;
    if (privacy === "secret") return undefined;
    return readText(value, codingOf(pdu), charsets).characters;
  }
  return undefined;
}

function isText(name: string | undefined): boolean {
  return name === "short_message" || name === "message_payload";
}

/** What says how the text of a PDU is to be read. */
function codingOf(pdu: Dissection["pdu"]) {
  return { esmClass: Number(pdu["esm_class"] ?? 0), dataCoding: Number(pdu["data_coding"] ?? 0) };
}

function headerRows(octets: Uint8Array, command: string | undefined): ExplainedField[] {
  const id = uint32(octets, 4);
  const status = uint32(octets, 8);
  const row = (start: number, name: string, value: string, meaning?: string): ExplainedField => {
    return { start, end: start + 4, name, value, meaning };
  };
  return [
    row(0, "command_length", String(uint32(octets, 0))),
    row(4, "command_id", hexNumber(id, 8), command ?? "not in SMPP 3.4 or 5.0"),
    row(8, "command_status", hexNumber(status, 8), `${statusName(status)}, ${statusText(status)}`),
    row(12, "sequence_number", String(uint32(octets, 12))),
  ];
}

function fieldRow(
  { name: known, start, end, value, type, tag, privacy }: DissectedField,
  pdu: Dissection["pdu"],
  { content = true, charsets }: ExplainOptions,
): ExplainedField {
  const plain = known ?? "unknown TLV";
  const name = tag === undefined ? plain : `${plain} (${hexNumber(tag, 4)})`;
  const row = { start, end, name };
  if (privacy === "secret") return { ...row, value: HIDDEN };
  const meaning = type && meaningOf(type, value);
  if (typeof value === "number") {
    const more = known === "data_coding" ? codingWords(value, charsets) : undefined;
    const words = [meaning, more].filter((part) => part !== undefined).join(", ");
    return { ...row, value: String(value), meaning: words || undefined };
  }
  if (!content && privacy === "personal") return { ...row, value: sizeOf(value) };
  if (typeof value === "string") return { ...row, value: quoted(value), meaning };
  const words = meaning ?? wordsOf(known, value, pdu, charsets);
  return { ...row, value: value.length > 0 ? hex(value) : "(empty)", meaning: words };
}

function wordsOf(
  name: string | undefined,
  value: Uint8Array,
  pdu: Dissection["pdu"],
  charsets: ExplainOptions["charsets"],
): string {
  return isText(name) ? readText(value, codingOf(pdu), charsets).words : describeOctets(value);
}

/** What a data_coding says beyond its name in SMPP: charset and class of the groups of 3GPP TS 23.038. */
function codingWords(value: number, charsets: ExplainOptions["charsets"]): string | undefined {
  const { messageClass, messageWaiting } = readDataCoding(value);
  if (value < 0x10) return charsets?.[value];
  return [
    charsetOf(value, charsets),
    ...(messageClass === undefined ? [] : [`class ${messageClass}`]),
    ...(messageWaiting === undefined
      ? []
      : [`${messageWaiting.type} messages waiting: ${messageWaiting.active ? "yes" : "no"}`]),
  ].join(", ");
}

function sizeOf(value: Uint8Array | string): string {
  return `${value.length} ${typeof value === "string" ? "characters" : "octets"}`;
}

function octetsOf(text: string): Uint8Array {
  if (isDigits(text)) return octetsOfDigits(text);
  throw new InputError(
    "unknown_form",
    "explain takes the octets of one PDU, or their hexadecimal digits: explainInput reads dumps and logs",
  );
}
