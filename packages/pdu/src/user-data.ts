// What a text tells before its alphabet is known: whether a header stands before it, and whether UCS2 is cut.

import { DataCoding, EsmClass } from "./enums.ts";
import { octet } from "./octets.ts";

/** Whether a text that data_coding says is UCS2 has an odd number of octets, its header not counted. */
export function hasHalfCharacter(text: Uint8Array, esmClass: number, dataCoding: number): boolean {
  if (dataCoding !== DataCoding.ucs2) return false;
  const isUdhi = (esmClass & EsmClass.gsm_features.udhi) !== 0;
  const header = isUdhi ? headerLength(text) : 0;
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
