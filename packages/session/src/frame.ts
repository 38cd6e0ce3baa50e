/** Encoded PDUs: their header, their TLVs, and the memory that they lie in. */
import { commands, createCodec, isResponse, type Pdu, type PduInput, tlvs } from "@esme/pdu";

const HEADER_LENGTH = 16;

/** The header of a PDU without its length (SMPP 3.4 section 3.2). */
export interface FrameHeader {
  readonly command_id: number;
  readonly command_status: number;
  readonly sequence_number: number;
}

/** Reads the header of a frame, which has at least 16 octets. */
export function headerOf(frame: Uint8Array): FrameHeader {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const [command_id, command_status] = [view.getUint32(4), view.getUint32(8)];
  return { command_id, command_status, sequence_number: view.getUint32(12) };
}

/** Whether the frame is a response. It reads one octet only: each received PDU is asked. */
export function isResponseFrame(frame: Uint8Array): boolean {
  return isResponse(((frame[4] ?? 0) << 24) >>> 0);
}

/** Reads and writes what the codec of a session wrote, also long passwords. */
const tolerant = createCodec({ tolerate: () => {}, maxPasswordLength: 64 });

/** The names of the TLVs of a frame that this side wrote; those of vendors are `unknown_tlvs`. */
export function tlvNamesOf(frame: Uint8Array): string[] {
  return tlvNamesIn(tolerant.decode(frame));
}

/** The frame without its TLVs. */
export function withoutTlvs(frame: Uint8Array): Uint8Array {
  const pdu = tolerant.decode(frame);
  const names = tlvNamesIn(pdu);
  if (names.length === 0) return frame;
  const kept = Object.entries(pdu).filter(([key]) => !names.includes(key));
  // The same PDU without some optional keys is a PDU.
  return tolerant.encode(Object.fromEntries(kept) as unknown as PduInput);
}

function tlvNamesIn(pdu: Pdu): string[] {
  if (pdu.command === "unknown") return [];
  const { fields } = commands[pdu.command];
  const isTlv = (key: string) =>
    key === "unknown_tlvs" || (Object.hasOwn(tlvs, key) && !Object.hasOwn(fields, key));
  return Object.keys(pdu).filter(isTlv);
}

/**
 * The frame in memory of its own. Octet strings of a PDU are views into its frame: a string of 20
 * octets that somebody keeps would keep a network chunk, or a buffer of the encoder, of 64 kB.
 */
export function ownFrame(frame: Uint8Array): Uint8Array {
  const isSpare = frame.buffer.byteLength > 2 * frame.length && frame.length > HEADER_LENGTH;
  return isSpare ? new Uint8Array(frame) : frame;
}

/** How deep octet strings lie in a PDU: the PDU, its lists, their entries. */
const DEEPEST = 3;

/**
 * Gives the octet strings of a decoded PDU memory of their own. For short responses: few of them
 * have octet strings, and this look costs less than a copy of each frame.
 */
export function ownOctets(pdu: object, depth = 1): void {
  const values = pdu as Record<string, unknown>; // any object can be read by key
  for (const key in values) {
    const value = values[key];
    if (typeof value !== "object" || value === null) continue;
    // A codec of the user's own may return objects that cannot be changed: those stay as they are.
    if (value instanceof Uint8Array) Reflect.set(values, key, new Uint8Array(value));
    else if (depth < DEEPEST) ownOctets(value, depth + 1);
  }
}
