/** Text to octets, octets to text, and where either may be cut: one row per charset. */
import { canEncode, decode, encode, fit, septetCount, type TableOptions } from "@esme/gsm-codec";
import { cutJisOctets, decodeJis, encodeJis, fitJis, measureJis } from "./jis.ts";
import { characterTable } from "./legacy.ts";
import { cutCharacters } from "./octets.ts";
import type { TextCodec, Unit } from "./text-codec.ts";
import { fromCodeUnits, utf8, utf16be, utf16le } from "./unicode.ts";

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
  ["utf16le", utf16le],
  ["ucs2le", utf16le],
  ["utf8", utf8],
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
