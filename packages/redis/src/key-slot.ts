/** The slot of a key in a cluster. */

/** 0 to 16383: CRC16 (XMODEM) of the key, or of what is in its first braces (Redis cluster specification). */
export function keySlot(key: string): number {
  let crc = 0;
  for (const octet of Buffer.from(hashed(key))) {
    crc ^= octet << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return crc & 0x3fff;
}

function hashed(key: string): string {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open + 1);
  return open === -1 || close <= open + 1 ? key : key.slice(open + 1, close);
}
