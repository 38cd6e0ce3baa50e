/** The vendor TLVs of this connection: how configuration says them, and the codec that knows them. */

import {
  type Codec,
  commands,
  createCodec,
  cstring,
  integer,
  octets,
  PduError,
  type VendorTlv,
  type VendorTlvs,
} from "@esme/pdu";
import { nearestName } from "@esme/settings";
import { mapping, word } from "@esme/settings/schema";
import { z } from "zod";
import { text, whole } from "./scalars.ts";

/** What is wanted of the name of a command, undefined when it is one. */
function commandWish(name: string): string | undefined {
  if (Object.hasOwn(commands, name)) return undefined;
  const meant = nearestName(name, Object.keys(commands));
  return `the name of a command${meant === undefined ? "" : ` (did you mean ${meant}?)`}`;
}

const nameExpected = "names of letters, digits and _";

const tlv = mapping(
  {
    tag: whole(0, 0xffff).describe("Its number, 0x1400 for instance"),
    type: word(["integer", "c_string", "text", "octets", "hex"]).default("octets"),
    size: whole(1, 65_535, "octets").optional().describe("Exactly so many octets"),
    max: whole(1, 65_535, "octets").optional().describe("At most so many octets"),
    commands: z
      .array(text("the name of a command", commandWish), { error: "a list of commands" })
      .optional()
      .describe("The commands that carry it; absent: all that carry TLVs"),
  },
  "a mapping of tag, type, size, max, commands",
);

/** The key `tlvs`: definitions by their names. */
export const vendorTlvs = z.record(z.string().regex(/^[a-z]\w*$/i, { error: nameExpected }), tlv, {
  error: "a mapping of names to definitions",
});

/** The definitions as configuration has them, complete. */
export type VendorTlvSettings = z.output<typeof vendorTlvs>;

/** How the codec is told of each problem that it lives with. */
type Tolerate = (problem: PduError) => void;

/**
 * A codec with these TLVs beside the standard's, tolerant as the client's own.
 *
 * @throws PduError for a tag or a name that is taken, or a size that cannot be
 */
export function codecWith(
  settings: VendorTlvSettings,
  maxPasswordLength: number,
  tolerate: Tolerate,
): Codec {
  // Keys of configuration are not known to the compiler; the worker reads PDUs by the standard's.
  return createCodec({ tlvs: definitions(settings), maxPasswordLength, tolerate }) as Codec;
}

function definitions(settings: VendorTlvSettings): VendorTlvs {
  const entries = Object.entries(settings).map(([name, setting]) => [name, definition(setting)]);
  return Object.fromEntries(entries);
}

function definition({ tag, commands: list, ...setting }: VendorTlvSettings[string]): VendorTlv {
  const row = { tag, type: typeOf(setting) };
  // The names were checked against the table above.
  return list ? { ...row, commands: list as NonNullable<VendorTlv["commands"]> } : row;
}

function typeOf({
  type,
  size,
  max,
}: Omit<VendorTlvSettings[string], "tag" | "commands">): VendorTlv["type"] {
  switch (type) {
    case "integer":
      return integer({ size: integerSize(size ?? 1) });
    case "c_string":
      return cstring({ min: size ?? 1, max: size ?? max ?? 65_535 });
    default:
      return size === undefined ? octets({ max: max ?? 65_535 }) : octets({ size });
  }
}

function integerSize(size: number): 1 | 2 | 4 {
  if (size === 1 || size === 2 || size === 4) return size;
  throw new PduError("bad_tlv_definition", `an integer has 1, 2 or 4 octets, not ${size}`);
}
