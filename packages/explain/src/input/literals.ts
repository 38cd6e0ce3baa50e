// Reads octets as programs write them: \x00\x00, 0x00, <Buffer 00 ...>, lists of numbers.

/** What a form of literal makes of a text: its runs of octets, and what is wrong with them. */
export interface Literals {
  readonly runs: readonly Uint8Array[];
  readonly remarks: readonly string[];
}

/** `<Buffer 00 00 00 10 ... 12 more bytes>`, as Node.js shows a Buffer. */
export function readBuffers(text: string): Literals | undefined {
  const found = [...text.matchAll(/<Buffer((?: [0-9a-f]{2})*)(?: \.\.\. (\d+) more bytes?)?>/gi)];
  if (found.length === 0) return undefined;
  const runs = found.map(([, pairs = ""]) => Uint8Array.from(pairs.trim().split(" "), hexValue));
  const remarks = found.flatMap(([, , more]) =>
    more === undefined
      ? []
      : [`Node.js left out ${more} octets of this Buffer: write buffer.toString("hex") instead`],
  );
  return { runs, remarks };
}

/** `[0, 0, 0, 16]`: JSON of a Buffer, Uint8Array of Node.js, bytes of Java (which may be negative). */
export function readNumbers(text: string): Literals | undefined {
  const found = [...text.matchAll(/\[([\s\d,-]+)\]/g)]
    .map(([, list = ""]) => list.split(",").filter((item) => item.trim() !== ""))
    .filter((items) => items.length >= 4 && items.every(isOctetNumber));
  if (found.length === 0) return undefined;
  return { runs: found.map((items) => Uint8Array.from(items, Number)), remarks: [] };
}

/** `0x00, 0x00, 0x00, 0x10`, as in C, Java or Go. */
export function readPrefixed(text: string): Literals | undefined {
  const found = text.match(/\b0x[0-9a-f]{1,2}\b/gi) ?? [];
  if (found.length < 4) return undefined;
  return { runs: [Uint8Array.from(found, (item) => hexValue(item.slice(2)))], remarks: [] };
}

/** `\x00\x00\x00\x10abc`, as in Python, C, or JavaScript; also `\u0000` and octal `\000`. */
export function readEscaped(text: string): Literals | undefined {
  if (!/\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}|\\[0-3][0-7]{2}/i.test(text)) return undefined;
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/gs)];
  const content =
    strings.length > 0
      ? strings.map(([, double, single]) => double ?? single ?? "").join("")
      : text.trim();
  return { runs: [octetsOfEscaped(content)], remarks: [] };
}

const namedEscapes: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
};

function octetsOfEscaped(text: string): Uint8Array {
  const octets: number[] = [];
  const escapes = /\\(?:x([0-9a-f]{2})|u00([0-9a-f]{2})|([0-7]{1,3})|(.))|([^\\])/gis;
  for (const [, x, u, octal, other, plain] of text.matchAll(escapes)) {
    const digits = x ?? u;
    if (digits !== undefined) octets.push(hexValue(digits));
    else if (octal !== undefined) octets.push(Number.parseInt(octal, 8) & 0xff);
    else if (other !== undefined) octets.push(namedEscapes[other] ?? other.charCodeAt(0) & 0xff);
    else if (plain !== undefined) octets.push(plain.charCodeAt(0) & 0xff);
  }
  return Uint8Array.from(octets);
}

function hexValue(digits: string): number {
  return Number.parseInt(digits, 16);
}

function isOctetNumber(item: string): boolean {
  return /^\s*-?\d{1,3}\s*$/.test(item) && Number(item) >= -128 && Number(item) <= 255;
}
