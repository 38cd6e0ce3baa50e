/** How much text fits beside a header into the 140 octets of one short message. */
import type { Unit } from "./charset.ts";

/** Octets of user data in one short message (3GPP TS 23.040 section 9.2.3.24). */
const USER_DATA_OCTETS = 140;

/** Units that fit beside a header of so many octets, its length octet included. */
export function unitsBeside(headerOctets: number, unit: Unit): number {
  const octets = Math.max(0, USER_DATA_OCTETS - headerOctets);
  switch (unit) {
    case "septet":
      // The header ends on a septet boundary (fill bits), so whole septets are left.
      return Math.floor((8 * octets) / 7);
    case "octet":
      return octets;
    case "codeUnit":
      return octets >> 1;
  }
}
