// What is odd about a PDU that can be read: the mistakes that make SMPP links fail in the field.

import {
  type CommandName,
  commands,
  type DissectedField,
  type Dissection,
  EsmClass,
  hasUserDataHeader,
  hexNumber,
  isResponse,
  parseTime,
  type TlvName,
  type TlvType,
  Ton,
  tlvs,
} from "@esme/pdu";
import { charsetOf, readUdh } from "@esme/sm-split";
import type { ExplainOptions } from "./explain-options.ts";
import { isReserved } from "./meaning.ts";
import { bodyOf, byteOrderMark, hasHalfCharacter, headerLength, quoted } from "./text.ts";
import { wrongCharset } from "./wrong-charset.ts";

/** What a rule looks at. */
interface Facts {
  readonly command: CommandName;
  readonly pdu: Dissection["pdu"];
  readonly fields: readonly DissectedField[];
  /** The text with its header, from short_message or message_payload. */
  readonly text: Uint8Array;
  /** The text without its header. */
  readonly body: Uint8Array;
  readonly esmClass: number | undefined;
  /** That of data_coding; undefined where the PDU has none. */
  readonly charset: string | undefined;
  /** Whether texts may be shown. */
  readonly content: boolean;
}

type Rule = (facts: Facts) => string | readonly string[] | undefined;

/** The rows of the standard TLVs by name. */
const standardTlvs: ReadonlyMap<string, TlvType & Pick<(typeof tlvs)[TlvName], "allowed_in">> =
  new Map(Object.entries(tlvs));

/** Octets of the tag and the length of a TLV. */
const TLV_HEADER = 4;

