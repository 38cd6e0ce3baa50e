/** Who is at the other end of a connection. */
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
