// What the octets of a PDU say: every field with its place, its value and its meaning, and what is odd.

import {
  type DissectedField,
  type Dissection,
  dissect,
  statusName,
  statusText,
  type VendorTlvs,
} from "@esme/pdu";
import { meaningOf } from "./meaning.ts";
import { hex, hexNumber, uint32 } from "./octets.ts";
import { remarksAbout } from "./remarks.ts";
import { describeOctets, describeText, quoted } from "./text.ts";

/** How `explain` and {@link explanationOf} tell it. */
export interface ExplainOptions {
  /** Vendor TLVs to call by their names, as for `createCodec`. */
  tlvs?: VendorTlvs;
  /** `false` hides addresses, ids and texts behind their sizes. A password is always hidden. */
  content?: boolean;
}

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
  /** What is wrong or odd, one sentence each. */
  readonly remarks: readonly string[];
}

const HIDDEN = "(hidden)";

/**
 * What the PDU in `frame`, octets or their hexadecimal digits, says field by field, malformed ones
 * included. Throws SyntaxError for a text that is not digits of whole octets.
 */
export function explanationOf(
  frame: Uint8Array | string,
  options: ExplainOptions = {},
): Explanation {
  const octets = typeof frame === "string" ? octetsOf(frame) : frame;
  if (octets.length < 16) {
    const title = `no PDU: ${octets.length} octets, a header alone has 16`;
    return { title, fields: [], remarks: [hex(octets)] };
  }
  const found = dissect(octets, options.tlvs && { tlvs: options.tlvs });
  const { command, pdu, fields, problems } = found;
  const shows = options.content ?? true;
  const remarks = [...problems, ...remarksAbout(found)];
  const name = command ?? `unknown command ${hexNumber(uint32(octets, 4), 8)}`;
  const rows = headerRows(octets, command).concat(
    fields.map((field) => fieldRow(field, pdu, shows)),
  );
  return { title: `${name}, ${octets.length} octets`, fields: rows, remarks };
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
  shows: boolean,
): ExplainedField {
  const plain = known ?? "unknown TLV";
  const name = tag === undefined ? plain : `${plain} (${hexNumber(tag, 4)})`;
  const row = { start, end, name };
  if (privacy === "secret") return { ...row, value: HIDDEN };
  const meaning = type && meaningOf(type, value);
  if (typeof value === "number") return { ...row, value: String(value), meaning };
  if (!shows && privacy === "personal") return { ...row, value: sizeOf(value) };
  if (typeof value === "string") return { ...row, value: quoted(value), meaning };
  const words = meaning ?? wordsOf(known, value, pdu);
  return { ...row, value: value.length > 0 ? hex(value) : "(empty)", meaning: words };
}

function wordsOf(name: string | undefined, value: Uint8Array, pdu: Dissection["pdu"]): string {
  if (name !== "short_message" && name !== "message_payload") return describeOctets(value);
  return describeText(value, Number(pdu["esm_class"] ?? 0), Number(pdu["data_coding"] ?? 0));
}

function sizeOf(value: Uint8Array | string): string {
  return `${value.length} ${typeof value === "string" ? "characters" : "octets"}`;
}

/** Octets from hexadecimal digits; blanks, colons and a leading 0x are passed over. */
function octetsOf(text: string): Uint8Array {
  const digits = text.replace(/^\s*0x|[\s:]/gi, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new SyntaxError("explain takes octets, or an even number of hexadecimal digits");
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
