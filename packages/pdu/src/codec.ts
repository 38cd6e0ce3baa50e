// Encodes and decodes PDUs: with the standard tables, or with a vendor's TLVs beside them.

import { checkTypes, type Types } from "./check-types.ts";
import { commands, isResponse } from "./commands.ts";
import type { PduError } from "./errors.ts";
import type { NoVendorTlvs, Pdu, PduInput, VendorTlvs } from "./pdu.ts";
import { decodeStraight, encodeStraight } from "./straight-line.ts";
import { type Reading, readByTable } from "./table-decoder.ts";
import { encodeByTable } from "./table-encoder.ts";
import type { TlvsByName, TlvsByTag } from "./tlv-codec.ts";
import { readTolerantly, readWithoutBody } from "./tolerance.ts";
import { vendorTables } from "./vendor-tlvs.ts";

/** Encodes and decodes PDUs with one set of TLVs. */
export interface Codec<T extends VendorTlvs = NoVendorTlvs> {
  /**
   * Encodes a PDU. `sequenceNumber` wins over the PDU's own; without both, a request is
   * numbered by the codec's `sequence`, or 0. Absent fields get their defaults; lengths and counts
   * are computed. The frame is a view into a buffer that later frames share, as Node's are.
   *
   * Throws {@link PduError} for a value that does not fit, a value of another type, or a key that
   * the command does not have; nothing is cut off. Standard TLVs are written on any command, so
   * that what decode gave can be passed on.
   */
  encode(pdu: PduInput<T>, sequenceNumber?: number): Uint8Array;
  /**
   * Decodes a frame that is exactly one PDU. Octet strings are views into the frame: copy what you keep
   * longer. TLVs keep their order; those without a name in the tables, and the second of a TLV that may
   * stand once, are in `unknown_tlvs`.
   *
   * The work is linear in the octets, but 64 kB have room for 16,000 TLVs, each an object: set a limit
   * before you pass them on.
   *
   * A response may lack its body, a C-octet string in a TLV its NUL. Throws {@link PduError} for
   * anything else that the standard does not allow.
   */
  decode(frame: Uint8Array): Pdu<T>;
}

/** What {@link createCodec} takes. */
export interface CodecOptions<T extends VendorTlvs = NoVendorTlvs> {
  /** Vendor TLVs by the names that become keys of the commands they list, in both directions. */
  tlvs?: T;
  /** Numbers the requests that are encoded without a sequence_number, for use without a session. */
  sequence?: () => number;
  /**
   * Makes decode accept what is wrong but readable, and reports each problem: a string over its
   * limit, a time of odd length, a TLV of a wrong size (kept in `unknown_tlvs`), octets left over
   * at the end (dropped), one or two NULs between short_message and the TLVs (dropped), sm_length
   * one too small or too large where the TLVs show it, an error response with TLVs in place of its
   * fields; at most 16 a PDU. What it throws, decode throws: a codec can refuse some problems.
   */
  tolerate?: (problem: PduError) => void;
  /**
   * The longest password that encode writes and decode reads, 8 to 64 characters. Default 8, the
   * standard's limit (SMPP 3.4 section 5.2.2); some SMSCs give out longer ones.
   */
  maxPasswordLength?: number;
}

const optionTypes = {
  tlvs: "an object",
  sequence: "a function",
  tolerate: "a function",
  maxPasswordLength: "a number",
} as const satisfies Types<CodecOptions>;

/**
 * Makes a codec that knows more TLVs than the standard ones, numbers requests, or is more tolerant.
 * Codecs share nothing. Throws {@link PduError} `bad_tlv_definition` for an impossible TLV,
 * TypeError for an unknown option or a wrong type, RangeError for a limit out of range.
 */
