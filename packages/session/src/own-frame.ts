/** Keeps a PDU from holding the chunk of the network, or the buffer of the encoder, that it lies in. */

const HEADER_LENGTH = 16;

/**
 * The frame in memory of its own. Octet strings of a PDU are views into its frame, and who keeps one
 * of 20 octets would hold a chunk of 64 kB.
 */
export function ownFrame(frame: Uint8Array): Uint8Array {
  const isSpare = frame.buffer.byteLength > 2 * frame.length && frame.length > HEADER_LENGTH;
  return isSpare ? new Uint8Array(frame) : frame;
}
