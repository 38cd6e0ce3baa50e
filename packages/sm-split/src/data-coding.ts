/** What a data_coding value says: charset, message class, message waiting (SMPP 3.4 section 5.2.19). */

/**
 * A charset by name. Beside these, an override may name `utf-8`, `utf-16le`, or any charset of
 * iconv-lite with one or two octets a character.
 */
export type Charset =
  | "gsm0338"
  | "ascii"
  | "latin1"
  | "iso-2022-jp"
  | "iso-8859-5"
  | "iso-8859-8"
  | "utf-16be"
  | "euc-kr"
  | "binary";

/** What data_coding values mean with one SMSC, where that differs from the standard. */
export type CharsetOverrides = Readonly<Record<number, Charset | (string & {})>>;

/** A message waiting indication (3GPP TS 23.038 section 4). */
export interface MessageWaiting {
  /** Whether the text is to be kept (group 0xD0, 0xE0) or may be thrown away (0xC0). */
  readonly store: boolean;
  /** Whether the indicator goes on or off. */
  readonly active: boolean;
  readonly type: "voice" | "fax" | "email" | "other";
}

/** The fields of a data_coding octet. */
export interface DataCoding {
  /** By SMPP 3.4 section 5.2.19 up to 0x0F, by 3GPP TS 23.038 above. */
  readonly charset: Charset;
  /** The same octet read as a TP-DCS of 3GPP TS 23.038, also where SMPP means something else. */
  readonly alphabet: "gsm7" | "8bit" | "ucs2" | "reserved";
  /** 0 flash, 1 mobile equipment, 2 SIM, 3 terminal; undefined where no class is meant. */
  readonly messageClass: 0 | 1 | 2 | 3 | undefined;
  /** Compressed by 3GPP TS 23.042; such octets are handed out as they are. */
  readonly compressed: boolean;
  readonly messageWaiting: MessageWaiting | undefined;
}

/** SMPP 3.4 section 5.2.19, values 0x00 to 0x0F; the reserved and unspecified ones are octets. */
const SMPP_CHARSETS: readonly Charset[] = [
  "gsm0338",
  "ascii",
  "binary",
  "latin1",
  "binary",
  "iso-2022-jp",
  "iso-8859-5",
  "iso-8859-8",
  "utf-16be",
  "binary",
  "iso-2022-jp",
  "binary",
  "binary",
  "binary",
  "euc-kr",
  "binary",
];

/** Bits 3 and 2 of the general groups; 11 is reserved and read as the default alphabet. */
const ALPHABETS = ["gsm7", "8bit", "ucs2", "gsm7"] as const;
const CLASSES = [0, 1, 2, 3] as const;
const WAITING_TYPES = ["voice", "fax", "email", "other"] as const;
const CHARSET_OF_ALPHABET = {
  gsm7: "gsm0338",
  "8bit": "binary",
  ucs2: "utf-16be",
  // 3GPP TS 23.038 section 4: a reserved group is read as the default alphabet.
  reserved: "gsm0338",
} as const;

/**
 * Reads a data_coding octet: values up to 0x0F by SMPP 3.4 section 5.2.19, the others as the
 * message class and message waiting groups of 3GPP TS 23.038 section 4, as the field uses them.
 */
export function readDataCoding(dataCoding: number): DataCoding {
  const group = dataCoding >> 4;
  const alphabet = alphabetOf(dataCoding);
  const compressed = group < 0x8 && (dataCoding & 0x20) !== 0;
  const classed = group < 0x8 ? (dataCoding & 0x10) !== 0 : group === 0xf;
  const waiting = group >= 0xc && group < 0xf;
  return {
    charset: SMPP_CHARSETS[dataCoding] ?? (compressed ? "binary" : CHARSET_OF_ALPHABET[alphabet]),
    alphabet,
    messageClass: classed ? CLASSES[dataCoding & 3] : undefined,
    compressed,
    messageWaiting: waiting
      ? {
          store: group !== 0xc,
          active: (dataCoding & 8) !== 0,
          type: WAITING_TYPES[dataCoding & 3] ?? "other",
        }
      : undefined,
  };
}

function alphabetOf(dataCoding: number): DataCoding["alphabet"] {
  const group = dataCoding >> 4;
  if (group < 0x8) return ALPHABETS[(dataCoding >> 2) & 3] ?? "gsm7";
  if (group < 0xc) return "reserved";
  if (group === 0xe) return "ucs2";
  return group === 0xf && dataCoding & 4 ? "8bit" : "gsm7";
}

/**
 * The charset of a data_coding value. Values without a charset of their own (2, 4, 8-bit classes,
 * reserved ones) are `binary`.
 */
export function charsetOf(dataCoding: number): Charset;
/** The same where an SMSC gives some values another meaning. */
export function charsetOf(dataCoding: number, overrides: CharsetOverrides | undefined): string;
export function charsetOf(dataCoding: number, overrides?: CharsetOverrides): string {
  return overrides?.[dataCoding] ?? readDataCoding(dataCoding).charset;
}

/** The data_coding that means UCS-2 and keeps the message class or message waiting fields. */
export function ucs2DataCoding(dataCoding: number): number {
  const group = dataCoding >> 4;
  // The alphabet bits become UCS-2, the bit for compression is cleared.
  if (group >= 0x1 && group < 0x8 && group !== 0x2) return (dataCoding & 0xd3) | 0x08;
  if (group === 0xf) return 0x18 | (dataCoding & 3);
  // 3GPP has one UCS-2 group for message waiting; it always stores the text.
  if (group >= 0xc) return 0xe0 | (dataCoding & 0x0f);
  return 8;
}
