/** Keeps PDUs from the wire that a peer would hang up for. */
import { type Codec, PduError } from "@esme/pdu";

/** The codec, which now refuses to encode what is longer than `limit` octets. */
export function limited(codec: Codec, limit: number): Codec {
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
