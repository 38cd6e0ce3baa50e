/** A deliver_sm as it comes off the wire, from the fields that matter. */
import { decode, encode, type PduInputOf, type PduOf } from "@esme/pdu";

export function deliverSm(fields: Omit<PduInputOf<"deliver_sm">, "command">): PduOf<"deliver_sm"> {
  const addresses = { source_addr: "27820001001", destination_addr: "123456" };
  const pdu = decode(encode({ ...addresses, ...fields, command: "deliver_sm" }));
  if (pdu.command !== "deliver_sm") throw new Error(`a ${pdu.command} where a deliver_sm belongs`);
  return pdu;
}

export const octetsOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
