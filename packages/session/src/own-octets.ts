/** Keeps PDUs from holding the chunk of the network, or the buffer of the encoder, that they lie in. */

const HEADER_LENGTH = 16;

/**
 * The frame in memory of its own. Octet strings of a PDU are views into its frame, and who keeps one
 * of 20 octets would hold a chunk of 64 kB.
 */
export function ownFrame(frame: Uint8Array): Uint8Array {
  const isSpare = frame.buffer.byteLength > 2 * frame.length && frame.length > HEADER_LENGTH;
  return isSpare ? new Uint8Array(frame) : frame;
}

/** In a PDU: lists of entries of octets. */
const DEEPEST = 3;

/**
 * Gives the octet strings of a decoded PDU memory of their own. For short responses, of which few
 * have any: to copy the frame of each would cost more than this look.
 */
export function ownOctets(pdu: object, depth = 1): void {
  const values = pdu as Record<string, unknown>; // any object can be read by key
  for (const key in values) {
    const value = values[key];
    if (typeof value !== "object" || value === null) continue;
    // A codec of the user's own may give objects that cannot be changed: those stay as they are.
    if (value instanceof Uint8Array) Reflect.set(values, key, new Uint8Array(value));
    else if (depth < DEEPEST) ownOctets(value, depth + 1);
  }
}
