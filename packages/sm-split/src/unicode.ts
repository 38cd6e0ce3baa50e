/** The encodings of Unicode: UTF-16 in both orders, and UTF-8. */
import type { TextCodec } from "./charset.ts";
import { cutCharacters } from "./octets.ts";

/** UCS-2 as everybody uses it, surrogate pairs included. */
export const utf16be = utf16(1, 0);

/** For peers that send the low octet first. */
export const utf16le = utf16(0, 1);

/** `low` and `high` are the places of the two octets of a code unit. */
function utf16(low: number, high: number): TextCodec {
  const unitAt = (octets: Uint8Array, at: number) =>
    ((octets[at + high] ?? 0) << 8) | (octets[at + low] ?? 0);
  return {
    unit: "codeUnit",
    measure: (text) => text.length,
    encode(text) {
      const octets = new Uint8Array(2 * text.length);
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        octets[2 * i + high] = unit >> 8;
        octets[2 * i + low] = unit;
      }
      return octets;
    },
    /** A byte order mark is kept; half a character at the very end, cut off on its way, is not. */
    decode(octets) {
      const units: number[] = [];
      for (let at = 0; at + 1 < octets.length; at += 2) units.push(unitAt(octets, at));
      if (isHighSurrogate(units.at(-1) ?? 0)) units.pop();
      return fromCodeUnits(units);
    },
    fit(text, start, units) {
      const end = Math.min(text.length, start + units);
      const inPair = end < text.length && isPair(text.charCodeAt(end - 1), text.charCodeAt(end));
      return inPair ? end - 1 : end;
    },
    cutOctets: (octets, limit) =>
      cutCharacters(octets, limit, (at) =>
        isPair(unitAt(octets, at), unitAt(octets, at + 2)) ? 4 : 2,
      ),
  };
}

/** For overrides: no data_coding means UTF-8. A lone surrogate cannot be encoded. */
export const utf8: TextCodec = {
  unit: "octet",
  measure: (text) =>
    /\p{Surrogate}/u.test(text) ? undefined : new TextEncoder().encode(text).length,
  encode: (text) => new TextEncoder().encode(text),
  decode: (octets) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets),
  fit(text, start, units) {
    let left = units;
    let index = start;
    while (index < text.length) {
      const character = text.codePointAt(index) ?? 0;
      left -= character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
      if (left < 0) return index;
      index += character > 0xffff ? 2 : 1;
    }
    return index;
  },
  cutOctets: (octets, limit) => cutCharacters(octets, limit, (at) => utf8Width(octets[at] ?? 0)),
};

/** Octets of a character by its first one. */
function utf8Width(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isPair(first: number, second: number): boolean {
  return isHighSurrogate(first) && second >= 0xdc00 && second <= 0xdfff;
}

/** Function arguments per call of `String.fromCharCode`: far below every engine's limit. */
const CHUNK = 4096;

/** The text of UTF-16 code units, lone surrogates included, which a TextDecoder would replace. */
export function fromCodeUnits(units: readonly number[]): string {
  let text = "";
  for (let at = 0; at < units.length; at += CHUNK) {
    text += String.fromCharCode(...units.slice(at, at + CHUNK));
  }
  return text;
}
