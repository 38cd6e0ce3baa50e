/** The one error of this package. */

/**
 * What went wrong:
 * - `unencodable`: the text has a character that the alphabet has not;
 * - `unencodable_replacement`: the replacement given for it cannot be encoded either;
 * - `unknown_language`: the national language identifier is reserved (TS 23.038 knows 0 to 13);
 * - `tables_not_loaded`: an identifier was given in a bundle that left the national tables out;
 * - `invalid_septet`: a value above 0x7F was to be packed;
 * - `invalid_fill_bits`: fill bits are a number from 0 to 6;
 * - `short_input`: more septets were asked for than the octets hold.
 */
export type GsmErrorCode =
  | "unencodable"
  | "unencodable_replacement"
  | "unknown_language"
  | "tables_not_loaded"
  | "invalid_septet"
  | "invalid_fill_bits"
  | "short_input";

/** An input that cannot be encoded, packed or unpacked; compare {@link GsmError.code}. */
export class GsmError extends Error {
  readonly code: GsmErrorCode;
  /** The character concerned, a surrogate pair as a whole; empty when none is. */
  readonly character: string;
  /** Where: an index in UTF-16 code units of the text, or in septets; -1 when nowhere. */
  readonly index: number;

  constructor(code: GsmErrorCode, message: string, character = "", index = -1) {
    super(message);
    this.name = "GsmError";
    this.code = code;
    this.character = character;
    this.index = index;
  }
}

/** U+1F600, for messages: the character itself could be invisible or reorder the line. */
export function codePointName(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, "0")}`;
}
