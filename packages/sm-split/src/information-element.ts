/** The information elements of a user data header: names and fields by identifier. */

/** A field of an element: an octet, two octets (high one first), or the rest of the data. */
export type FieldType = "u8" | "u16" | "octets";

/** An element as read from a header. */
export interface InformationElement {
  /** Information element identifier, 0 to 255. */
  readonly iei: number;
  /** The element's octets, as they are: a view into the octets read. */
  readonly data: Uint8Array;
  /** What 3GPP TS 23.040 calls it; undefined for a reserved identifier. */
  readonly name?: string;
  /** Its fields by name; undefined when the data has not the length of these fields. */
  readonly fields?: Readonly<Record<string, number | Uint8Array>>;
}

type Row = readonly [iei: number, name: string, fields: Readonly<Record<string, FieldType>>];

const concat = { total: "u8", sequence: "u8" } as const;
const position = { position: "u8" } as const;
const octets = { octets: "octets" } as const;

/** 3GPP TS 23.040 section 9.2.3.24. */
const rows: readonly Row[] = [
  [0x00, "concat8", { reference: "u8", ...concat }],
  [0x01, "special_message_indication", { indication: "u8", count: "u8" }],
  [0x04, "ports8", { destination: "u8", originator: "u8" }],
  [0x05, "ports16", { destination: "u16", originator: "u16" }],
  [0x06, "smsc_control", { selective_status: "u8" }],
  [0x07, "udh_source", { source: "u8" }],
  [0x08, "concat16", { reference: "u16", ...concat }],
  [0x09, "wireless_control_message_protocol", octets],
  [0x0a, "text_formatting", { start: "u8", length: "u8", mode: "u8", colour: "octets" }],
  [0x0b, "predefined_sound", { ...position, sound: "u8" }],
  [0x0c, "user_defined_sound", { ...position, imelody: "octets" }],
  [0x0d, "predefined_animation", { ...position, animation: "u8" }],
  [0x0e, "large_animation", { ...position, frames: "octets" }],
  [0x0f, "small_animation", { ...position, frames: "octets" }],
  [0x10, "large_picture", { ...position, bitmap: "octets" }],
  [0x11, "small_picture", { ...position, bitmap: "octets" }],
  [0x12, "variable_picture", { ...position, width8: "u8", height: "u8", bitmap: "octets" }],
  [0x13, "user_prompt", { objects: "u8" }],
  [0x14, "extended_object", octets],
  [0x15, "reused_extended_object", octets],
  [0x16, "compression_control", octets],
  [0x17, "object_distribution", octets],
  [0x18, "standard_wvg_object", octets],
  [0x19, "character_size_wvg_object", octets],
  [0x1a, "extended_object_data_request", {}],
  [0x20, "email_header", { header_length: "u8" }],
  [0x21, "hyperlink_format", { position: "u16", title_length: "u8", url_length: "u8" }],
  [0x22, "reply_address", octets],
  [0x23, "enhanced_voice_mail", octets],
  [0x24, "national_language_single_shift", { language: "u8" }],
  [0x25, "national_language_locking_shift", { language: "u8" }],
  [0x70, "sim_toolkit_command_packet", octets],
  [0x71, "sim_toolkit_response_packet", octets],
];

const rowsByIei: ReadonlyMap<number, Row> = new Map(rows.map((row) => [row[0], row]));

/** An element with its name and fields, as far as its identifier and its length tell them. */
export function informationElement(iei: number, data: Uint8Array): InformationElement {
  const row = rowsByIei.get(iei);
  if (row === undefined) return { iei, data };
  const [, name, types] = row;
  const fields = readFields(types, data);
  return { iei, data, name, ...(fields && { fields }) };
}

function readFields(
  types: Readonly<Record<string, FieldType>>,
  data: Uint8Array,
): Record<string, number | Uint8Array> | undefined {
  const fields: Record<string, number | Uint8Array> = {};
  let offset = 0;
  for (const [name, type] of Object.entries(types)) {
    const [first = 0, second = 0] = data.subarray(offset);
    const size = type === "octets" ? data.length - offset : type === "u16" ? 2 : 1;
    if (offset + size > data.length) return undefined;
    if (type === "octets") fields[name] = data.subarray(offset);
    else fields[name] = type === "u16" ? first * 256 + second : first;
    offset += size;
  }
  return offset === data.length ? fields : undefined;
}
