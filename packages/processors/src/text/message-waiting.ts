/** Message waiting indications of inbound PDUs: voice mail, fax, e-mail or others are waiting. */

import { readDataCoding, type Udh } from "@esme/sm-split";
import type { DeliverSm } from "../processor.ts";

const kinds = ["voice", "fax", "email", "other"] as const;

/** That messages of one kind wait for the recipient, or no longer do. */
export interface MessageWaiting {
  kind: (typeof kinds)[number];
  /** Whether the indicator goes on or off. */
  active: boolean;
  /** Whether the text is to be kept (true) or may be discarded; absent where the PDU does not say. */
  store?: boolean;
  /** How many wait, up to 255; absent where the PDU does not say. */
  count?: number;
}

/**
 * What a PDU says of waiting messages: in the TLV ms_msg_wait_facilities (SMPP 3.4 section 5.3.2.13),
 * in data_coding 0xC0 to 0xEF (3GPP TS 23.038 section 4), and in the header (3GPP TS 23.040 section
 * 9.2.3.24.2). Of two that name one kind the later in this order counts, as the standard has it.
 */
export function messagesWaiting(pdu: DeliverSm, udh: Udh | undefined): MessageWaiting[] {
  const found = [...inTlv(pdu), ...inDataCoding(pdu), ...inHeader(udh)];
  return [...new Map(found.map((waiting) => [waiting.kind, waiting])).values()];
}

function inTlv({ ms_msg_wait_facilities: octet }: DeliverSm): MessageWaiting[] {
  if (octet === undefined) return [];
  return [{ kind: kindOf(octet), active: (octet & 0x80) !== 0 }];
}

function inDataCoding({ data_coding }: DeliverSm): MessageWaiting[] {
  const { messageWaiting } = readDataCoding(data_coding);
  if (messageWaiting === undefined) return [];
  const { type: kind, active, store } = messageWaiting;
  return [{ kind, active, store }];
}

/** Element 0x01: whether to store, and the kind, then how many wait. */
function inHeader(udh: Udh | undefined): MessageWaiting[] {
  const elements = udh?.elements.filter(({ iei, data }) => iei === 0x01 && data.length === 2) ?? [];
  return elements.map(({ data: [indication = 0, count = 0] }) => ({
    kind: kindOf(indication),
    active: count > 0,
    store: (indication & 0x80) !== 0,
    count,
  }));
}

function kindOf(octet: number): MessageWaiting["kind"] {
  return kinds[octet & 3] ?? "other";
}
