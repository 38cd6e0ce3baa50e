// What the octets of a PDU say: every field with its place, its value and its meaning, and what is odd.

import { commands } from "./commands.ts";
import { meaningOf } from "./meaning.ts";
import { uint32, view } from "./octets.ts";
import type { VendorTlvs } from "./pdu.ts";
import { statusName, statusText } from "./status.ts";
import { commandName, type Piece, type Walk, walk } from "./table-decoder.ts";
import { describeOctets, describeText, quoted } from "./user-data.ts";
import { vendorTables } from "./vendor-tlvs.ts";
import { warningsAbout } from "./warnings.ts";

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

/** Strings and octets that tell nothing about people; all others are hidden on demand. */
const impersonal = new Set([
  "service_type",
  "system_type",
  "schedule_delivery_time",
  "validity_period",
  "final_date",
  "network_error_code",
  "ussd_service_op",
  "its_session_info",
  "ms_validity",
  "alert_on_message_delivery",
  "broadcast_content_type",
  "broadcast_frequency_interval",
  "broadcast_end_time",
]);

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
  const id = uint32(octets, 4);
  const name = commandName(id);
  const { found, problems } = read(octets, options);
  // In a bind that is malformed any string, and what cannot be read, may be the password.
  const isSecret = name !== undefined && "password" in commands[name].fields;
  const hides = isSecret && problems.length > 0;
  const fields = headerRows(octets).concat(
    found.pieces.map((piece) => pieceRow(piece, found.pdu, hides, options.content ?? true)),
  );
  const end = fields.at(-1)?.end ?? 16;
  if (end < octets.length) {
    const rest = view(octets, end, octets.length);
    const value = hides ? HIDDEN : options.content === false ? sizeOf(rest) : hex(rest);
    fields.push({ start: end, end: octets.length, name: name ? "not read" : "body", value });
  }
  const remarks = [...problems, ...(name ? warningsAbout(name, found) : [])];
  const title = `${name ?? `unknown command ${hexNumber(id, 8)}`}, ${octets.length} octets`;
  return { title, fields, remarks };
}

/** Walks the frame, however its command_length may lie. */
function read(octets: Uint8Array, { tlvs = {} }: ExplainOptions) {
  const length = uint32(octets, 0);
  const problems: string[] = [];
  let frame = octets;
  if (length !== octets.length) {
    problems.push(`command_length is ${length}, but there are ${octets.length} octets`);
    // A copy: `slice` of a Buffer would be the same octets.
    frame = new Uint8Array(octets.subarray(0, Math.max(16, length)));
    new DataView(frame.buffer).setUint32(0, frame.length);
  }
  const found: Walk = walk(frame, vendorTables(tlvs).byTag, { tlvPieces: true });
  for (const { message } of found.problems) problems.push(message);
  if (found.fatal) problems.push(found.fatal.message);
  return { found, problems };
}

function headerRows(octets: Uint8Array): ExplainedField[] {
  const id = uint32(octets, 4);
  const status = uint32(octets, 8);
  const name = commandName(id);
  const row = (start: number, name: string, value: string, meaning?: string): ExplainedField => {
    return { start, end: start + 4, name, value, meaning };
  };
  return [
    row(0, "command_length", String(uint32(octets, 0))),
    row(4, "command_id", hexNumber(id, 8), name ?? "not in SMPP 3.4 or 5.0"),
    row(8, "command_status", hexNumber(status, 8), `${statusName(status)}, ${statusText(status)}`),
    row(12, "sequence_number", String(uint32(octets, 12))),
  ];
}

function pieceRow(
  { field, start, end, value, type, tag }: Piece,
  pdu: Walk["pdu"],
  hides: boolean,
  content: boolean,
): ExplainedField {
  const known = field ?? "unknown TLV";
  const name = tag === undefined ? known : `${known} (${hexNumber(tag, 4)})`;
  const row = { start, end, name };
  const isSecret = field === "password" || (hides && typeof value !== "number");
  if (isSecret) return { ...row, value: HIDDEN };
  const meaning = type && meaningOf(type, value);
  if (typeof value === "number") return { ...row, value: String(value), meaning };
  if (!content && !impersonal.has(field ?? "")) return { ...row, value: sizeOf(value) };
  if (typeof value === "string") return { ...row, value: quoted(value), meaning };
  const isText = field === "short_message" || field === "message_payload";
  const [esmClass, dataCoding] = [Number(pdu["esm_class"] ?? 0), Number(pdu["data_coding"] ?? 0)];
  const words = isText ? describeText(value, esmClass, dataCoding) : describeOctets(value);
  return { ...row, value: value.length > 0 ? hex(value) : "(empty)", meaning: meaning ?? words };
}

function sizeOf(value: Uint8Array | string): string {
  return `${value.length} ${typeof value === "string" ? "characters" : "octets"}`;
}

function hexNumber(value: number, digits: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
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
