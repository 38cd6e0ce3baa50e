/** The information elements of a user data header: names and fields by identifier. */

/** A field of an element: an octet, two octets (high one first), or the rest of the data. */
export type FieldType = "u8" | "u16" | "octets";

/** A row of the table. */
export interface InformationElementType {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
}

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

const concat = { total: "u8", sequence: "u8" } as const;
const octets = { octets: "octets" } as const;

/** 3GPP TS 23.040 section 9.2.3.24, by identifier. */
export const informationElements: ReadonlyMap<number, InformationElementType> = new Map(
  Object.entries({
    0: { name: "concat8", fields: { reference: "u8", ...concat } },
    1: { name: "special_message_indication", fields: { indication: "u8", count: "u8" } },
    4: { name: "ports8", fields: { destination: "u8", originator: "u8" } },
    5: { name: "ports16", fields: { destination: "u16", originator: "u16" } },
    6: { name: "smsc_control", fields: { selective_status: "u8" } },
    7: { name: "udh_source", fields: { source: "u8" } },
    8: { name: "concat16", fields: { reference: "u16", ...concat } },
    9: { name: "wireless_control_message_protocol", fields: octets },
    10: {
      name: "text_formatting",
      fields: { start: "u8", length: "u8", mode: "u8", colour: "octets" },
    },
    11: { name: "predefined_sound", fields: { position: "u8", sound: "u8" } },
    12: { name: "user_defined_sound", fields: { position: "u8", imelody: "octets" } },
    13: { name: "predefined_animation", fields: { position: "u8", animation: "u8" } },
    14: { name: "large_animation", fields: { position: "u8", frames: "octets" } },
    15: { name: "small_animation", fields: { position: "u8", frames: "octets" } },
    16: { name: "large_picture", fields: { position: "u8", bitmap: "octets" } },
    17: { name: "small_picture", fields: { position: "u8", bitmap: "octets" } },
    18: {
      name: "variable_picture",
      fields: { position: "u8", width8: "u8", height: "u8", bitmap: "octets" },
    },
    19: { name: "user_prompt", fields: { objects: "u8" } },
    20: { name: "extended_object", fields: octets },
    21: { name: "reused_extended_object", fields: octets },
    22: { name: "compression_control", fields: octets },
    23: { name: "object_distribution", fields: octets },
    24: { name: "standard_wvg_object", fields: octets },
    25: { name: "character_size_wvg_object", fields: octets },
    26: { name: "extended_object_data_request", fields: {} },
    32: { name: "email_header", fields: { header_length: "u8" } },
    33: {
      name: "hyperlink_format",
      fields: { position: "u16", title_length: "u8", url_length: "u8" },
    },
    34: { name: "reply_address", fields: octets },
    35: { name: "enhanced_voice_mail", fields: octets },
    36: { name: "national_language_single_shift", fields: { language: "u8" } },
    37: { name: "national_language_locking_shift", fields: { language: "u8" } },
    112: { name: "sim_toolkit_command_packet", fields: octets },
    113: { name: "sim_toolkit_response_packet", fields: octets },
  } satisfies Record<number, InformationElementType>).map(([iei, row]) => [Number(iei), row]),
);

/** An element with its name and fields, as far as its identifier and its length tell them. */
export function informationElement(iei: number, data: Uint8Array): InformationElement {
  const row = informationElements.get(iei);
  if (row === undefined) return { iei, data };
  const fields = readFields(row, data);
  return { iei, data, name: row.name, ...(fields && { fields }) };
}

function readFields(
  row: InformationElementType,
  data: Uint8Array,
): Record<string, number | Uint8Array> | undefined {
  const fields: Record<string, number | Uint8Array> = {};
  let offset = 0;
  for (const [name, type] of Object.entries(row.fields)) {
    const first = data[offset];
    const second = data[offset + 1];
    if (type === "octets") {
      fields[name] = data.subarray(offset);
      offset = data.length;
    } else if (type === "u8" && first !== undefined) {
      fields[name] = first;
      offset += 1;
    } else if (type === "u16" && first !== undefined && second !== undefined) {
      fields[name] = first * 256 + second;
      offset += 2;
    } else {
      return undefined;
    }
  }
  return offset === data.length ? fields : undefined;
}
