/** Ways to spoil a PDU that leave its command_length true: the link survives them. Pure. */

/** Makes of a whole PDU a wrong one. `random` is 0 up to 1. */
type Spoil = (octets: Uint8Array, random: () => number) => Uint8Array;

/** By name, as the fault `malformed` has them. */
export const malformations = {
  /** receipted_message_id (0x001E) that claims 255 octets and has none. */
  overlong_tlv: (octets) => withLength(joined(octets, [0x00, 0x1e, 0x00, 0xff])),
  /** Half of the body is missing: a string without its NUL. */
  truncated: (octets) => withLength(octets.slice(0, header + ((octets.length - header) >> 1))),
  /** The first string of the body has 200 characters before its NUL. */
  overlong_string: (octets) =>
    withLength(joined(octets.slice(0, header), new Uint8Array(200).fill(0x61), [0])),
  /** Three octets behind the last field: too few for a TLV. */
  trailing_octets: (octets) => withLength(joined(octets, [0xff, 0xff, 0xff])),
  /** The header alone, whatever fields the command has. */
  empty_body: (octets) => withLength(octets.slice(0, header)),
  /** The answer to a query_sm (or, to one, to a replace_sm): not what was asked. */
  wrong_command: (octets) => withCommand(octets, octets[7] === 0x03 ? 0x80000007 : 0x80000003),
  /** A command_id that no version knows. */
  unknown_command: (octets) => withCommand(octets, 0x80abcdef),
  /** As many octets as before, drawn at random. */
  garbage: (octets, random) =>
    octets.map((octet, index) => (index < header ? octet : Math.floor(random() * 256))),
} as const satisfies Record<string, Spoil>;

/** A way to spoil a PDU. */
export type Malformation = keyof typeof malformations;

const header = 16;

/** A copy with another 32-bit number at an offset. */
export function withUint32(octets: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = octets.slice();
  new DataView(copy.buffer).setUint32(offset, value);
  return copy;
}

/** Bit 30 turned over: inside the range of the standard and far from what is in use. */
export function withWrongSequence(octets: Uint8Array): Uint8Array {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  return withUint32(octets, 12, view.getUint32(12) ^ 0x4000_0000);
}

function withLength(octets: Uint8Array): Uint8Array {
  return withUint32(octets, 0, octets.length);
}

function withCommand(octets: Uint8Array, command_id: number): Uint8Array {
  return withUint32(octets, 4, command_id);
}

function joined(...pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}
