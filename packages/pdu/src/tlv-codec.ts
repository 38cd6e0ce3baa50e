// Reads and writes TLVs by their rows in the tables, those of vendors included.

import type { Fields } from "./fields.ts";
import {
  findNul,
  isUint32,
  latin1,
  putCString,
  putOctets,
  putUint,
  putUint16,
  uint,
  view,
} from "./octets.ts";
import type { UnknownTlv } from "./pdu.ts";
import { type NamedTlv, standardByName, standardByTag } from "./tlvs.ts";

export type TlvsByTag = ReadonlyMap<number, NamedTlv>;
export type TlvsByName = ReadonlyMap<string, NamedTlv>;

/** Whether a command may carry a vendor's TLV. */
export function carries(tlv: NamedTlv, command: string): boolean {
  return tlv.commands === undefined || tlv.commands.includes(command);
}

/** The keys of a PDU with these fields that are no TLVs. */
export function keysOf(fields: Fields): ReadonlySet<string> {
  const names = Object.keys(fields).filter((name) => !Object.hasOwn(fields[name] ?? {}, "counts"));
  return new Set(["command", "command_status", "sequence_number", "unknown_tlvs", ...names]);
}

/** Counts the keys of an object, those that it inherits included. */
export function keyCount(object: object): number {
  let keys = 0;
  for (const _key in object) keys++;
  return keys;
}

/** Whether a PDU has keys besides its header and the `known` fields that were found in it. */
export function keysBesides(
  pdu: { command_status?: number | undefined; sequence_number?: number | undefined },
  known: number,
): boolean {
  const header =
    1 + (pdu.command_status === undefined ? 0 : 1) + (pdu.sequence_number === undefined ? 0 : 1);
  return keyCount(pdu) !== header + known;
}

/**
 * Adds one TLV to a PDU: under its name when the tables or the codec's vendor TLVs have its tag, else to
 * `unknown_tlvs`. False when its size is wrong or the PDU has it already.
 */
export function readOtherTlv(
  pdu: { readonly command: string; unknown_tlvs?: UnknownTlv[] },
  tag: number,
  frame: Uint8Array,
  start: number,
  end: number,
  vendors: TlvsByTag | undefined,
): boolean {
  const standard = standardByTag.get(tag);
  if (standard !== undefined) return readTlv(pdu, standard, frame, start, end);
  const vendor = vendors?.get(tag);
  if (vendor && carries(vendor, pdu.command)) return readTlv(pdu, vendor, frame, start, end);
  const unknown = { tag, value: view(frame, start, end) };
  if (pdu.unknown_tlvs === undefined) pdu.unknown_tlvs = [unknown];
  else pdu.unknown_tlvs.push(unknown);
  return true;
}

/** Adds one TLV to a PDU under its name; false when its size is wrong or the PDU has it already. */
export function readTlv(
  pdu: object,
  { name, type, multiple }: NamedTlv,
  frame: Uint8Array,
  start: number,
  end: number,
): boolean {
  const length = end - start;
  let value: number | string | Uint8Array;
  switch (type.type) {
    case "integer":
      if (length < type.size || length > type.max) return false;
      value = uint(frame, start, length);
      break;
    case "c-octet-string": {
      const nul = findNul(frame, start, end);
      const stop = nul < 0 ? end : nul;
      if (stop - start >= type.max || stop - start < type.min - 1) return false;
      value = latin1(frame, start, stop);
      break;
    }
    case "octet-string":
      if (length < type.min || length > type.max) return false;
      value = view(frame, start, end);
  }
  // createCodec has checked the names of TLVs: none is a key that every object has.
  const values = pdu as Record<string, unknown>;
  const earlier = values[name];
  if (!multiple) {
    if (earlier !== undefined) return false;
    values[name] = value;
  } else if (Array.isArray(earlier)) earlier.push(value);
  else values[name] = [value];
  return true;
}

/**
 * Writes the TLVs of a PDU in the order of its keys, the unknown ones after them; gives the place
 * after them, or -1 when something does not fit, into its row or into `out`.
 */
export function writeTlvs(
  pdu: { readonly command: string; readonly unknown_tlvs?: readonly UnknownTlv[] | undefined },
  fields: ReadonlySet<string>,
  out: Uint8Array,
  start: number,
  vendors: TlvsByName | undefined,
): number {
  let at = start;
  for (const key in pdu) {
    if (fields.has(key)) continue;
    const tlv = standardByName.get(key) ?? vendors?.get(key);
    if (tlv === undefined || (vendors?.has(key) && !carries(tlv, pdu.command))) return -1;
    const value: unknown = pdu[key as keyof typeof pdu]; // the loop gives keys of the object
    if (value === undefined) continue;
    if (!tlv.multiple) at = writeTlv(tlv, value, out, at);
    else if (!Array.isArray(value)) return -1;
    else for (const one of value) at = at < 0 ? at : writeTlv(tlv, one, out, at);
    if (at < 0) return -1;
  }
  const { unknown_tlvs = [] } = pdu;
  if (!Array.isArray(unknown_tlvs)) return -1;
  for (const unknown of unknown_tlvs) {
    if (typeof unknown !== "object" || unknown === null) return -1;
    const { tag, value }: UnknownTlv = unknown;
    if (!isUint32(tag) || tag > 0xffff || !(value instanceof Uint8Array)) return -1;
    if (value.length > 0xffff || at + 4 + value.length > out.length) return -1;
    at = putOctets(out, putUint16(out, putUint16(out, at, tag), value.length), value);
  }
  return at;
}

function writeTlv({ tag, type }: NamedTlv, value: unknown, out: Uint8Array, start: number): number {
  if (start + 8 > out.length) return -1;
  const at = putUint16(out, start, tag) + 2;
  let end: number;
  switch (type.type) {
    case "integer": {
      if (!isUint32(value)) return -1;
      const size = value > 0xff ? type.max : type.size;
      if (size < 4 && value >>> (8 * size) !== 0) return -1;
      end = putUint(out, at, value, size);
      break;
    }
    case "c-octet-string":
      if (at + type.max > out.length) return -1;
      end = putCString(out, at, value, type.max);
      if (end - at < type.min) return -1;
      break;
    case "octet-string":
      if (!(value instanceof Uint8Array) || at + value.length > out.length) return -1;
      if (value.length < type.min || value.length > type.max) return -1;
      end = putOctets(out, at, value);
  }
  putUint16(out, start + 2, end - at);
  return end;
}
