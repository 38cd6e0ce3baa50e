/** Character tables of older charsets, made by asking a decoder what every code means. */
import iconv from "iconv-lite";
import { SplitError } from "./error.ts";

/** A charset of one or two octets a character, without states. */
export interface CharacterTable {
  /** Code point to code: one octet, or two as lead * 256 + trail. */
  readonly codes: ReadonlyMap<number, number>;
  /** Code to character. */
  readonly characters: ReadonlyMap<number, string>;
  /** Whether an octet begins a character of two octets. */
  readonly leads: readonly boolean[];
  decode(octets: Uint8Array): string;
}

const REPLACEMENT = "\ufffd";
const LINE_FEED = 0x0a;
const FIRST_TRAIL = 0x40;
const LAST_TRAIL = 0xfe;

const tables = new Map<string, CharacterTable>();

/**
 * The table of a charset by its iconv-lite or WHATWG name.
 *
 * @throws {SplitError} `unknown_charset`
 */
export function characterTable(charset: string): CharacterTable {
  let table = tables.get(charset);
  if (table === undefined) {
    table = build(decoderOf(charset));
    if (!isStateless(table)) throw unknownCharset(charset);
    tables.set(charset, table);
  }
  return table;
}

/**
 * iconv-lite where there is one. A browser bundle has none (`browser` in package.json leaves it
 * out, since it needs Node's Buffer) and asks the TextDecoder, which browsers have for all these
 * charsets; the tests compare both, code by code.
 */
function decoderOf(charset: string): (octets: Uint8Array) => string {
  if ("decode" in iconv) {
    if (!iconv.encodingExists(charset)) throw unknownCharset(charset);
    return (octets) => iconv.decode(octets, charset);
  }
  try {
    const decoder = new TextDecoder(charset);
    return (octets) => decoder.decode(octets);
  } catch {
    throw unknownCharset(charset);
  }
}

function unknownCharset(charset: string): SplitError {
  return new SplitError(
    "unknown_charset",
    `charset ${charset} is unknown: expected one of this package, or one of iconv-lite that has one or two octets a character`,
  );
}

function build(decode: (octets: Uint8Array) => string): CharacterTable {
  const codes = new Map<number, number>();
  const characters = new Map<number, string>();
  /** Whether the decoded text is one character. The first code of a character is its code. */
  const add = (text: string, code: number): boolean => {
    const character = text.codePointAt(0);
    if (character === undefined || text === REPLACEMENT) return false;
    if (text !== String.fromCodePoint(character)) return false;
    characters.set(code, text);
    if (!codes.has(character)) codes.set(character, code);
    return true;
  };
  const leads: boolean[] = [];
  for (let octet = 0; octet < 256; octet++) {
    const alone = add(decode(Uint8Array.of(octet)), octet);
    const pairs = alone ? [] : decodePairs(decode, octet);
    const lead = pairs.filter((text, index) => add(text, octet * 256 + FIRST_TRAIL + index));
    leads.push(lead.length > 0);
  }
  return { codes, characters, leads, decode };
}

/** Whether the characters stay the same in one text: else this is no table of characters. */
function isStateless({ characters, decode }: CharacterTable): boolean {
  const octets: number[] = [];
  for (const code of characters.keys())
    octets.push(...(code > 255 ? [code >> 8, code & 255] : [code]));
  const text = decode(Uint8Array.from(octets));
  return characters.size > 0 && text === [...characters.values()].join("");
}

/** What an octet means with each that may follow it: all decoded at once, a line feed between. */
function decodePairs(decode: (octets: Uint8Array) => string, lead: number): string[] {
  const pairs: number[] = [];
  for (let trail = FIRST_TRAIL; trail <= LAST_TRAIL; trail++) pairs.push(lead, trail, LINE_FEED);
  return decode(Uint8Array.from(pairs)).split("\n");
}
