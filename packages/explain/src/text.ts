// What the octets of a text say, as far as it can be told without the alphabets of @esme/sm-split.

import { DataCoding, EsmClass } from "@esme/pdu";
import { latin1, octet, uint16 } from "./octets.ts";

/** Whether esm_class says that the text begins with a user data header. */
export function hasUdhi(esmClass: number): boolean {
  return (esmClass & EsmClass.gsm_features.udhi) !== 0;
}

/**
 * The octets of the user data header (3GPP TS 23.040 section 9.2.3.24) that a text begins with, its
 * length octet included; 0 when the first octets cannot be one.
 */
export function headerLength(text: Uint8Array): number {
  return elementsOf(text) === undefined ? 0 : 1 + octet(text, 0);
}

/** Whether a text that data_coding says is UCS2 has an odd number of octets, its header not counted. */
export function hasHalfCharacter(text: Uint8Array, esmClass: number, dataCoding: number): boolean {
  if (dataCoding !== DataCoding.ucs2) return false;
  const header = hasUdhi(esmClass) ? headerLength(text) : 0;
  return (text.length - header) % 2 === 1;
}

interface Element {
  readonly id: number;
  readonly data: Uint8Array;
}

/** The information elements of a header, undefined when the octets do not add up to one. */
function elementsOf(text: Uint8Array): Element[] | undefined {
  const end = text.length > 0 ? 1 + octet(text, 0) : 0;
  if (end < 3 || end > text.length) return undefined;
  const elements: Element[] = [];
  let at = 1;
  while (at + 1 < end) {
    const next = at + 2 + octet(text, at + 1);
    if (next > end) return undefined;
    elements.push({ id: octet(text, at), data: text.subarray(at + 2, next) });
    at = next;
  }
  return at === end ? elements : undefined;
}

/** A text in words: its header when there is one, and its characters when they can be told. */
export function describeText(text: Uint8Array, esmClass: number, dataCoding: number): string {
  const elements = hasUdhi(esmClass) ? elementsOf(text) : undefined;
  const body = elements ? text.subarray(headerLength(text)) : text;
  return [...(elements ?? []).map(describeElement), describeBody(body, dataCoding)].join(", ");
}

function describeElement({ id, data }: Element): string {
  // Concatenation with a reference of 8 and of 16 bits (section 9.2.3.24.1 and .8).
  const wide = id === 0x08 && data.length === 4;
  if (wide || (id === 0x00 && data.length === 3)) {
    const reference = wide ? uint16(data, 0) : octet(data, 0);
    const [total, part] = [octet(data, data.length - 2), octet(data, data.length - 1)];
    return `part ${part} of ${total} with reference ${reference}`;
  }
  // Application ports of 16 bits (section 9.2.3.24.4).
  if (id === 0x05 && data.length === 4) return `to port ${uint16(data, 0)} from ${uint16(data, 2)}`;
  return `header element ${id} of ${data.length} octets`;
}

function describeBody(body: Uint8Array, dataCoding: number): string {
  if (dataCoding !== DataCoding.ucs2 || body.length % 2 === 1) return describeOctets(body);
  const mark = byteOrderMark(body);
  const units = Array.from({ length: body.length / 2 }, (_, index) => uint16(body, 2 * index));
  const ordered = mark?.swapped ? units.map((unit) => (unit >> 8) | ((unit & 0xff) << 8)) : units;
  const text = ordered.slice(mark ? 1 : 0).map((unit) => String.fromCharCode(unit));
  return `${mark ? `${mark.name}, ` : ""}${quoted(text.join(""))}`;
}

/** The byte order mark that a text of UTF-16 begins with. */
export function byteOrderMark(text: Uint8Array) {
  return text.length < 2 ? undefined : byteOrderMarks.get(uint16(text, 0));
}

const byteOrderMarks = new Map([
  [0xfeff, { name: "byte order mark", swapped: false }],
  [0xfffe, { name: "byte order mark of little-endian", swapped: true }],
]);

/** The octets as text when all of them are printable ASCII, else how many they are. */
export function describeOctets(octets: Uint8Array): string {
  const isText = octets.length > 0 && octets.every((value) => value >= 0x20 && value < 0x7f);
  return isText ? quoted(latin1(octets, 0, octets.length)) : `${octets.length} octets`;
}

/** A string in quotes, with nothing in it that a terminal obeys or that turns the line around. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
