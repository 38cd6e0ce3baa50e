// Encodes and decodes PDUs: with the standard tables, or with a vendor's TLVs beside them.

import { commands } from "./commands.ts";
import { PduError } from "./errors.ts";
import type { NoVendorTlvs, Pdu, PduInput, VendorTlvs } from "./pdu.ts";
import { decodeStraight, encodeStraight } from "./straight-line.ts";
import { walk } from "./table-decoder.ts";
import { encodeByTable } from "./table-encoder.ts";
import { type NamedTlv, standardByName, standardByTag } from "./tlvs.ts";

/** Encodes and decodes PDUs with one set of TLVs. */
export interface Codec<T extends VendorTlvs = NoVendorTlvs> {
  encode(pdu: PduInput<T>, sequenceNumber?: number): Uint8Array;
  decode(frame: Uint8Array): Pdu<T>;
}

/** What {@link createCodec} takes. */
export interface CodecOptions<T extends VendorTlvs = NoVendorTlvs> {
  /** Vendor TLVs by the names that become keys of the commands they list, in both directions. */
  tlvs?: T;
  /** Numbers the requests that are encoded without a sequence_number. */
  sequence?: () => number;
  /**
   * Makes decode live with what is wrong but can be read: a string over its limit, a time of odd
   * length, a TLV of a wrong size (kept in `unknown_tlvs`), octets left over at the end, an error
   * response whose TLVs stand in place of its body. Each is reported here.
   */
  tolerate?: (problem: PduError) => void;
}

/** Makes a codec. Throws {@link PduError} `bad_tlv_definition` for a name or tag that is taken. */
export function createCodec<const T extends VendorTlvs = NoVendorTlvs>(
  options: CodecOptions<T> = {},
): Codec<T> {
  const byName = new Map<string, NamedTlv>();
  const byTag = new Map<number, NamedTlv>();
  for (const [name, tlv] of Object.entries(options.tlvs ?? {})) {
    if (standardByName.has(name) || standardByTag.has(tlv.tag) || byTag.has(tlv.tag)) {
      throw new PduError("bad_tlv_definition", `TLV ${name}: the name or the tag is taken`, {
        field: name,
      });
    }
    const named = { name, ...tlv };
    byName.set(name, named);
    byTag.set(tlv.tag, named);
  }
  const { sequence } = options;
  return {
    encode(pdu, sequenceNumber) {
      const number =
        sequenceNumber ?? pdu.sequence_number ?? (isRequest(pdu.command) ? (sequence?.() ?? 0) : 0);
      return encodeFast(pdu as PduInput, number, byName);
    },
    decode(frame) {
      const fast = decodeStraight(frame, byTag);
      if (fast) return fast as Pdu<T>;
      const { pdu, problems, fatal } = walk(frame, byTag);
      const error = problems[0] ?? fatal;
      if (error) throw error;
      return pdu as Pdu<T>; // the walk made it from the tables that the type comes from
    },
  };
}

const SLAB = 65_536;
const ROOM = 8192;
const none = new Uint8Array(0);
let slab = none;
let free = 0;

function encodeFast(
  pdu: PduInput,
  sequence: number,
  vendors: ReadonlyMap<string, NamedTlv>,
): Uint8Array {
  let out = slab;
  let start = free;
  if (out.length - start < ROOM) {
    out = new Uint8Array(SLAB);
    start = 0;
  }
  slab = none;
  const end = encodeStraight(pdu, sequence, out, start, vendors);
  slab = out;
  if (end < 0) {
    free = start;
    return encodeByTable({ ...pdu }, sequence, vendors);
  }
  free = end;
  return new Uint8Array(out.buffer, start, end - start);
}

function isRequest(command: PduInput["command"]): boolean {
  return command !== "unknown" && commands[command].id < 0x8000_0000;
}

const codec = createCodec();

/** Encodes a PDU. `sequenceNumber` wins over the PDU's own. Throws {@link PduError}. */
export function encode(pdu: PduInput, sequenceNumber?: number): Uint8Array {
  return codec.encode(pdu, sequenceNumber);
}

/** Decodes one whole PDU. Throws {@link PduError}. */
export function decode(frame: Uint8Array): Pdu {
  return codec.decode(frame);
}
