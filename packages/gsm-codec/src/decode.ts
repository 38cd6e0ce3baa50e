/** Septets to text. Any octets give some text. */
import { alphabetToRead, ESCAPE, type TableOptions } from "./alphabet.ts";

/** How to decode: which tables, and what stands for an octet that is no septet. */
export interface DecodeOptions extends TableOptions {
  /**
   * What an octet from 0x80 on, which is never a septet, becomes: a text, or a function of the
   * octet and its index, which may throw. U+FFFD by default.
   */
  readonly replacement?: string | ((octet: number, index: number) => string) | undefined;
}

/** Reads code units in the order that this machine keeps them in. */
function codeUnitDecoder(): InstanceType<typeof TextDecoder> {
  const [first] = new Uint8Array(Uint16Array.of(1).buffer);
  return new TextDecoder(first === 1 ? "utf-16le" : "utf-16be");
}

const utf16 = /* @__PURE__ */ codeUnitDecoder();
/** Room for the code units of all but the longest texts, so that none has to be allocated. */
const scratch = /* @__PURE__ */ new Uint16Array(1024);

/**
 * Decodes the GSM 7-bit default alphabet, one septet per octet (3GPP TS 23.038 section 6.2.1).
 *
 * Never throws, whatever the octets: an escape before a septet without extension character shows
 * the alphabet's character of that septet; a lone, last or doubled escape shows one space; an
 * octet from 0x80 on shows U+FFFD. A national language that the standard reserves is ignored.
 */
export function decode(septets: Uint8Array, options?: DecodeOptions): string {
  const replacement = options?.replacement;
  if (replacement !== undefined) return decodeReplacing(septets, options, replacement);
  const { characters, escaped } = alphabetToRead(options);
  const { length } = septets;
  const units = length <= scratch.length ? scratch : new Uint16Array(length);
  let i = 0;
  // Plain loops, the first for what stands before an escape, and a TextDecoder, which is faster
  // than any way from code units to a string: `text` in tools/bench pays for them.
  for (; i < length; i++) {
    const octet = septets[i] ?? ESCAPE;
    if (octet === ESCAPE) break;
    units[i] = characters[octet] ?? 0;
  }
  let written = i;
  for (; i < length; i++) {
    const octet = septets[i] ?? ESCAPE;
    if (octet === ESCAPE && i + 1 < length) {
      units[written++] = escaped[septets[++i] ?? ESCAPE] ?? 0;
    } else {
      units[written++] = characters[octet] ?? 0;
    }
  }
  return utf16.decode(units.subarray(0, written));
}

/** U+FFFD is in no table: each one in the text stands for an octet that is no septet, in order. */
function decodeReplacing(
  octets: Uint8Array,
  { locking, singleShift }: TableOptions = {},
  replacement: string | ((octet: number, index: number) => string),
): string {
  const text = decode(octets, { locking, singleShift });
  let next = 0;
  return text.replaceAll("\ufffd", () => {
    let octet = octets[next++] ?? 0xff;
    while (octet < 0x80) octet = octets[next++] ?? 0xff;
    return typeof replacement === "string" ? replacement : replacement(octet, next - 1);
  });
}
