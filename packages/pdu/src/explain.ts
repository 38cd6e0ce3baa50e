// Tells in words what the octets of a PDU say: every field with its place, its value and its meaning.

import { commands } from "./commands.ts";
import { meaningOf } from "./meaning.ts";
import { uint32, view } from "./octets.ts";
import type { VendorTlvs } from "./pdu.ts";
import { statusName, statusText } from "./status.ts";
import { commandName, type Piece, type Walk, walk } from "./table-decoder.ts";
import { describeOctets, describeText, quoted } from "./user-data.ts";
import { vendorTables } from "./vendor-tlvs.ts";
import { warningsAbout } from "./warnings.ts";

/** How {@link explain} tells it. */
export interface ExplainOptions {
  /** Vendor TLVs to call by their names, as for `createCodec`. */
  tlvs?: VendorTlvs;
  /** `false` hides addresses, ids and texts behind their sizes. A password is always hidden. */
  content?: boolean;
}

interface Row {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly value: string;
  readonly meaning?: string | undefined;
}

const HIDDEN = "(hidden)";

/** A value of more characters has its meaning in a line of its own. */
const LONG = 24;

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

/** An account of the PDU in `frame`, octets or their hexadecimal digits, malformed ones included. */
export function explain(frame: Uint8Array | string, options: ExplainOptions = {}): string {
  const octets = typeof frame === "string" ? octetsOf(frame) : frame;
  if (octets.length < 16) {
    return `no PDU: ${octets.length} octets, a header alone has 16\n${hex(octets)}\n`;
  }
  const id = uint32(octets, 4);
  const name = commandName(id);
  const { found, problems } = read(octets, options);
  // In a bind that is malformed any string, and what cannot be read, may be the password.
  const isSecret = name !== undefined && "password" in commands[name].fields;
  const hides = isSecret && problems.length > 0;
  const rows = headerRows(octets).concat(
    found.pieces.map((piece) => pieceRow(piece, found.pdu, hides, options.content ?? true)),
  );
  const end = rows.at(-1)?.end ?? 16;
  if (end < octets.length) {
    const rest = view(octets, end, octets.length);
    const value = hides ? HIDDEN : options.content === false ? sizeOf(rest) : hex(rest);
    rows.push({ start: end, end: octets.length, name: name ? "not read" : "body", value });
  }
  const remarks = [...problems, ...(name ? warningsAbout(name, found) : [])];
  const title = `${name ?? `unknown command ${hexNumber(id, 8)}`}, ${octets.length} octets`;
  return `${[title, ...aligned(rows), ...remarks.map((remark) => `! ${remark}`)].join("\n")}\n`;
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
  const found: Walk = walk(frame, vendorTables(tlvs).byTag);
  for (const { message } of found.problems) problems.push(message);
  if (found.fatal) problems.push(found.fatal.message);
  return { found, problems };
}

function headerRows(octets: Uint8Array): Row[] {
  const id = uint32(octets, 4);
  const status = uint32(octets, 8);
  const name = commandName(id);
  const row = (start: number, name: string, value: string, meaning?: string): Row => {
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
): Row {
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

/** Places, names and values in columns; a long value goes on in lines of its own. */
function aligned(rows: readonly Row[]): string[] {
  const places = rows.map(({ start, end }) => {
    if (end === start) return "-";
    return end - start > 1 ? `${start}-${end - 1}` : `${start}`;
  });
  const placeWidth = widest(places);
  const nameWidth = widest(rows.map(({ name }) => name));
  const valueWidth = widest(rows.map(({ value }) => (value.length > LONG ? "" : value)));
  return rows.flatMap(({ name, value, meaning }, index) => {
    const head = `${(places[index] ?? "").padStart(placeWidth)}  ${name.padEnd(nameWidth)}  `;
    const [first = "", ...rest] = value.match(/.{1,64}/gs) ?? [];
    const indent = " ".repeat(head.length);
    const lines = [head + first, ...rest.map((line) => indent + line)];
    if (meaning === undefined) return lines;
    if (value.length > LONG) return [...lines, indent + meaning];
    return [`${head}${first.padEnd(valueWidth)}  ${meaning}`];
  });
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
