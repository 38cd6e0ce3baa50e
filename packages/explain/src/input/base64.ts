// Base64 as octets; a page has no Buffer, and atob is not everywhere.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values: ReadonlyMap<string, number> = new Map(
  [...alphabet].map((character, value) => [character, value]),
);

/** The octets of base64 (RFC 4648, also its URL form, also behind `data:...;base64,`); undefined for other texts. */
export function readBase64(text: string): Uint8Array | undefined {
  const body = text
    .trim()
    .replace(/^data:[^,]{0,200};base64,/, "")
    .replace(/\s+/g, "");
  if (body.length < 20 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)) return undefined;
  const digits = body.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (digits.length % 4 === 1) return undefined;
  const octets = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const digit of digits) {
    bits = ((bits << 6) | (values.get(digit) ?? 0)) & 0xfff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    octets[at++] = bits >> count;
  }
  return octets;
}
