/** What an inbound PDU says beside its text, for `transport_metadata`. */

import { tlvs } from "@esme/pdu";
import { readDataCoding, type Udh } from "@esme/sm-split";
import type { DeliverSm } from "./processor.ts";
import { carries, plainValue, type TlvDefinitions } from "./tlv-definition.ts";

/** TLVs that are about how the text came, which is over once there is a message. */
const ofTheText = new Set([
  "message_payload",
  "sar_msg_ref_num",
  "sar_total_segments",
  "sar_segment_seqnum",
  "more_messages_to_send",
]);

/** The TLVs to pass on. */
const passedOn: ReadonlySet<string> = new Set(
  Object.keys(tlvs).filter((name) => !ofTheText.has(name)),
);

/** Elements of the header with a place of their own: concatenation, ports, national languages. */
const ofTheHeader = new Set([0x00, 0x04, 0x05, 0x08, 0x24, 0x25]);

/**
 * `smpp_ports`, `smpp_udh` (other elements of the header), `smpp_message_class` and `smpp_tlvs`, as
 * far as the PDU has them: a plain message has none. Octets are in hexadecimal. All keys begin with
 * `smpp_`: what a reply carries back must not be taken for settings of its own, which are in `smpp`.
 */
export function detailsOf(
  pdu: DeliverSm,
  udh: Udh | undefined,
  definitions: TlvDefinitions,
): Record<string, unknown> {
  const details: Record<string, unknown> = {};
  if (udh?.ports !== undefined) details["smpp_ports"] = udh.ports;
  const elements = udh?.elements.filter(({ iei }) => !ofTheHeader.has(iei)) ?? [];
  if (elements.length > 0) {
    details["smpp_udh"] = elements.map(({ iei, data }) => ({ iei, data: hex(data) }));
  }
  if (pdu.data_coding >= 0x10) {
    const { messageClass } = readDataCoding(pdu.data_coding);
    if (messageClass !== undefined) details["smpp_message_class"] = messageClass;
  }
  const carried = [...tlvsOf(pdu, definitions), ...vendorTlvs(pdu, definitions)];
  if (carried.length > 0) details["smpp_tlvs"] = Object.fromEntries(carried);
  return details;
}

/**
 * The vendor's TLVs that a PDU has, by name: as keys of its own when its codec knew them, else among
 * the unknown ones.
 */
export function vendorTlvs(pdu: DeliverSm, definitions: TlvDefinitions): [string, unknown][] {
  return Object.entries(definitions).flatMap(([name, definition]): [string, unknown][] => {
    if (!carries(definition, pdu.command)) return [];
    const known: unknown = Object.getOwnPropertyDescriptor(pdu, name)?.value;
    const value = known ?? unknownTlv(pdu, Number(definition.tag));
    return value === undefined ? [] : [[name, plainValue(value, definition)]];
  });
}

function unknownTlv({ unknown_tlvs = [] }: DeliverSm, tag: number): Uint8Array | undefined {
  return unknown_tlvs.find((tlv) => tlv.tag === tag)?.value;
}

/** The standard's TLVs by name, and by tag those of which nothing is known. */
function tlvsOf(pdu: DeliverSm, definitions: TlvDefinitions): [string, unknown][] {
  // By their names first: most messages have none, and all of them pass here.
  const named = Object.keys(pdu)
    .filter((key) => passedOn.has(key))
    .map((key): [string, unknown] => [key, plain(Reflect.get(pdu, key))])
    .filter(([, value]) => value !== undefined);
  const unnamed = (pdu.unknown_tlvs ?? [])
    .filter(({ tag }) => !isDefined(tag, pdu, definitions))
    .map(({ tag, value }): [string, unknown] => [
      `0x${tag.toString(16).padStart(4, "0")}`,
      hex(value),
    ]);
  return [...named, ...unnamed];
}

function isDefined(tag: number, { command }: DeliverSm, definitions: TlvDefinitions): boolean {
  return Object.values(definitions).some(
    (definition) => Number(definition.tag) === tag && carries(definition, command),
  );
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Octets as JSON can hold them. */
export function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("hex");
}
