// Headers of the PROXY protocol, version 2, field by field.

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

/** A header with these octets behind its length. */
export function binaryHeader(command: number, family: number, rest: readonly number[]): Uint8Array {
  const length = [rest.length >> 8, rest.length & 0xff];
  return Uint8Array.from([...signature, command, family, ...length, ...rest]);
}