const rules: readonly Rule[] = [
  ({ command, pdu }) => {
    const isRequest = !isResponse(commands[command].id);
    if (isRequest && pdu["command_status"] !== 0) return "command_status is not 0 in a request";
    return undefined;
  },

  ({ command, pdu }) => {
    const number = Number(pdu["sequence_number"]);
    if (number >= 1 && number <= 0x7fff_ffff) return undefined;
    if (number === 0 && command === "generic_nack") return undefined;
    return "sequence_number is outside 0x00000001 to 0x7FFFFFFF";
  },

  ({ command, fields }) => {
    const { id, fields: expected } = commands[command];
    const expectsFields = Object.keys(expected).length > 0;
    return isResponse(id) && expectsFields && fields.length === 0
      ? "the body is absent"
      : undefined;
  },

  ({ fields }) =>
    fields.flatMap(({ name: field, value, type }) =>
      typeof value === "number" && type && isReserved(type, value) && !isDcs(field, value)
        ? [`${field} ${value} is a reserved value`]
        : [],
    ),

  ({ fields }) =>
    fields.flatMap(({ name: field, value, type }) => {
      const [least, greatest] = (type?.type === "integer" && type.range) || [];
      if (least === undefined || greatest === undefined) return [];
      const isOutside = Number(value) < least || Number(value) > greatest;
      return isOutside ? [`${field} ${value} is not within ${least} to ${greatest}`] : [];
    }),

  ({ fields }) =>
    fields.flatMap(({ name: field, value, type }) => {
      if (type?.type !== "c-octet-string" || type.format !== "time") return [];
      return isTime(String(value)) ? [] : [`${field} is no time of SMPP`];
    }),

  ({ command, fields }) =>
    fields.flatMap(({ name: field, tag }) => {
      if (tag === undefined) return [];
      if (field === undefined) return [`TLV ${hexNumber(tag, 4)} is ${tagRange(tag)}`];
      const lists = standardTlvs.get(field)?.allowed_in;
      if (lists === undefined) return [];
      const listed: readonly string[] = [...lists["3.4"], ...lists["5.0"]];
      return listed.includes(command) ? [] : [`TLV ${field} is not listed for ${command}`];
    }),

  ({ fields }) => {
    const seen = new Set<number>();
    return fields.flatMap(({ name: field, tag }) => {
      if (tag === undefined || field === undefined) return [];
      const again = seen.has(tag) && !standardTlvs.get(field)?.multiple;
      seen.add(tag);
      return again ? [`TLV ${field} stands more than once`] : [];
    });
  },

  ({ fields }) =>
    fields.flatMap(({ name: field, tag, start, end, value }) => {
      if (tag === undefined || typeof value !== "string") return [];
      const behind = end - start - TLV_HEADER - value.length - 1; // the NUL
      return behind > 0
        ? [`TLV ${field} has ${behind} octets behind its NUL, which are no part of it`]
        : [];
    }),

  ({ command, pdu }) =>
    commands[command].mandatory_tlvs
      .filter((name) => pdu[name] === undefined)
      .map((name) => `TLV ${name} is missing: SMPP 5.0 requires it`),

  ({ pdu }) => {
    const names = ["sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum"];
    const missing = names.filter((name) => pdu[name] === undefined);
    return missing.length > 0 && missing.length < names.length
      ? `${missing.join(" and ")} missing: the three sar TLVs mean something only together`
      : undefined;
  },

  ({ pdu }) =>
    Number(pdu["sar_segment_seqnum"]) > Number(pdu["sar_total_segments"])
      ? "sar_segment_seqnum is above sar_total_segments"
      : undefined,

  ({ pdu }) =>
    lengthOf(pdu["short_message"]) > 0 && lengthOf(pdu["message_payload"]) > 0
      ? "short_message and message_payload are both there: only one may have the text"
      : undefined,

  ({ esmClass, text }) => {
    if (esmClass === undefined || text.length === 0) return undefined;
    const isHeader = headerLength(text) > 0;
    if (hasUserDataHeader(esmClass)) {
      return isHeader ? undefined : "UDHI is set in esm_class, but the text begins with no header";
    }
    return isHeader
      ? "the text begins like a user data header, but UDHI (0x40) is not set in esm_class: handsets will show the header"
      : undefined;
  },

  ({ body, pdu }) =>
    hasHalfCharacter(body, Number(pdu["data_coding"]))
      ? "data_coding is ucs2, but the text has an odd number of octets"
      : undefined,

  ({ charset, body }) =>
    charset === "utf-16be" && byteOrderMark(body) !== undefined
      ? "the text begins with a byte order mark: SMPP's UCS2 is big-endian without one, and handsets may show it"
      : undefined,

  ({ pdu, charset, text, body, content }) => {
    if (charset === undefined || body.length === 0) return undefined;
    const header = text.subarray(0, text.length - body.length);
    const wrong = wrongCharset(body, charset, header);
    if (wrong === undefined) return undefined;
    const words = `data_coding is ${pdu["data_coding"]}, but ${wrong.words}`;
    return content && wrong.meant !== undefined
      ? `${words}. It reads ${quoted(wrong.meant)}`
      : words;
  },

  ({ text, body, charset, esmClass = 0 }) => {
    const isSeptets = charset === "gsm0338" || charset === "ascii";
    const header = text.length - body.length;
    const room = isSeptets ? Math.floor(((140 - header) * 8) / 7) : 140 - header;
    if (charset === undefined || body.length <= room) return undefined;
    const [size, unit] = [body.length, isSeptets ? "septets" : "octets"];
    return hasUserDataHeader(esmClass)
      ? `the part has ${size} ${unit} behind its header: an SMS has room for ${room}`
      : undefined;
  },

  ({ text, esmClass = 0 }) => {
    const { concat, elements } = hasUserDataHeader(esmClass) ? readUdh(text) : { elements: [] };
    const numbered = elements.find(({ name }) => name === "concat8" || name === "concat16");
    return numbered !== undefined && concat === undefined
      ? "the header numbers a part that cannot be: parts count from 1 to their total"
      : undefined;
  },

  ({ fields }) =>
    fields.flatMap(({ name = "", value }) => {
      if (!addressFields.test(name) || typeof value !== "string") return [];
      return value.startsWith("+")
        ? [
            `${name} begins with +: an address has digits alone, TON 1 says that it is international`,
          ]
        : [];
    }),

  ({ fields, pdu }) =>
    fields.flatMap(({ name = "", value }) => {
      const [, before = "", which = ""] = addressFields.exec(name) ?? [];
      if (which === "" || typeof value !== "string" || value === "") return [];
      const tonField = which === "destination_addr" ? "dest_addr_ton" : `${which}_ton`;
      const ton = fields.find((field) => field.name === before + tonField)?.value ?? pdu[tonField];
      if (typeof ton !== "number") return [];
      const found = addressProblem(value, ton);
      return found === undefined ? [] : [`${name} ${found}`];
    }),

  ({ command, esmClass, pdu, text }) => {
    if (command !== "deliver_sm" && command !== "data_sm") return undefined;
    const words = Array.from(text.subarray(0, 200), (octet) => String.fromCharCode(octet)).join("");
    const type = Number(esmClass) & EsmClass.message_type.mask;
    const hasId = pdu["receipted_message_id"] !== undefined || /\bid:/i.test(words);
    if (type === EsmClass.message_type.smsc_delivery_receipt) {
      return hasId ? undefined : "a receipt that names no message: no receipted_message_id, no id:";
    }
    return type === EsmClass.message_type.default && /\bid:.*\bstat:/is.test(words)
      ? "the text reads like a receipt, but esm_class does not say so"
      : undefined;
  },

  ({ command, pdu }) => {
    const id = String(pdu["message_id"] ?? "");
    // Two patterns, since one for both takes a time that grows with the square of a long id.
    return command.endsWith("_resp") && /^[0-9a-f]+$/i.test(id) && /[a-f]/i.test(id)
      ? "message_id reads like a hexadecimal number: the receipt may carry it in decimal"
      : undefined;
  },

  ({ pdu }) =>
    pdu["interface_version"] === 34 || pdu["sc_interface_version"] === 34
      ? "interface version 0x22 is 3.3 or older; 3.4 is 0x34"
      : undefined,
];

