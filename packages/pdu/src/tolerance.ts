// Reads PDUs that break the standard in ways that can be understood: what a tolerant codec accepts.

import { isResponse } from "./commands.ts";
import { DataCoding, hasUserDataHeader } from "./enums.ts";
import { octet, uint16, view } from "./octets.ts";
import { type FindTlvs, type Reading, type ReadOptions, readByTable } from "./table-decoder.ts";
import { readTlv, type TlvsByTag } from "./tlv-codec.ts";

/** The problems of one PDU that are accepted; without a limit a frame could be full of them. */
const MOST_PROBLEMS = 16;

/** Like {@link readByTable}, but accepts up to 16 problems, and finds TLVs that are not in their place. */
export function readTolerantly(
  frame: Uint8Array,
  vendors?: TlvsByTag,
  options: ReadOptions = {},
): Reading {
  return readByTable(frame, vendors, { mostProblems: MOST_PROBLEMS, findTlvs, ...options });
}

/**
 * Reads an error response whose fields could not be read as TLVs alone: some peers write them in place of
 * the fields. Undefined when `first` is no such reading, or when that cannot be read either.
 */
export function readWithoutBody(
  frame: Uint8Array,
  { pdu, fatal }: Reading,
  vendors?: TlvsByTag,
): Reading | undefined {
  const id = fatal?.command_id;
  if (id === undefined || !isResponse(id) || pdu["command_status"] === 0) return undefined;
  const bodiless = readTolerantly(frame, vendors, { bodiless: true });
  return bodiless.fatal === undefined ? bodiless : undefined;
}

/**
 * Finds TLVs that do not fit where sm_length says, when there is one other place where they do. One NUL on
 * the way completes a UCS2 text that would be odd without it; other NULs are dropped.
 */
const findTlvs: FindTlvs = ({ frame, at, text, pdu, tlvByTag }) => {
  const length = at - text.start;
  const isLikely = (tag: number, start: number, end: number) => {
    const tlv = tlvByTag(tag);
    return tlv ? readTlv({}, tlv, frame, start, end) : isVendorTag(tag);
  };
  const shift = tlvShift(frame, at, length, isLikely);
  if (shift === 0) return undefined;
  const isOdd = hasHalfCharacter(
    text.value,
    Number(pdu["esm_class"] ?? 0),
    Number(pdu["data_coding"] ?? 0),
  );
  const end = at + shift;
  if (shift === 2 || (shift === 1 && frame[at] === 0 && !isOdd)) {
    const nuls = shift === 1 ? "1 NUL stands" : `${shift} NULs stand`;
    const message = `${nuls} between ${text.name} and the TLVs at octet ${at}`;
    const value = view(frame, at, end);
    const stray = { name: "stray octets", start: at, end, type: undefined, value };
    return { text, stray, problem: ["trailing_octets", message, at] };
  }
  const { length_field } = text.type;
  const message = `${length_field} is ${length}, but only with ${length + shift} octets of ${text.name} do the TLVs fit`;
  return {
    text: { ...text, end, value: view(frame, text.start, end) },
    problem: ["bad_sm_length", message, text.start - 1, length_field],
  };
};

type IsLikely = (tag: number, start: number, end: number) => boolean;

/**
 * How many octets later than at `at` the TLVs begin, the text before them having `length` octets:
 * -1, 1, or 2 behind two NULs. 0 when they fit there, when they fit nowhere, and when they fit in
 * more than one other place: which one is right would be a guess.
 */
function tlvShift(frame: Uint8Array, at: number, length: number, isLikely: IsLikely): number {
  if (areTlvs(frame, at, () => true)) return 0;
  const shifts = [
    ...(length > 0 ? [-1] : []),
    1,
    ...(frame[at] === 0 && frame[at + 1] === 0 ? [2] : []),
  ].filter((shift) => at + shift < frame.length && areTlvs(frame, at + shift, isLikely));
  const [shift = 0] = shifts;
  return shifts.length === 1 ? shift : 0;
}

/** Whether likely TLVs follow each other from here to the last octet. */
function areTlvs(frame: Uint8Array, start: number, isLikely: IsLikely): boolean {
  let at = start;
  while (at + 4 <= frame.length) {
    const value = at + 4;
    const end = value + uint16(frame, at + 2);
    if (end > frame.length || !isLikely(uint16(frame, at), value, end)) return false;
    at = end;
  }
  return at === frame.length;
}

/** SMPP 3.4 section 5.3.2: the tags that SMSC vendors may use. */
function isVendorTag(tag: number): boolean {
  return tag >= 0x1400 && tag <= 0x3fff;
}

/** Whether a text that data_coding says is UCS2 has an odd number of octets, its header not counted. */
function hasHalfCharacter(text: Uint8Array, esmClass: number, dataCoding: number): boolean {
  if (dataCoding !== DataCoding.ucs2) return false;
  const header = hasUserDataHeader(esmClass) ? headerLength(text) : 0;
  return (text.length - header) % 2 === 1;
}

/**
 * The octets of the user data header (3GPP TS 23.040 section 9.2.3.24) that a text begins with, its
 * length octet included; 0 when the first octets are not whole information elements.
 */
function headerLength(text: Uint8Array): number {
  const end = text.length > 0 ? 1 + octet(text, 0) : 0;
  if (end < 3 || end > text.length) return 0;
  let at = 1;
  while (at + 1 < end) at += 2 + octet(text, at + 1);
  return at === end ? end : 0;
}
