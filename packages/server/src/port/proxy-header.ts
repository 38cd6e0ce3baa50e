/** The header of the PROXY protocol, versions 1 and 2: who is behind a balancer's connection. */
import { isIPv4, isIPv6 } from "node:net";
import { SmppError } from "@esme/pdu";

/** Which versions a header may have; `auto` takes both. */
export type ProxyProtocol = "v1" | "v2" | "auto";

/** A header that was read. */
export interface ProxyHeader {
  /** Octets of the header; what follows belongs to the peer. */
  readonly length: number;
  /** Who connected to the proxy. Undefined: the proxy itself (a health check), or the proxy does not say. */
  readonly source: { readonly address: string; readonly port: number } | undefined;
}

/** The longest header of version 1, CRLF included, as its specification says. */
const maxTextLength = 107;

/** The longest header of version 2 that is read: addresses have 216 octets at most, the rest is for TLVs. */
const maxBinaryLength = 4_096;

/** Octets of version 2 before the addresses. */
const fixedLength = 16;

const textStart = Buffer.from("PROXY ", "latin1");
const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/**
 * Reads the header at the beginning of what came so far. Undefined: it is not complete yet.
 *
 * Throws SmppError `proxy_header` as soon as the octets cannot be the beginning of one. Never asks
 * for more than 4,096 octets.
 */
export function readProxyHeader(
  octets: Uint8Array,
  version: ProxyProtocol,
): ProxyHeader | undefined {
  const isText = version !== "v2" && startsAlike(octets, textStart);
  const isBinary = version !== "v1" && startsAlike(octets, signature);
  if (!isText && !isBinary) throw wrong(`the connection does not begin with one of ${version}`);
  return isText ? readText(octets) : readBinary(octets);
}

/** Whether both agree as far as both go. */
function startsAlike(octets: Uint8Array, start: Uint8Array): boolean {
  const common = Math.min(octets.length, start.length);
  return Buffer.compare(octets.subarray(0, common), start.subarray(0, common)) === 0;
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 35646 2775` and CRLF. */
function readText(octets: Uint8Array): ProxyHeader | undefined {
  const line = Buffer.from(octets.subarray(0, maxTextLength)).toString("latin1");
  const end = line.indexOf("\r\n");
  if (end < 0) {
    if (octets.length >= maxTextLength) throw wrong(`no CRLF in the first ${maxTextLength} octets`);
    return undefined;
  }
  const length = end + 2;
  const [, family, address = "", target = "", port, targetPort, ...rest] = line
    .slice(0, end)
    .split(" ");
  if (family === "UNKNOWN") return { length, source: undefined };
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isIPv6 : undefined;
  if (isAddress === undefined) throw wrong("the family is not TCP4, TCP6 or UNKNOWN");
  if (!isAddress(address) || !isAddress(target)) throw wrong(`an address is not one of ${family}`);
  if (!isPort(port) || !isPort(targetPort)) throw wrong("a port is not a number from 0 to 65535");
  if (rest.length > 0) throw wrong("there is text behind the ports");
  return { length, source: { address, port: Number(port) } };
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

/** Octets of the addresses and ports of each family that carries them over TCP. */
const addressLengths: ReadonlyMap<number, number> = new Map([
  [0x11, 12],
  [0x21, 36],
]);

function readBinary(octets: Uint8Array): ProxyHeader | undefined {
  if (octets.length < fixedLength) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const command = view.getUint8(12);
  const family = view.getUint8(13);
  const rest = view.getUint16(14);
  const length = fixedLength + rest;
  if (command !== 0x20 && command !== 0x21) throw wrong("version and command are not 0x20 or 0x21");
  if (length > maxBinaryLength) {
    throw wrong(`it has ${length} octets, more than ${maxBinaryLength}`);
  }
  if (octets.length < length) return undefined;
  const least = addressLengths.get(family);
  // LOCAL, or a family without an address of TCP: the connection is taken as the proxy's own.
  if (command === 0x20 || least === undefined) return { length, source: undefined };
  if (rest < least) throw wrong(`its addresses have ${rest} octets, expected ${least}`);
  const size = family === 0x11 ? 4 : 16;
  const source = octets.subarray(fixedLength, fixedLength + size);
  const port = view.getUint16(fixedLength + 2 * size);
  return { length, source: { address: size === 4 ? source.join(".") : longAddress(source), port } };
}

/** An IPv6 address as it is usually written, without `::`. */
function longAddress(octets: Uint8Array): string {
  const pairs = Array.from({ length: 8 }, (_, index) => octets.subarray(2 * index, 2 * index + 2));
  return pairs.map(([high = 0, low = 0]) => ((high << 8) | low).toString(16)).join(":");
}

function wrong(what: string): SmppError {
  return new SmppError("proxy_header", `the PROXY header cannot be read: ${what}`);
}
