/** What a message sends instead of text, or in front of it: octets, and elements of a header. */

import { DataCoding } from "@esme/pdu";
import { integerOrName, mapping, mappingOf } from "@esme/settings/schema";
import { Iei, portsElement, type UdhElement } from "@esme/sm-split";
import * as z from "zod";

/** What message_payload holds. */
const mostOctets = 65_535;

const octetsExpected = `hexadecimal digits, two for each octet, at most ${mostOctets} octets`;

/** Octets as JSON has them: hexadecimal digits in either case. */
const octets = z
  .string(octetsExpected)
  .max(2 * mostOctets, octetsExpected)
  .regex(/^(?:[0-9a-f]{2})*$/i, octetsExpected)
  .transform((digits) => Uint8Array.from(Buffer.from(digits, "hex")));

const portsExpected = "destination and originator, each from 0 to 65535, or to 255 with bits 8";
const port = integerOrName({ most: 65_535 });

const ports = mapping(
  {
    destination: port.describe("The port at the recipient, such as 2948 for WAP push"),
    originator: port.default(0).describe("The port that answers go to"),
    bits: integerOrName({ most: 16 })
      .refine((bits) => bits === 8 || bits === 16, "8 or 16")
      .default(16)
      .describe("How wide both are in the header: 16 (element 0x05) or 8 (0x04)"),
  },
  portsExpected,
).refine(({ destination, originator, bits }) => Math.max(destination, originator) < 2 ** bits, {
  error: portsExpected,
});

/** Elements that other settings write. */
const written: ReadonlyMap<number, string> = new Map([
  [Iei.CONCAT_8, "multipart_handling"],
  [Iei.CONCAT_16, "multipart_handling"],
  [Iei.PORTS_8, "ports"],
  [Iei.PORTS_16, "ports"],
  [Iei.SINGLE_SHIFT, "national_tables"],
  [Iei.LOCKING_SHIFT, "national_tables"],
]);

const ieiExpected =
  "an integer from 0 to 255 other than 0 and 8 (multipart_handling writes these), 4 and 5 (ports), 36 and 37 (national_tables)";

const udh = z.array(
  mappingOf({
    iei: integerOrName()
      .refine((iei) => !written.has(iei), ieiExpected)
      .describe("The element's identifier (3GPP TS 23.040 section 9.2.3.24)"),
    data: octets.prefault("").describe("Its octets, in hexadecimal"),
  }),
  "a list of elements, each with iei and data",
);

/** Keys of `transport_metadata.smpp` that a configuration does not have. */
export const userData = {
  octets: octets.describe(
    "Sent as they are instead of `content`, in hexadecimal; `data_coding` is then 4 (binary), with a `message_class` 0xF4 to 0xF7, or what the message says",
  ),
  ports: ports.describe(
    "Application ports in the header of each part, as WAP push and other applications want them",
  ),
  udh: udh.describe(
    'More elements of that header, each with `iei` and, in hexadecimal, `data`: `[{ iei: 0x70, data: "00" }]`',
  ),
};

type Given = { [Key in keyof typeof userData]?: z.output<(typeof userData)[Key]> | undefined } & {
  data_coding?: number | undefined;
  message_class?: number | undefined;
};

/** What one message is sent with. */
export interface UserData {
  /** What is sent instead of text; undefined for text. */
  octets?: Uint8Array | undefined;
  /** Elements in the header of each part. */
  elements: readonly UdhElement[];
}

/** The user data that a message asks for, and the data_coding of its octets. */
export function userDataOf(given: Given): UserData & { data_coding?: number | undefined } {
  const { octets, ports, udh = [], data_coding, message_class } = given;
  const elements = [...(ports === undefined ? [] : [elementOf(ports)]), ...udh];
  if (octets === undefined) return { elements, data_coding };
  // 3GPP TS 23.038 section 4, group 1111: 8-bit data with a class.
  const classed = message_class === undefined ? undefined : 0xf4 | message_class;
  return { elements, octets, data_coding: data_coding ?? classed ?? DataCoding.octets_8bit };
}

function elementOf({ destination, originator, bits }: z.output<typeof ports>): UdhElement {
  if (bits === 16) return portsElement({ destination, originator });
  return { iei: Iei.PORTS_8, data: Uint8Array.of(destination, originator) };
}
