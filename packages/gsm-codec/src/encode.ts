/** Text to septets: encoding, counting, and cutting to a number of septets. */
import { type Alphabet, alphabetOf, ESCAPE, NONE, type TableOptions } from "./alphabet.ts";
import { codePointName, GsmError } from "./error.ts";

/** How to encode: which tables, and what to do with a character that they have not. */
export interface EncodeOptions extends TableOptions {
  /**
   * Written instead of an unencodable character: a text (empty to drop it), or a function of the
   * character, a surrogate pair as a whole, and its index. Without it such a character throws.
   */
  readonly replacement?: string | ((character: string, index: number) => string) | undefined;
}

/** Where `fit` begins. */
export interface FitOptions extends TableOptions {
  /** Index of the first character in UTF-16 code units; 0 by default. */
  readonly start?: number | undefined;
}

/**
 * Encodes text in the GSM 7-bit default alphabet (3GPP TS 23.038 section 6.2.1), one septet per
 * octet, as SMPP carries it. An extension character takes two septets.
 *
 * @throws {GsmError} `unencodable` with the character and its index in UTF-16 code units.
 */
export function encode(text: string, options?: EncodeOptions): Uint8Array {
  const alphabet = alphabetOf(options);
  const { septets } = alphabet;
  const { length } = text;
  const octets = new Uint8Array(length);
  // A plain loop for text without extension characters: `text` in tools/bench pays for it.
  for (let i = 0; i < length; i++) {
    const septet = septets[text.charCodeAt(i)] ?? NONE;
    if (septet > 0x7f) return encodeRest(text, options, alphabet, octets, i);
    octets[i] = septet;
  }
  return octets;
}

/** Goes on at the first character that does not take exactly one septet. */
function encodeRest(
  text: string,
  options: EncodeOptions | undefined,
  alphabet: Alphabet,
  head: Uint8Array,
  start: number,
): Uint8Array {
  const rest = replaceUnencodable(text.slice(start), start, options, alphabet);
  const octets = new Uint8Array(start + count(rest, alphabet));
  octets.set(head.subarray(0, start));
  const { septets } = alphabet;
  let at = start;
  for (let i = 0; i < rest.length; i++) {
    const septet = septets[rest.charCodeAt(i)] ?? NONE;
    if (septet > 0x7f) octets[at++] = ESCAPE;
    octets[at++] = septet;
  }
  return octets;
}

/**
 * The number of septets that `encode` would write: extension characters count two.
 *
 * @throws {GsmError} `unencodable`, as `encode` does, unless a replacement is given.
 */
export function septetCount(text: string, options?: EncodeOptions): number {
  const alphabet = alphabetOf(options);
  const septets = count(text, alphabet);
  if (septets >= 0) return septets;
  return count(replaceUnencodable(text, 0, options, alphabet), alphabet);
}

/** Whether `encode` would write every character as it is, without replacement. */
export function canEncode(text: string, options?: TableOptions): boolean {
  return count(text, alphabetOf(options)) >= 0;
}

/**
 * How much of the text fits into a number of septets: the index, in UTF-16 code units, after the
 * last character that still fits as a whole. Stops before an unencodable character.
 */
export function fit(text: string, septets: number, options?: FitOptions): number {
  const table = alphabetOf(options).septets;
  let left = septets;
  let i = options?.start ?? 0;
  for (; i < text.length; i++) {
    const septet = table[text.charCodeAt(i)] ?? NONE;
    if (septet === NONE) return i;
    left -= septet > 0x7f ? 2 : 1;
    if (left < 0) return i;
  }
  return i;
}

/** Septets of a text; -1 when it has an unencodable character. */
function count(text: string, { septets }: Alphabet): number {
  const { length } = text;
  let total = length;
  for (let i = 0; i < length; i++) {
    const septet = septets[text.charCodeAt(i)] ?? NONE;
    if (septet > 0x7f) {
      if (septet === NONE) return -1;
      total++;
    }
  }
  return total;
}

/** The text with every unencodable character replaced; throws when nothing replaces it. */
function replaceUnencodable(
  text: string,
  offset: number,
  options: EncodeOptions | undefined,
  alphabet: Alphabet,
): string {
  if (count(text, alphabet) >= 0) return text;
  const replacement = options?.replacement;
  let replaced = "";
  let index = offset;
  for (const character of text) {
    if (count(character, alphabet) >= 0) {
      replaced += character;
    } else if (replacement === undefined) {
      throw new GsmError(
        "unencodable",
        `${codePointName(character)} at index ${index} is not in the GSM alphabet: give a replacement, national tables, or send UCS-2`,
        character,
        index,
      );
    } else {
      const instead = typeof replacement === "string" ? replacement : replacement(character, index);
      if (count(instead, alphabet) < 0) {
        throw new GsmError(
          "unencodable_replacement",
          `the replacement for ${codePointName(character)} at index ${index} is not in the GSM alphabet either`,
          character,
          index,
        );
      }
      replaced += instead;
    }
    index += character.length;
  }
  return replaced;
}
