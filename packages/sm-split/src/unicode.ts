/** The encodings of Unicode: UTF-16 in both orders, and UTF-8. */

import { cutCharacters } from "./octets.ts";
import type { TextCodec } from "./text-codec.ts";

/** Where the two octets of a code unit are, and the decoder of that order. */
interface Order {
  readonly high: 0 | 1;
  readonly low: 0 | 1;
  readonly decoder: InstanceType<typeof TextDecoder>;
}

const bigEndian: Order = {
  high: 0,
  low: 1,
  decoder: /* @__PURE__ */ new TextDecoder("utf-16be", { ignoreBOM: true }),
};

const littleEndian: Order = {
  high: 1,
  low: 0,
  decoder: /* @__PURE__ */ new TextDecoder("utf-16le", { ignoreBOM: true }),
};

/** UCS-2 as everybody uses it, surrogate pairs included. */
export const utf16be = utf16(bigEndian);

/** For peers that send the low octet first. */
export const utf16le = utf16(littleEndian);

function utf16(order: Order): TextCodec {
  return {
    unit: "codeUnit",
    measure: (text) => text.length,
    encode(text) {
      const octets = new Uint8Array(2 * text.length);
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        octets[2 * i + order.high] = unit >> 8;
        octets[2 * i + order.low] = unit;
      }
      return octets;
    },
    /**
     * A byte order mark at the beginning (RFC 2781 section 3.2) is followed and dropped, and so are
     * those inside then: the parts of a long text may have one each.
     */
    decode(octets, halfPair) {
      const mark = unitAt(octets, 0, bigEndian);
      if (mark !== MARK && mark !== SWAPPED_MARK) return decodeIn(order, octets, halfPair);
      const marked = mark === MARK ? bigEndian : littleEndian;
      return decodeIn(marked, octets, halfPair).replaceAll("\ufeff", "");
    },
    fit(text, start, units) {
      const end = Math.min(text.length, start + units);
      const inPair = end < text.length && isPair(text.charCodeAt(end - 1), text.charCodeAt(end));
      return inPair ? end - 1 : end;
    },
    cutOctets: (octets, limit) =>
      cutCharacters(octets, limit, (at) =>
        isPair(unitAt(octets, at, order), unitAt(octets, at + 2, order)) ? 4 : 2,
      ),
  };
}

const MARK = 0xfeff;
const SWAPPED_MARK = 0xfffe;

function unitAt(octets: Uint8Array, at: number, { high, low }: Order): number {
  return ((octets[at + high] ?? 0) << 8) | (octets[at + low] ?? 0);
}

/**
 * U+FFFD for an octet left over and for any half of a pair, which no JSON reader needs to take;
 * `halfPair` for a first half at the very end. TextDecoder is the fastest way to a string.
 */
function decodeIn(order: Order, octets: Uint8Array, halfPair = ""): string {
  const { length } = octets;
  const isCut = length % 2 === 0 && isHighSurrogate(unitAt(octets, length - 2, order));
  if (!isCut) return order.decoder.decode(octets);
  return order.decoder.decode(octets.subarray(0, length - 2)) + halfPair;
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

/** The text of UTF-16 code units. */
export function fromCodeUnits(units: readonly number[]): string {
  let text = "";
  for (let at = 0; at < units.length; at += CHUNK) {
    text += String.fromCharCode(...units.slice(at, at + CHUNK));
  }
  return text;
}