/** SMPP reserves these values of data_coding; many SMSCs read them as 3GPP TS 23.038 does. */
function isDcs(field: string | undefined, value: number): boolean {
  return field === "data_coding" && value >= 0x10 && value < 0x80;
}

/** The fields with an address, also inside a list. */
const addressFields = /^(.*?)(source_addr|destination_addr|esme_addr)$/;

/** What is odd about an address of this type of number. */
function addressProblem(address: string, ton: number): string | undefined {
  if (ton === Ton.alphanumeric) {
    return address.length > 11
      ? `has ${address.length} characters: a name has 11 at most`
      : undefined;
  }
  if (/[a-z]/i.test(address)) {
    return `is a name, but its TON is ${ton}: names have 5 (alphanumeric), and NPI 0`;
  }
  return ton === Ton.international && address.startsWith("00")
    ? "begins with 00, but its TON is 1 (international): it begins with the country code"
    : undefined;
}

/** What is odd about a PDU, one sentence each; without `content` nothing of a text. */
export function remarksAbout(
  { command, pdu, fields }: Dissection,
  { content = true, charsets }: Pick<ExplainOptions, "content" | "charsets"> = {},
): string[] {
  if (command === undefined) return [];
  const candidates = [pdu["short_message"], pdu["message_payload"]];
  const texts = candidates.filter((text) => text instanceof Uint8Array);
  const text = texts.find(({ length }) => length > 0) ?? new Uint8Array(0);
  const esmClass = typeof pdu["esm_class"] === "number" ? pdu["esm_class"] : undefined;
  const dataCoding = pdu["data_coding"];
  const charset = typeof dataCoding === "number" ? charsetOf(dataCoding, charsets) : undefined;
  const body = bodyOf(text, esmClass ?? 0);
  const facts = { command, pdu, fields, text, body, esmClass, charset, content };
  return [...new Set(rules.flatMap((rule) => rule(facts) ?? []))];
}

function isTime(text: string): boolean {
  try {
    parseTime(text);
    return true;
  } catch {
    return false;
  }
}

function lengthOf(value: unknown): number {
  return value instanceof Uint8Array ? value.length : 0;
}

function tagRange(tag: number): string {
  if (tag >= 0x1400 && tag <= 0x3fff) return "a vendor's: createCodec can give it a name";
  return "in no version of SMPP, nor in the range for vendors";
}
