// The text of a PDU: its user data header, its characters by data_coding, and how both are written down.

import { DataCoding, hasUserDataHeader } from "@esme/pdu";
import { type CharsetOverrides, charsetOf, decodeShortMessage, readUdh } from "@esme/sm-split";
import { hex, latin1, uint16 } from "./octets.ts";

/** A text with its header told apart. */
export interface Text {
  /** The characters; undefined for octets without a charset. */
  readonly characters: string | undefined;
  /** Header and characters in one line. */
  readonly words: string;
}

/** The element of a header, as `readUdh` gives it. */
type Element = ReturnType<typeof readUdh>["elements"][number];

/**
 * The octets of the user data header (3GPP TS 23.040 section 9.2.3.24) that a text begins with, its
 * length octet included; 0 when the first octets are not whole information elements.
 */
export function headerLength(text: Uint8Array): number {
  const { header, elements, error } = readUdh(text);
  return error === undefined && elements.length > 0 ? header.length : 0;
}

/** The text behind its header, if esm_class says that there is one. */
export function bodyOf(text: Uint8Array, esmClass: number): Uint8Array {
  return hasUserDataHeader(esmClass) ? text.subarray(headerLength(text)) : text;
}

/** Reads a text of a PDU; `charsets` are those of an SMSC that reads data_coding values its own way. */
export function readText(
  text: Uint8Array,
  { esmClass, dataCoding }: { readonly esmClass: number; readonly dataCoding: number },
  charsets?: CharsetOverrides,
): Text {
  const header = hasUserDataHeader(esmClass) && headerLength(text) > 0 ? readUdh(text) : undefined;
  const body = header?.body ?? text;
  const elements = (header?.elements ?? []).map(elementWords);
  const characters = charactersOf(body, dataCoding, header?.national, charsets);
  const mark = charsetOf(dataCoding, charsets) === "utf-16be" ? byteOrderMark(body) : undefined;
  const shown = characters === undefined ? describeOctets(body) : quoted(characters);
  return { characters, words: [...elements, ...(mark ? [mark] : []), shown].join(", ") };
}

/** The characters of a body; undefined for octets without a charset, and for none at all. */
function charactersOf(
  body: Uint8Array,
  dataCoding: number,
  national: ReturnType<typeof readUdh>["national"],
  overrides: CharsetOverrides | undefined,
): string | undefined {
  if (body.length === 0 || charsetOf(dataCoding, overrides) === "binary") return undefined;
  return decodeShortMessage(body, dataCoding, { national, overrides, halfPair: "\ufffd" });
}

function elementWords({ iei, name, fields, data }: Element): string {
  const field = (key: string) => Number(fields?.[key]);
  if (fields !== undefined) {
    switch (name) {
      case "concat8":
      case "concat16":
        return `part ${field("sequence")} of ${field("total")} with reference ${field("reference")}`;
      case "ports8":
      case "ports16":
        return `to port ${field("destination")} from ${field("originator")}`;
      case "national_language_single_shift":
      case "national_language_locking_shift":
        return `${name.replaceAll("_", " ")} ${field("language")}`;
    }
  }
  const title = name === undefined ? `header element ${iei}` : name.replaceAll("_", " ");
  return data.length === 0 ? title : `${title} ${hex(data)}`;
}

/** The byte order mark that UTF-16 begins with, in words. */
export function byteOrderMark(body: Uint8Array): string | undefined {
  return body.length < 2 ? undefined : byteOrderMarks.get(uint16(body, 0));
}

const byteOrderMarks: ReadonlyMap<number, string> = new Map([
  [0xfeff, "byte order mark"],
  [0xfffe, "byte order mark of little-endian"],
]);

/** Whether a text that data_coding says is UCS2 has an odd number of octets, its header not counted. */
export function hasHalfCharacter(body: Uint8Array, dataCoding: number): boolean {
  return dataCoding === DataCoding.ucs2 && body.length % 2 === 1;
}

/** Whether octets are printable ASCII, and not none. */
export function isPrintable(octets: Uint8Array): boolean {
  return octets.length > 0 && octets.every((value) => value >= 0x20 && value < 0x7f);
}

/** The octets as text when all of them are printable ASCII, else how many they are. */
export function describeOctets(octets: Uint8Array): string {
  return isPrintable(octets) ? quoted(latin1(octets)) : `${octets.length} octets`;
}

/** A string in quotes, without characters that control a terminal or change the direction of the line. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
