/** Text to octets, octets to text, and where either may be cut: one row per charset. */
import { canEncode, decode, encode, fit, septetCount, type TableOptions } from "@esme/gsm-codec";
import { cutJisOctets, decodeJis, encodeJis, fitJis, measureJis } from "./jis.ts";
import { characterTable } from "./legacy.ts";
import { cutCharacters } from "./octets.ts";

/** How one charset works. Texts given to `encode` and `fit` have been measured before. */
export interface TextCodec {
  readonly unit: Unit;
  /** Units of a text; undefined when it has a character that the charset has not. */
  measure(text: string): number | undefined;
  encode(text: string): Uint8Array;
  /** Never throws. */
  decode(octets: Uint8Array): string;
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

const ESCAPE = 0x1b;
const REPLACEMENT_CHARACTER = 0xfffd;

/** The codec of a charset; `national` tells the tables of GSM 03.38. */
export function codecOf(charset: string, national?: TableOptions): TextCodec {
  if (isGsm(charset)) return national === undefined ? gsm : gsmCodec(national);
  return codecs.get(charset) ?? codecs.get(bareName(charset)) ?? tableCodec(charset);
}

/** Whether a charset has national tables. */
export function isGsm(charset: string): boolean {
  return charset === "gsm0338" || (!codecs.has(charset) && bareName(charset) === "gsm0338");
}

/** A name without case and punctuation. */
function bareName(charset: string): string {
  return charset.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function gsmCodec(tables: TableOptions | undefined): TextCodec {
  return {
    unit: "septet",
    measure: (text) => (canEncode(text, tables) ? septetCount(text, tables) : undefined),
    encode: (text) => encode(text, tables),
    decode: (octets) => decode(octets, tables),
    fit: (text, start, units) => fit(text, units, { ...tables, start }),
    cutOctets: (octets, limit) =>
      cutCharacters(octets, limit, (index) => (octets[index] === ESCAPE ? 2 : 1)),
  };
}

const gsm = gsmCodec(undefined);

/** Octets that are characters of their own up to `last`, which is Latin-1 or a part of it. */
function octetCodec(unit: Unit, last: number): TextCodec {
  return {
    unit,
    measure(text) {
      for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > last) return undefined;
      return text.length;
    },
    encode(text) {
      const octets = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
      return octets;
    },
    decode(octets) {
      const units: number[] = [];
      for (const octet of octets) units.push(octet > last ? REPLACEMENT_CHARACTER : octet);
      return fromCodeUnits(units);
    },
    fit: (text, start, units) => Math.min(text.length, start + units),
    cutOctets: (octets, limit) => cutCharacters(octets, limit, () => 1),
  };
}

const latin1 = octetCodec("octet", 0xff);

const utf16be: TextCodec = {
  unit: "codeUnit",
  measure: (text) => text.length,
  encode(text) {
    const octets = new Uint8Array(2 * text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      octets[2 * i] = unit >> 8;
      octets[2 * i + 1] = unit;
    }
    return octets;
  },
  /** A byte order mark is kept; half a character at the very end, cut off on its way, is not. */
  decode(octets) {
    const units: number[] = [];
    for (let i = 0; i + 1 < octets.length; i += 2) {
      units.push(((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0));
    }
    if (isHighSurrogate(units.at(-1) ?? 0)) units.pop();
    return fromCodeUnits(units);
  },
  fit(text, start, units) {
    const end = Math.min(text.length, start + units);
    return end < text.length && isPair(text.charCodeAt(end - 1), text.charCodeAt(end))
      ? end - 1
      : end;
  },
  cutOctets(octets, limit) {
    const unitAt = (at: number) => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
    return cutCharacters(octets, limit, (at) => (isPair(unitAt(at), unitAt(at + 2)) ? 4 : 2));
  },
};

const iso2022jp: TextCodec = {
  unit: "octet",
  measure: measureJis,
  encode: encodeJis,
  decode: decodeJis,
  fit: fitJis,
  cutOctets: cutJisOctets,
};

/** No text has this charset; octets are shown as Latin-1, so that nothing is lost. */
const binary: TextCodec = { ...latin1, measure: (text) => (text === "" ? 0 : undefined) };

/** SMPP's IA5 travels in septets on the radio path, hence its 160 characters. */
const ascii = octetCodec("septet", 0x7f);

/** By our names and by bare ones. iconv-lite's UCS-2 and UTF-16 would be little-endian. */
const codecs: ReadonlyMap<string, TextCodec> = new Map([
  ["ascii", ascii],
  ["usascii", ascii],
  ["latin1", latin1],
  ["iso88591", latin1],
  ["binary", binary],
  ["utf-16be", utf16be],
  ["utf16be", utf16be],
  ["utf16", utf16be],
  ["ucs2", utf16be],
  ["iso-2022-jp", iso2022jp],
  ["iso2022jp", iso2022jp],
]);

function tableCodec(charset: string): TextCodec {
  const { codes, leads, decode: decodeOctets } = characterTable(charset);
  const strict = charset === "euc-kr";
  /** Octets of a character, 0 for one that is not to be written. */
  const width = (character: number): number => {
    const code = codes.get(character);
    if (code === undefined) return 0;
    if (code < 256) return 1;
    return strict && !isKsC5601(code) ? 0 : 2;
  };
  return {
    unit: "octet",
    measure(text) {
      let octets = 0;
      for (const character of text) {
        const size = width(character.codePointAt(0) ?? 0);
        if (size === 0) return undefined;
        octets += size;
      }
      return octets;
    },
    encode(text) {
      const octets: number[] = [];
      for (const character of text) {
        const code = codes.get(character.codePointAt(0) ?? 0) ?? 0;
        if (code > 255) octets.push(code >> 8);
        octets.push(code & 0xff);
      }
      return Uint8Array.from(octets);
    },
    decode: decodeOctets,
    fit(text, start, units) {
      let left = units;
      let index = start;
      while (index < text.length) {
        const character = text.codePointAt(index) ?? 0;
        left -= width(character);
        if (left < 0) return index;
        index += character > 0xffff ? 2 : 1;
      }
      return index;
    },
    cutOctets: (octets, limit) =>
      cutCharacters(octets, limit, (index) => (leads[octets[index] ?? 0] ? 2 : 1)),
  };
}

/**
 * Whether a code of two octets is KS C 5601-1987, which every peer can read: the euro sign and two
 * more came later, and what lies outside 94 by 94 codes is CP949.
 */
function isKsC5601(code: number): boolean {
  return code >= 0xa1a1 && (code & 0xff) >= 0xa1 && !(code >= 0xa2e6 && code <= 0xa2e8);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isPair(first: number, second: number): boolean {
  return isHighSurrogate(first) && second >= 0xdc00 && second <= 0xdfff;
}

/** Function arguments per call of `String.fromCharCode`: far below every engine's limit. */
const CHUNK = 4096;

function fromCodeUnits(units: readonly number[]): string {
  let text = "";
  for (let at = 0; at < units.length; at += CHUNK) {
    text += String.fromCharCode(...units.slice(at, at + CHUNK));
  }
  return text;
}
