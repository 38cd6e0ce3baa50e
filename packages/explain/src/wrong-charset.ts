// Finds texts whose octets are in another charset than data_coding says, and reads them as they were meant.

import { decodeShortMessage, unpackBody } from "@esme/sm-split";
import { octet, uint16 } from "./octets.ts";
import { isPrintable } from "./text.ts";

/** What is wrong with the charset of a text. */
export interface WrongCharset {
  /** One sentence without values. */
  readonly words: string;
  /** The text as it was meant; undefined where nobody can tell. */
  readonly meant: string | undefined;
}

type Check = (body: Uint8Array, header: Uint8Array) => WrongCharset | undefined;

const NONE = new Uint8Array(0);

/** What is wrong with `body`, which stands behind `header` and is said to be in `charset`. */
export function wrongCharset(
  body: Uint8Array,
  charset: string,
  header: Uint8Array = NONE,
): WrongCharset | undefined {
  for (const check of checks[charset] ?? []) {
    const found = check(body, header);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** UTF-8 with at least one character that is not ASCII. */
const utf8: Check = (body) => {
  const meant = utf8Text(body);
  if (meant === undefined || meant.length === body.length) return undefined;
  return { words: "the text is UTF-8, which SMPP has no data_coding for", meant };
};

/** Septets of GSM 03.38 where ASCII or Latin-1 is said: `@` is 0x00, `ü` is 0x7E, `€` is 0x1B 0x65. */
const gsm: Check = (body) => {
  if (!body.some((value) => value < 0x20 && !isLineEnd(value)) || body.some((v) => v > 0x7f)) {
    return undefined;
  }
  const words = "the text has control characters: it is GSM 03.38, which is data_coding 0";
  return { words, meant: read(body, "gsm0338") };
};

/** Octets above 0x7F where septets are said: packed septets when they read well, else Latin-1. */
const notSeptets: Check = (body, header) => {
  if (!body.some((value) => value > 0x7f)) return undefined;
  const unpacked = read(unpackBody(body, header), "gsm0338").replace(/\r$|@$/, "");
  if (body.length >= 4 && isProse(unpacked)) {
    const words = "the text is packed septets: SMPP carries one septet an octet";
    return { words, meant: unpacked };
  }
  const words = "the text has octets above 0x7F, which GSM 03.38 does not have: Latin-1?";
  return { words, meant: read(body, "latin1") };
};

/** ASCII where GSM 03.38 is said shows in addresses: `@` (0x40) is `¡`, `_` (0x5F) is `§`. */
const asciiAddress: Check = (body) => {
  if (body.some((value) => value > 0x7f)) return undefined;
  const said = read(body, "gsm0338");
  if (!/[a-z0-9]¡[a-z0-9-]{1,63}\.[a-z]/i.test(said) && !/https?:\/\/\S{0,200}§/i.test(said)) {
    return undefined;
  }
  const words = "the text is ASCII: in GSM 03.38 @ is 0x00 and _ is 0x11";
  return { words, meant: read(body, "ascii") };
};

/** UTF-16 with its octets the wrong way round; a byte order mark has a remark of its own. */
const littleEndian: Check = (body) => {
  const count = body.length / 2;
  if (body.length % 2 === 1 || count < 2 || uint16(body, 0) === 0xfffe) return undefined;
  let big = 0;
  let little = 0;
  for (let at = 0; at < body.length; at += 2) {
    const unit = uint16(body, at);
    if (isCommon(unit)) big++;
    if (isCommon((octet(body, at + 1) << 8) | octet(body, at))) little++;
  }
  if (little < count * 0.9 || big > count * 0.3) return undefined;
  const words = "the text is UTF-16 in little-endian order: UCS2 of SMPP is big-endian";
  return { words, meant: read(body, "utf-16le") };
};

/** One octet a character where two are said. */
const singleOctets: Check = (body) => {
  const letters = body.filter((value) => /[a-z ]/i.test(String.fromCharCode(value))).length;
  if (body.length < 6 || !isPrintable(body) || letters < body.length * 0.7) return undefined;
  const words = "the text has one octet a character, but data_coding says UCS2, which has two";
  return { words, meant: read(body, "ascii") };
};

/** By charset, the likeliest first. */
const checks: Readonly<Record<string, readonly Check[]>> = {
  gsm0338: [utf8, notSeptets, asciiAddress],
  ascii: [utf8, gsm],
  latin1: [utf8, gsm],
  "utf-16be": [singleOctets, littleEndian],
};

/** The characters of octets in a charset by name. */
function read(octets: Uint8Array, charset: string): string {
  return decodeShortMessage(octets, 0, { overrides: { 0: charset } });
}

/** The text of well-formed UTF-8, undefined for other octets. */
function utf8Text(octets: Uint8Array): string | undefined {
  const text = read(octets, "utf-8");
  return text.includes("\ufffd") || octets.some(isControl) ? undefined : text;
}

function isLineEnd(value: number): boolean {
  return value === 0x0a || value === 0x0d || value === 0x09;
}

function isControl(value: number): boolean {
  return value < 0x20 && !isLineEnd(value);
}

/** A character of the scripts from Latin to Arabic, without control characters. */
function isCommon(unit: number): boolean {
  return unit < 0x700 && (unit >= 0x20 || isLineEnd(unit));
}

/** Mostly letters, figures and blanks: what text is and random octets are not. */
function isProse(text: string): boolean {
  const usual = text.match(/[a-z0-9 .,:!?'\n-]/gi)?.length ?? 0;
  return text.length > 0 && usual >= text.length * 0.9;
}
