/** Keeps PDUs from the wire that a peer would hang up for. */
import { type Codec, PduError } from "@esme/pdu";
import { numberOption } from "./number-option.ts";

/** The option `maxOutboundPduLength`. */
export interface LengthLimit {
  /**
   * The longest PDU written, in octets. Default 65,536. A longer one is refused with PduError
   * `too_long` before anything is written; a peer would take its length for nonsense and hang up.
   */
  maxOutboundPduLength?: number | undefined;
}

/** The codec, which now refuses to encode what is longer than the option allows. */
export function limited(codec: Codec, { maxOutboundPduLength }: LengthLimit): Codec {
  const limit = numberOption("maxOutboundPduLength", maxOutboundPduLength, 65_536, 16);
  return {
    encode(pdu, sequenceNumber) {
      const frame = codec.encode(pdu, sequenceNumber);
      if (frame.length <= limit) return frame;
      const what = `${pdu.command} has ${frame.length} octets, more than ${limit} (maxOutboundPduLength)`;
      throw new PduError("too_long", what, { field: "command_length", limit });
    },
    decode: (frame) => codec.decode(frame),
  };
}
