// Checks the vendor TLVs of a codec, and makes maps of them by name and by tag.

import { didYouMean } from "@esme/settings";
import { faultInOptions, type Types } from "./check-types.ts";
import { commands } from "./commands.ts";
import { PduError } from "./errors.ts";
import type { VendorTlv, VendorTlvs } from "./pdu.ts";
import type { TlvsByName, TlvsByTag } from "./tlv-codec.ts";
import { type NamedTlv, standardByName, standardByTag } from "./tlvs.ts";

/** Keys of PDUs: a vendor TLV cannot have these names. */
const reserved = new Set(
  ["command", "command_length", "command_id", "command_status", "sequence_number"]
    .concat("body", "unknown_tlvs")
    .concat(Object.values(commands).flatMap(({ fields }) => Object.keys(fields))),
);

/** A codec's vendor TLVs by name and by tag; undefined when there are none. */
export function vendorTables(definitions: VendorTlvs): {
  byName: TlvsByName | undefined;
  byTag: TlvsByTag | undefined;
} {
  const byName = new Map<string, NamedTlv>();
  const byTag = new Map<number, NamedTlv>();
  for (const [name, definition] of Object.entries(definitions)) {
    const fault = faultOf(name, definition) ?? takenBy(definition.tag, byTag);
    if (fault !== undefined) {
      throw new PduError("bad_tlv_definition", `TLV ${name}: ${fault}`, { field: name });
    }
    const tlv = { ...definition, name };
    byName.set(name, tlv);
    byTag.set(tlv.tag, tlv);
  }
  return byName.size > 0 ? { byName, byTag } : { byName: undefined, byTag: undefined };
}

const keyTypes = {
  tag: "a number",
  type: "an object",
  multiple: "a boolean",
  commands: "an array",
} as const satisfies Types<VendorTlv>;

function faultOf(name: string, definition: VendorTlv): string | undefined {
  // A key such as __proto__ would write to the prototype instead of the PDU.
  if (name in Object.prototype || reserved.has(name))
    return "the name is that of a key that PDUs have";
  if (standardByName.has(name)) return "the name is that of a standard TLV";
  const wrong = faultInOptions(definition, keyTypes);
  if (wrong !== undefined) return wrong;
  const { tag, type, commands: list = [] } = definition;
  if (!Number.isInteger(tag) || tag < 0 || tag > 0xffff) return "the tag is not 0 to 0xFFFF";
  const unknown = list.find((command) => !Object.hasOwn(commands, command));
  if (unknown !== undefined) {
    return `there is no command ${unknown}${didYouMean(String(unknown), Object.keys(commands))}`;
  }
  switch (type?.type) {
    case "integer":
      return [1, 2, 4].includes(type.size) && type.max === type.size
        ? undefined
        : "an integer has 1, 2 or 4 octets";
    case "c-octet-string":
    case "octet-string": {
      const least = type.type === "c-octet-string" ? 1 : 0;
      const sane = Number.isInteger(type.min) && Number.isInteger(type.max);
      return sane && least <= type.min && type.min <= type.max && type.max <= 0xffff
        ? undefined
        : `the size is not within ${least} to 65535 octets`;
    }
    default:
      return "the type is not one of integer(), cstring(), octets()";
  }
}

function takenBy(tag: number, byTag: TlvsByTag): string | undefined {
  const other = standardByTag.get(tag) ?? byTag.get(tag);
  return other && `the tag is that of ${other.name}`;
}
