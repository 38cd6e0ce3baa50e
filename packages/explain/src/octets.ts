// Reads numbers and Latin-1 out of octets, and writes octets as hexadecimal digits.

/** The octet at `at`; 0 outside. */
export function octet(octets: Uint8Array, at: number): number {
  return octets[at] ?? 0;
}

export function uint16(octets: Uint8Array, at: number): number {
  return (octet(octets, at) << 8) | octet(octets, at + 1);
}

export function uint32(octets: Uint8Array, at: number): number {
  return ((uint16(octets, at) << 16) | uint16(octets, at + 2)) >>> 0;
}

/** The octets from `start` to before `end` as Latin-1 characters. */
export function latin1(octets: Uint8Array, start = 0, end = octets.length): string {
  let text = "";
  // In steps: a call takes a limited number of arguments.
  for (let at = start; at < end; at += 8192) {
    text += String.fromCharCode(...octets.subarray(at, Math.min(end, at + 8192)));
  }
  return text;
}

/** Two lower case digits an octet. */
export function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
