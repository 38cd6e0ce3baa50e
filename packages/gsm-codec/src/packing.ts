/** Septets to packed octets and back (3GPP TS 23.038 section 6.1.2). */
import { GsmError } from "./error.ts";

/** How to pack. */
export interface PackOptions {
  /** Zero bits before the first septet, 0 to 6: they end a user data header on a septet boundary. */
  readonly fillBits?: number | undefined;
  /**
   * Seven spare bits at the end hold a carriage return instead of zeros (which would read as "@"),
   * and a text that ends in one on an octet boundary gets a second (section 6.1.2.3.1, USSD and
   * cell broadcast). Unpacking takes that carriage return away again.
   */
  readonly ussd?: boolean | undefined;
}

/** How to unpack. */
export interface UnpackOptions extends PackOptions {
  /**
   * How many septets there are, when it is known (TP-UDL says it). Without it every whole septet
   * is read, so seven zero bits at the end read as one more septet 0.
   */
  readonly septets?: number | undefined;
}

const CR = 0x0d;

/**
 * Packs septets, eight into seven octets, the first into the lowest bits.
 *
 * @throws {GsmError} `invalid_septet` for a value above 0x7F, `invalid_fill_bits`.
 */
export function pack7bit(septets: Uint8Array, options?: PackOptions): Uint8Array {
  const fillBits = checkedFillBits(options);
  const padded = options?.ussd ? padWithCr(septets, fillBits) : septets;
  const octets = new Uint8Array(Math.ceil((fillBits + 7 * padded.length) / 8));
  let bits = fillBits;
  let pending = 0;
  let at = 0;
  padded.forEach((septet, index) => {
    if (septet > 0x7f) {
      throw new GsmError("invalid_septet", `octet ${septet} at ${index} is no septet`, "", index);
    }
    pending |= septet << bits;
    bits += 7;
    if (bits >= 8) {
      octets[at++] = pending & 0xff;
      pending >>= 8;
      bits -= 8;
    }
  });
  if (bits > 0 && at < octets.length) octets[at] = pending;
  return octets;
}

/**
 * Unpacks septets, one into each octet of the result.
 *
 * @throws {GsmError} `short_input` when there are fewer septets than asked for, `invalid_fill_bits`.
 */
export function unpack7bit(octets: Uint8Array, options?: UnpackOptions): Uint8Array {
  const fillBits = checkedFillBits(options);
  const available = Math.max(0, Math.floor((8 * octets.length - fillBits) / 7));
  const wanted = options?.septets ?? available;
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > available) {
    throw new GsmError(
      "short_input",
      `${octets.length} octets hold 0 to ${available} septets after ${fillBits} fill bits, not ${wanted}`,
    );
  }
  const septets = new Uint8Array(wanted);
  let bit = fillBits;
  for (let i = 0; i < wanted; i++, bit += 7) {
    const at = bit >> 3;
    const pair = (octets[at] ?? 0) | ((octets[at + 1] ?? 0) << 8);
    septets[i] = (pair >> (bit & 7)) & 0x7f;
  }
  const counted = options?.septets !== undefined;
  return options?.ussd && !counted ? withoutCr(septets, fillBits) : septets;
}

function checkedFillBits(options: PackOptions | undefined): number {
  const fillBits = options?.fillBits ?? 0;
  if (Number.isInteger(fillBits) && fillBits >= 0 && fillBits <= 6) return fillBits;
  throw new GsmError("invalid_fill_bits", `fillBits is ${fillBits}: expected 0 to 6`);
}

/** Whether the first `count` septets end exactly where an octet ends. */
function endsOnOctet(count: number, fillBits: number): boolean {
  return count > 0 && (fillBits + 7 * count) % 8 === 0;
}

function padWithCr(septets: Uint8Array, fillBits: number): Uint8Array {
  const { length } = septets;
  const sevenSpare = (fillBits + 7 * length) % 8 === 1;
  const crAtEnd = endsOnOctet(length, fillBits) && septets[length - 1] === CR;
  if (!sevenSpare && !crAtEnd) return septets;
  const padded = new Uint8Array(length + 1);
  padded.set(septets);
  padded[length] = CR;
  return padded;
}

function withoutCr(septets: Uint8Array, fillBits: number): Uint8Array {
  const last = septets.length - 1;
  if (septets[last] !== CR) return septets;
  const padding =
    endsOnOctet(last + 1, fillBits) || (endsOnOctet(last, fillBits) && septets[last - 1] === CR);
  return padding ? septets.subarray(0, last) : septets;
}
