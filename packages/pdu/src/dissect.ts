// Where every field of a PDU lies and what it holds, for logs, pages and @esme/explain; malformed PDUs included.

import { type CommandName, commands } from "./commands.ts";
import { uint32, view } from "./octets.ts";
import type { VendorTlvs } from "./pdu.ts";
import { commandName, type LocatedField } from "./table-decoder.ts";
import { readTolerantly } from "./tolerance.ts";
import { vendorTables } from "./vendor-tlvs.ts";

/** How {@link dissect} reads a PDU. */
export interface DissectOptions {
  /** Vendor TLVs to call by their names, as for `createCodec`. */
  tlvs?: VendorTlvs;
}

/**
 * One field or TLV of a PDU. Octets that are no field have the names `stray octets`, `not read` where the
 * PDU is malformed, and `body` in an unknown command.
 */
export interface DissectedField extends LocatedField {
  /**
   * Who may see it: `secret` is a password, or what may be one in a malformed bind; `personal` is an
   * address, an id, a text, or octets of unknown meaning; `public` are numbers and all other values.
   */
  readonly privacy: "public" | "personal" | "secret";
}

/** What {@link dissect} found. */
export interface Dissection {
  /** Undefined for a command_id that no version of SMPP has. */
  readonly command: CommandName | undefined;
  /** The PDU as far as it could be read, with the keys of `decode`. */
  readonly pdu: Readonly<Record<string, unknown>>;
  /** Every octet after the header, in order. */
  readonly fields: readonly DissectedField[];
  /** What is wrong with the octets, one sentence each; without values. */
  readonly problems: readonly string[];
}

/** Strings and octets without personal data. */
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
 * Reads a PDU field by field, also one that `decode` refuses, or whose command_length is wrong. Octet
 * strings are views into `frame`. Throws `PduError` (`bad_length`) for fewer than the 16 octets of a header.
 */
export function dissect(frame: Uint8Array, { tlvs = {} }: DissectOptions = {}): Dissection {
  const problems: string[] = [];
  const reading = readTolerantly(withTrueLength(frame, problems), vendorTables(tlvs).byTag, {
    locatesTlvs: true,
  });
  for (const { message } of reading.problems) problems.push(message);
  if (reading.fatal) problems.push(reading.fatal.message);
  const command = commandName(uint32(frame, 4));
  // In a bind that is malformed any string, and what cannot be read, may be the password.
  const hides =
    command !== undefined && "password" in commands[command].fields && problems.length > 0;
  const fields = reading.fields.map((field) => withPrivacy(field, hides));
  const start = fields.at(-1)?.end ?? 16;
  const end = frame.length;
  if (start < end) {
    const name = command === undefined ? "body" : "not read";
    const value = view(frame, start, end);
    fields.push(withPrivacy({ name, start, end, type: undefined, value }, hides));
  }
  return { command, pdu: reading.pdu, fields, problems };
}

/** The frame with the command_length that fits its octets. */
function withTrueLength(frame: Uint8Array, problems: string[]): Uint8Array {
  if (frame.length < 16) return frame;
  const length = uint32(frame, 0);
  if (length === frame.length) return frame;
  problems.push(`command_length is ${length}, but there are ${frame.length} octets`);
  // A copy: `slice` of a Buffer would be the same octets.
  const copy = new Uint8Array(frame.subarray(0, Math.max(16, length)));
  new DataView(copy.buffer).setUint32(0, copy.length);
  return copy;
}

function withPrivacy(field: LocatedField, hides: boolean): DissectedField {
  const { name, value } = field;
  const isNumber = typeof value === "number";
  const isSecret = name === "password" || (hides && !isNumber);
  const isPublic = isNumber || impersonal.has(name ?? "");
  return { ...field, privacy: isSecret ? "secret" : isPublic ? "public" : "personal" };
}
