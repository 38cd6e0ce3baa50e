/** One text as the octets of one short_message, and back. */

import { languages } from "@esme/gsm-codec";
import type { OptionTable } from "@esme/settings";
import { codecOf } from "./charset.ts";
import { type Charset, type CharsetOverrides, charsetOf, ucs2DataCoding } from "./data-coding.ts";
import { checkSplitOptions, SplitError } from "./error.ts";
import type { TextCodec } from "./text-codec.ts";
import type { National } from "./udh.ts";

/** A charset, and the data_coding that stands for it with one SMSC. */
export interface Coding {
  readonly charset: Charset | (string & {});
  readonly data_coding: number;
}

/** How a text becomes octets. */
export interface ShortMessageEncodeOptions {
  /** What data_coding values mean with this SMSC, where that differs from the standard. */
  readonly overrides?: CharsetOverrides | undefined;
  /**
   * What to send when the charset lacks a character. True, the default, is UCS-2, the message class
   * and message waiting fields of the data_coding kept; a list is tried in its order. With false,
   * and when no coding of the list has all characters, such a text is an error.
   */
  readonly fallback?: boolean | readonly Coding[] | undefined;
  /**
   * Written instead of a character that the charset has not, so that there is no need to fall
   * back: a text (empty to drop it), or a function of the character and its index.
   */
  readonly replacement?: string | ((character: string, index: number) => string) | undefined;
}

/** The types of {@link ShortMessageEncodeOptions}. */
export const encodeTypes = {
  overrides: "object",
  fallback: ["boolean", "object", "array"],
  replacement: ["string", "function"],
} as const satisfies OptionTable<ShortMessageEncodeOptions>;

/** How octets become a text. */
export interface ShortMessageDecodeOptions {
  /** What data_coding values mean with this SMSC, where that differs from the standard. */
  readonly overrides?: CharsetOverrides | undefined;
  /** National language tables, as `readUdh` finds them in the header. */
  readonly national?: National | undefined;
  /**
   * What to show for the first half of a surrogate pair at the very end of UTF-16, whose second
   * half was cut off on its way: U+FFFD where a loss must be seen. Default: nothing.
   */
  readonly halfPair?: string | undefined;
}

const decodeTypes = {
  overrides: "object",
  national: "object",
  halfPair: "string",
} as const satisfies OptionTable<ShortMessageDecodeOptions>;

/** Octets and the data_coding that they have. */
export interface EncodedMessage {
  readonly data_coding: number;
  readonly octets: Uint8Array;
}

/** A text with the codec that was found for it. */
export interface CodedText {
  readonly data_coding: number;
  readonly charset: string;
  readonly codec: TextCodec;
  /** Whether this is another coding than was asked for first. */
  readonly fellBack: boolean;
  /** The text, replacements made. */
  readonly text: string;
  /** Its length in units of the codec. */
  readonly units: number;
}

/**
 * Encodes a text for short_message or message_payload. A text that does not fit the data_coding is
 * sent as UCS-2, and the data_coding returned says so. Octets are returned as they are.
 *
 * @throws {SplitError} `unencodable` with character and index when `fallback` has nothing for it;
 * `invalid_option` for an unknown option or a wrong type.
 */
export function encodeShortMessage(
  text: string | Uint8Array,
  dataCoding = 0,
  options: ShortMessageEncodeOptions & { readonly national?: National | undefined } = {},
): EncodedMessage {
  checkSplitOptions("encodeShortMessage", options, { ...encodeTypes, national: "object" });
  if (typeof text !== "string") return { data_coding: dataCoding, octets: text };
  const coded = codeText(text, dataCoding, options, options.national);
  return { data_coding: coded.data_coding, octets: coded.codec.encode(coded.text) };
}

/**
 * Decodes the octets of a short message without their header. Any octets give some text: what
 * has no character shows as U+FFFD, an octet left over included, and octets without charset as
 * Latin-1. UTF-16 with a byte order mark is read in the order of the mark, which is dropped.
 *
 * @throws {SplitError} `unknown_charset` when an override names no charset; `invalid_option` for
 * an unknown option or a wrong type.
 */
