/** What is asked of each charset. */

/** How one charset works. Texts given to `encode` and `fit` have been measured before. */
export interface TextCodec {
  readonly unit: Unit;
  /** Units of a text; undefined when it has a character that the charset has not. */
  measure(text: string): number | undefined;
  encode(text: string): Uint8Array;
  /** Never throws. `halfPair`: see `ShortMessageDecodeOptions`. */
  decode(octets: Uint8Array, halfPair?: string): string;
  /** Index after the last character from `start` on that still fits into `units`. */
  fit(text: string, start: number, units: number): number;
  /** Ends of the parts of text that is encoded already; `limit` is in octets. */
  cutOctets(octets: Uint8Array, limit: number): number[];
}

/** What limits count: septets on the radio path, octets, or UTF-16 code units. */
export type Unit = "septet" | "octet" | "codeUnit";

/** Octets that a unit takes in short_message, where a septet has an octet of its own. */
export function octetsPerUnit(unit: Unit): number {
  return unit === "codeUnit" ? 2 : 1;
}