export function createCodec<const T extends VendorTlvs = NoVendorTlvs>(
  options: CodecOptions<T> = {},
): Codec<T> {
  checkTypes("createCodec", options, optionTypes);
  const { tlvs, sequence, tolerate, maxPasswordLength = 8 } = options;
  const { byName, byTag } = vendorTables(tlvs ?? {});
  if (!(maxPasswordLength >= 8 && maxPasswordLength <= 64)) {
    throw new RangeError(`maxPasswordLength: expected 8 to 64, got ${maxPasswordLength}`);
  }
  return {
    encode(pdu, sequenceNumber) {
      const given = sequenceNumber ?? pdu.sequence_number;
      const next = given === undefined && requests.has(pdu.command) ? sequence?.() : given;
      return encodeFrame(pdu, next ?? 0, byName, maxPasswordLength);
    },
    decode(frame) {
      const pdu =
        decodeStraight(frame, byTag) ??
        (tolerate
          ? decodeTolerantly(frame, byTag, maxPasswordLength, tolerate)
          : decodeStrictly(frame, byTag, maxPasswordLength));
      return pdu as Pdu<T>; // made from the tables, and from the TLVs, that the type comes from
    },
  };
}

/** The commands that the option `sequence` numbers: all but responses. */
const requests: ReadonlySet<string> = new Set(
  Object.entries(commands).flatMap(([name, { id }]) => (isResponse(id) ? [] : [name])),
);

/** Reads what the generated code leaves: rare and unknown commands, and everything malformed. */
function decodeStrictly(
  frame: Uint8Array,
  byTag?: TlvsByTag,
  maxPasswordLength?: number,
): Reading["pdu"] {
  const { pdu, fatal } = readByTable(frame, byTag, { maxPasswordLength });
  if (fatal) throw fatal;
  return pdu;
}

function decodeTolerantly(
  frame: Uint8Array,
  byTag: TlvsByTag | undefined,
  maxPasswordLength: number,
  tolerate: (problem: PduError) => void,
): Reading["pdu"] {
  const first = readTolerantly(frame, byTag, { maxPasswordLength });
  const { fatal } = first;
  if (fatal === undefined) {
    for (const problem of first.problems) tolerate(problem);
    return first.pdu;
  }
  const bodiless = readWithoutBody(frame, first, byTag);
  if (bodiless === undefined) throw fatal;
  for (const problem of [fatal, ...bodiless.problems]) tolerate(problem);
  return bodiless.pdu;
}

// One allocation serves some hundred frames: one for each takes longer than writing its octets (345
// against 27 ns for 170 octets in Node 20, tools/bench).
const SLAB_LENGTH = 65_536;
/** The mandatory fields of any PDU, 255 entries of a list included, take less. */
const LEAST_ROOM = 8192;
const taken = new Uint8Array(0);
let slab = taken;
let free = 0;

function encodeFrame(
  pdu: object,
  sequence: number,
  byName?: TlvsByName,
  maxPasswordLength?: number,
): Uint8Array {
  let out = slab;
  let start = free;
  if (out.length - start < LEAST_ROOM) {
    out = new Uint8Array(SLAB_LENGTH);
    start = 0;
  }
  slab = taken; // a getter of the PDU may encode another one, which must not be written here
  const end = encodeStraight(pdu as PduInput, sequence, out, start, byName); // checks what it reads
  slab = out;
  free = end < 0 ? start : end;
  if (end < 0) return encodeByTable(pdu, sequence, byName, maxPasswordLength);
  return new Uint8Array(out.buffer, start, end - start);
}

/**
 * Encodes a PDU of SMPP 3.4 or 5.0. See {@link Codec.encode}: `sequenceNumber` wins over the PDU's own, and
 * absent fields get their defaults. Throws {@link PduError} for a value that does not fit.
 */
export function encode(pdu: PduInput, sequenceNumber?: number): Uint8Array {
  return encodeFrame(pdu, sequenceNumber ?? pdu.sequence_number ?? 0);
}

/**
 * Decodes a frame that is exactly one PDU of SMPP 3.4 or 5.0. See {@link Codec.decode}: octet strings are
 * views into the frame. Throws {@link PduError} for a malformed PDU.
 */
export function decode(frame: Uint8Array): Pdu {
  const pdu = decodeStraight(frame, undefined) ?? decodeStrictly(frame);
  return pdu as Pdu; // made from the tables that the type comes from
}