export function decodeShortMessage(
  octets: Uint8Array,
  dataCoding: number,
  options: ShortMessageDecodeOptions = {},
): string {
  checkSplitOptions("decodeShortMessage", options, decodeTypes);
  const { overrides, national, halfPair } = options;
  return codecOf(charsetOf(dataCoding, overrides), national).decode(octets, halfPair);
}

/** Finds the codec of a text: that of its data_coding, or else the first that falls back. */
export function codeText(
  text: string,
  dataCoding: number,
  { overrides, fallback = true, replacement }: ShortMessageEncodeOptions,
  national: National | undefined,
): CodedText {
  checkLanguage("locking", national?.locking);
  checkLanguage("singleShift", national?.singleShift);
  const charset = charsetOf(dataCoding, overrides);
  const codec = codecOf(charset, national);
  const units = codec.measure(text);
  if (units !== undefined) {
    return { data_coding: dataCoding, charset, codec, fellBack: false, text, units };
  }
  const other = replacement === undefined && firstOf(fallbacks(fallback, dataCoding), text);
  if (other) return other;
  const replaced = replaceUnencodable(text, codec, charset, replacement);
  const length = codec.measure(replaced) ?? 0;
  return {
    data_coding: dataCoding,
    charset,
    codec,
    fellBack: false,
    text: replaced,
    units: length,
  };
}

/** The text in the first coding that has all its characters. */
function firstOf(codings: readonly Coding[], text: string): CodedText | undefined {
  for (const { charset, data_coding } of codings) {
    const codec = codecOf(charset);
    const units = codec.measure(text);
    if (units !== undefined) return { data_coding, charset, codec, fellBack: true, text, units };
  }
  return undefined;
}

function fallbacks(
  fallback: Exclude<ShortMessageEncodeOptions["fallback"], undefined>,
  dataCoding: number,
): readonly Coding[] {
  if (fallback === false) return [];
  if (fallback === true) return [{ charset: "utf-16be", data_coding: ucs2DataCoding(dataCoding) }];
  if (Array.isArray(fallback) && fallback.every(isCoding)) return fallback;
  const wants = "expected true, false or a list of objects with charset and data_coding";
  throw new SplitError("invalid_option", `fallback: ${wants}`);
}

/** Programs in JavaScript have no types. */
function isCoding(coding: Partial<Coding> | null | undefined): boolean {
  return typeof coding?.charset === "string" && typeof coding.data_coding === "number";
}

/** 3GPP TS 23.038 section 6.2.1.2.4 reserves the other identifiers: nobody could read such text. */
function checkLanguage(table: keyof National, language = 0): void {
  if (language === 0 || Object.hasOwn(languages, language)) return;
  throw new SplitError(
    "invalid_option",
    `national.${table}: expected 0 to ${Object.keys(languages).length}, got ${language}`,
  );
}

/** The text with every character replaced that the charset has not. */
function replaceUnencodable(
  text: string,
  codec: TextCodec,
  charset: string,
  replacement: ShortMessageEncodeOptions["replacement"],
): string {
  let replaced = "";
  let index = 0;
  for (const character of text) {
    let instead: string | undefined = character;
    if (codec.measure(character) === undefined) {
      instead = typeof replacement === "function" ? replacement(character, index) : replacement;
      if (instead === undefined || codec.measure(instead) === undefined) {
        throw unencodable(character, index, charset, instead !== undefined);
      }
    }
    replaced += instead;
    index += character.length;
  }
  return replaced;
}

function unencodable(
  character: string,
  index: number,
  charset: string,
  replaced: boolean,
): SplitError {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const what = replaced ? `the replacement for U+${hex}` : `U+${hex}`;
  return new SplitError(
    "unencodable",
    `${what} at index ${index} is not in ${charset}: allow falling back to UCS-2 or give another replacement`,
    { character, index },
  );
}
