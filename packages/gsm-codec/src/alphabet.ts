/** The default alphabet of 3GPP TS 23.038 and the look-up tables made of it or of national ones. */
import { GsmError } from "./error.ts";

/** The septet that announces a character of the extension table (TS 23.038 section 6.2.1.1). */
export const ESCAPE = 0x1b;

/** Marks a character without septet in an encoding table. */
export const NONE = 0xffff;

/** Runs of characters: the septet of the first one, and all that follow it septet by septet. */
export type ShiftTable = readonly (readonly [first: number, characters: string])[];

/** A national language: its tables and its identifier in a user data header. */
export interface Language {
  /** National language identifier, 1 to 13 (TS 23.038 section 6.2.1.2.4). */
  readonly id: number;
  readonly name: string;
  readonly iso639: string;
  /** 128 characters by septet, NUL where there is none. Spanish has no locking table. */
  readonly locking: string | undefined;
  /** What the septets after an escape are. */
  readonly singleShift: ShiftTable;
}

/** The tables to use instead of the default alphabet and its extension. */
export interface TableOptions {
  /**
   * Replaces the default alphabet: a language of `languages`, or its identifier. 0 is the default
   * alphabet; so is Spanish (2), which has no locking table.
   */
  readonly locking?: Language | number | undefined;
  /** Replaces the default extension table: a language of `languages`, or its identifier. */
  readonly singleShift?: Language | number | undefined;
}

/** Look-up tables of one pair of alphabet and extension. */
export interface Alphabet {
  /** By UTF-16 code unit: the septet, or 0x1B00 + septet after an escape, or {@link NONE}. */
  readonly septets: Uint16Array;
  /** By octet: the UTF-16 code unit; U+FFFD from 0x80 on. */
  readonly characters: Uint16Array;
  /** The same for the octet after an escape. */
  readonly escaped: Uint16Array;
}

/** The default alphabet and its extension (TS 23.038 sections 6.2.1 and 6.2.1.1). */
export const defaultTables: { readonly locking: string; readonly singleShift: ShiftTable } = {
  locking:
    "@£$¥èéùìòÇ\nØø\rÅå" +
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" +
    " !\"#¤%&'()*+,-./" +
    "0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNO" +
    "PQRSTUVWXYZÄÖÑÜ§" +
    "¿abcdefghijklmno" +
    "pqrstuvwxyzäöñüà",
  singleShift: [
    [0x0a, "\f"],
    [0x14, "^"],
    [0x28, "{}"],
    [0x2f, "\\"],
    [0x3c, "[~]"],
    [0x40, "|"],
    [0x65, "€"],
  ],
};

const SPACE = 0x20;
const REPLACEMENT_CHARACTER = 0xfffd;
/** The last identifier that the standard assigns. */
export const LAST_LANGUAGE = 13;
/** One more than U+221E in the Portuguese tables, the highest character of all. */
const TABLE_SIZE = 0x221f;

// Filled by `loadLanguages`, so that an identifier works without the tables being imported here:
// a bundler drops them when nobody imports `languages`.
const loaded = new Map<number, Language>();

/** The default tables in place of a language, as a key. */
const NO_LANGUAGE = {};
/**
 * By the language of the alphabet, then by that of the extension. By the languages themselves, not
 * by their identifiers: a program may bring a language of its own with any identifier.
 */
const alphabets = new WeakMap<object, WeakMap<object, Alphabet>>();

/** Makes identifiers of these languages known to `encode` and `decode`; gives them back. */
export function loadLanguages(
  rows: Readonly<Record<number, Language>>,
): Readonly<Record<number, Language>> {
  for (const language of Object.values(rows)) loaded.set(language.id, language);
  return rows;
}

/** The tables that the options name. A reserved identifier throws. */
export function alphabetOf(options: TableOptions | undefined): Alphabet {
  return alphabet(languageOf(options?.locking, false), languageOf(options?.singleShift, false));
}

/** The tables that the options name; a reserved identifier means the default table. */
export function alphabetToRead(options: TableOptions | undefined): Alphabet {
  return alphabet(languageOf(options?.locking, true), languageOf(options?.singleShift, true));
}

function languageOf(language: Language | number | undefined, lenient: boolean) {
  if (typeof language !== "number") return language;
  if (language === 0) return undefined;
  const known = loaded.get(language);
  if (known !== undefined) return known;
  if (Number.isInteger(language) && language > 0 && language <= LAST_LANGUAGE) {
    throw new GsmError(
      "tables_not_loaded",
      `the table of national language ${language} is not in this bundle: pass languages[${language}] instead`,
    );
  }
  // TS 23.038 section 6.2.1.2.4: a reserved value is ignored by the reader.
  if (lenient) return undefined;
  throw new GsmError(
    "unknown_language",
    `national language ${language} is unknown: expected 0 to ${LAST_LANGUAGE}`,
  );
}

function alphabet(locking: Language | undefined, singleShift: Language | undefined): Alphabet {
  let row = alphabets.get(locking ?? NO_LANGUAGE);
  if (row === undefined) {
    row = new WeakMap();
    alphabets.set(locking ?? NO_LANGUAGE, row);
  }
  let found = row.get(singleShift ?? NO_LANGUAGE);
  if (found === undefined) {
    found = build(
      locking?.locking ?? defaultTables.locking,
      singleShift?.singleShift ?? defaultTables.singleShift,
    );
    row.set(singleShift ?? NO_LANGUAGE, found);
  }
  return found;
}

/** TS 23.038 section 6.2.1 on reading: an escape without character shows the alphabet's own. */
function build(base: string, extension: ShiftTable): Alphabet {
  const septets = new Uint16Array(TABLE_SIZE).fill(NONE);
  const characters = new Uint16Array(256).fill(REPLACEMENT_CHARACTER);
  for (let septet = 0; septet < 128; septet++) {
    // NUL marks a septet without character: shown as a space, never written.
    characters[septet] = base.charCodeAt(septet) || SPACE;
  }
  characters[ESCAPE] = SPACE;
  const escaped = characters.slice();
  for (const [first, run] of extension) {
    for (let i = 0; i < run.length; i++) {
      const septet = first + i;
      const unit = run.charCodeAt(i);
      escaped[septet] = unit;
      if (septets[unit] === NONE) septets[unit] = (ESCAPE << 8) | septet;
    }
  }
  // The alphabet after the extension, and downwards: one septet beats two, the lowest wins.
  for (let septet = 127; septet >= 0; septet--) {
    const unit = base.charCodeAt(septet);
    if (unit !== 0 && septet !== ESCAPE) septets[unit] = septet;
  }
  return { septets, characters, escaped };
}
