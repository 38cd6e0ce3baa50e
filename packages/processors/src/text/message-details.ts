/** What an inbound PDU says beside its text, for `transport_metadata`. */

import { Iei, readDataCoding, type Udh } from "@esme/sm-split";
import type { DeliverSm } from "../processor.ts";
import type { TlvDefinitions } from "../tlv-definition.ts";
import { hex, tlvDetails } from "../tlv-details.ts";
import { messagesWaiting } from "./message-waiting.ts";

/** Elements of the header with a place of their own: concatenation, ports, national languages. */
const ofTheHeader: ReadonlySet<number> = new Set(Object.values(Iei));

/**
 * `smpp_ports`, `smpp_udh` (other elements of the header), `smpp_message_class`,
 * `smpp_message_waiting` and `smpp_tlvs`, as far as the PDU has them: a plain message has none. Octets
 * are in hexadecimal. All keys begin with `smpp_`: what a reply carries back must not look like
 * settings of its own, which are in `smpp`, and have the same names and shapes there.
 */
export function detailsOf(
  pdu: DeliverSm,
  udh: Udh | undefined,
  definitions: TlvDefinitions,
): Record<string, unknown> {
  const details: Record<string, unknown> = {};
  if (udh?.ports !== undefined) {
    details["smpp_ports"] = { ...udh.ports, ...(isNarrow(udh) && { bits: 8 }) };
  }
  const elements = udh?.elements.filter(({ iei }) => !ofTheHeader.has(iei)) ?? [];
  if (elements.length > 0) {
    details["smpp_udh"] = elements.map(({ iei, data }) => ({ iei, data: hex(data) }));
  }
  const { messageClass } = readDataCoding(pdu.data_coding);
  if (messageClass !== undefined) details["smpp_message_class"] = messageClass;
  const waiting = messagesWaiting(pdu, udh);
  if (waiting.length > 0) details["smpp_message_waiting"] = waiting;
  return { ...details, ...tlvDetails(pdu, definitions) };
}

/** Whether the ports, of which the last count, are in the element with 8 bits for each. */
function isNarrow({ elements }: Udh): boolean {
  const last = elements.findLast(({ iei, data }) => data.length === portsOctets.get(iei));
  return last?.iei === Iei.PORTS_8;
}

const portsOctets: ReadonlyMap<number, number> = new Map([
  [Iei.PORTS_8, 2],
  [Iei.PORTS_16, 4],
]);
