/** What an inbound PDU says beside its text, for `transport_metadata`. */

import { readDataCoding, type Udh } from "@esme/sm-split";
import type { DeliverSm } from "./processor.ts";
import type { TlvDefinitions } from "./tlv-definition.ts";
import { hex, tlvDetails } from "./tlv-details.ts";

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
  return { ...details, ...tlvDetails(pdu, definitions) };
}
