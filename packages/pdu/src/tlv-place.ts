// Where the TLVs begin when a stray NUL stands before them or sm_length is one off.

import { uint16 } from "./octets.ts";
import { readTlv } from "./tlv-codec.ts";
import type { NamedTlv } from "./tlvs.ts";

type TlvByTag = (tag: number) => NamedTlv | undefined;

/**
 * How many octets later than at `at` the TLVs begin, the text before them having `length` octets:
 * -1, 1, or 2 behind two NULs. 0 when they fit there, when they fit nowhere, and when they fit in
 * more than one other place: which one is right would be a guess.
 */
export function tlvShift(
  frame: Uint8Array,
  at: number,
  length: number,
  tlvByTag: TlvByTag,
): number {
  if (chainEnds(frame, at, () => true)) return 0;
  const isLikely = (tag: number, start: number, end: number) => {
    const tlv = tlvByTag(tag);
    return tlv ? readTlv({}, tlv, frame, start, end) : isVendorTag(tag);
  };
  const shifts = [
    ...(length > 0 ? [-1] : []),
    1,
    ...(frame[at] === 0 && frame[at + 1] === 0 ? [2] : []),
  ].filter((shift) => at + shift < frame.length && chainEnds(frame, at + shift, isLikely));
  const [shift = 0] = shifts;
  return shifts.length === 1 ? shift : 0;
}

/** Whether likely TLVs follow each other from here to the last octet. */
function chainEnds(
  frame: Uint8Array,
  start: number,
  isLikely: (tag: number, start: number, end: number) => boolean,
): boolean {
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
