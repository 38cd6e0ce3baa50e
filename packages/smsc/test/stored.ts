/** Messages as the store keeps them, for tests of what is done with them. */
import { decode, encode, type PduInputOf, type PduOf } from "@esme/pdu";
import type { StoredMessage } from "../src/life/message-store.ts";
import { messageOf, octetsOf } from "../src/life/short-message.ts";

/** The message that a submit_sm with these fields makes. */
export function stored(
  message_id: string,
  fields: Omit<PduInputOf<"submit_sm">, "command"> = {},
): StoredMessage {
  const pdu = decode(
    encode({ source_addr: "1", destination_addr: "2", ...fields, command: "submit_sm" }),
  );
  if (pdu.command !== "submit_sm") throw new Error("encoded one thing and decoded another");
  return messageOf(pdu, {
    system_id: "esme",
    message_id,
    serial: message_id,
    outcome: {},
    destination: destinationOf(pdu),
    octets: octetsOf(pdu),
    due: 0,
    expires: Number.POSITIVE_INFINITY,
  });
}

function destinationOf(pdu: PduOf<"submit_sm">) {
  return { ton: pdu.dest_addr_ton, npi: pdu.dest_addr_npi, addr: pdu.destination_addr };
}
