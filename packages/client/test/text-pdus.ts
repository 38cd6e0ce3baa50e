// PDUs that carry texts, as a session gives them: decoded from octets.
import { decode, encode, type PduInputOf, type PduOf } from "@esme/pdu";
import { type SplitOptions, splitShortMessage } from "@esme/sm-split";

let sequence_number = 0;

/** A deliver_sm as it is received. */
export function deliverSm(
  fields: Omit<PduInputOf<"deliver_sm">, "command"> = {},
): PduOf<"deliver_sm"> {
  sequence_number += 1;
  const pdu = decode(
    encode({
      command: "deliver_sm",
      sequence_number,
      source_addr: "27820001001",
      destination_addr: "62000",
      ...fields,
    }),
  );
  if (pdu.command !== "deliver_sm") throw new Error(`a ${pdu.command}`);
  return pdu;
}

/** A data_sm as it is received. */
export function dataSm(fields: Omit<PduInputOf<"data_sm">, "command"> = {}): PduOf<"data_sm"> {
  const pdu = decode(encode({ command: "data_sm", sequence_number: 1, ...fields }));
  if (pdu.command !== "data_sm") throw new Error(`a ${pdu.command}`);
  return pdu;
}

/** The deliver_sm that carry a text. */
export function partsOf(
  text: string,
  split: SplitOptions = {},
  fields: Omit<PduInputOf<"deliver_sm">, "command"> = {},
): PduOf<"deliver_sm">[] {
  const { parts, segments, esm_class, data_coding } = splitShortMessage(text, 0, split);
  return parts.map((octets, index) =>
    deliverSm({
      esm_class,
      data_coding,
      ...(split.method === "payload" ? { message_payload: octets } : { short_message: octets }),
      ...segments[index]?.tlvs,
      ...fields,
    }),
  );
}

/** A promise, and how to settle it. */
export function deferred(): {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: Error) => void;
} {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
