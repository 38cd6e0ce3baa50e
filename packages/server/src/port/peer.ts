/** Who is at the other end of a connection: its certificate, and its address as it is compared. */
import { BlockList, isIP, isIPv6 } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";

/** What TLS says of a peer. */
export interface PeerTls {
  /** `TLSv1.3` */
  readonly protocol: string | null;
  /** Whether its certificate comes from an authority of the option `tls.ca`. */
  readonly authorized: boolean;
  /** The subject of its certificate, `{ CN: "gateway.example" }`; undefined when it showed none. */
  readonly subject: PeerCertificate["subject"] | undefined;
  /** Its other names, `DNS:gateway.example, IP Address:192.0.2.1`. */
  readonly subjectAltName: string | undefined;
  /** SHA-256 of the certificate, hexadecimal with colons. */
  readonly fingerprint256: string | undefined;
}

/** The other end of a connection. */
export interface Peer {
  /** Its address, the real one behind a trusted proxy; empty when it did not come over a socket. */
  readonly remoteAddress: string;
  readonly remotePort: number | undefined;
  /** Undefined without TLS. */
  readonly tls: PeerTls | undefined;
}

/** What is known of the peer of a TLS connection once the handshake is over. */
export function tlsOf(socket: TLSSocket): PeerTls {
  // Without a certificate of the peer it is an empty object, and has none of these keys.
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
  return {
    protocol: socket.getProtocol(),
    authorized: socket.authorized,
    subject: certificate.subject,
    subjectAltName: certificate.subjectaltname,
    fingerprint256: certificate.fingerprint256,
  };
}

/** The address in one spelling: `::ffff:192.0.2.1` is 192.0.2.1, IPv6 is short and without a zone. */
export function plainAddress(address: string): string {
  const [bare = ""] = address.split("%");
  if (!isIPv6(bare)) return bare;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = mapped.slice(1).map((digits) => Number.parseInt(digits, 16));
  return [high, low].flatMap((pair = 0) => [pair >> 8, pair & 0xff]).join(".");
}

/**
 * Whose address it is, for limits: an IPv4 address alone, or the first 64 bits of an IPv6 address,
 * since one customer has all addresses behind them.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}

/**
 * A set of addresses and networks: `10.0.0.5`, `10.0.0.0/8`, `2001:db8::/32`. Throws TypeError for
 * anything else; `owner` begins the sentence.
 */
export function addressSet(
  owner: string,
  entries: readonly string[],
): (address: string) => boolean {
  const set = new BlockList();
  for (const [index, entry] of entries.entries()) {
    const [address = "", bits, ...rest] = String(entry).split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (isIP(address) === 0 || prefix < 0 || prefix > most || rest.length > 0) {
      const what = "is not an IP address, with or without a prefix length like /24";
      throw new TypeError(`${owner}[${index}] ${what}`);
    }
    set.addSubnet(address, prefix, family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && set.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}
