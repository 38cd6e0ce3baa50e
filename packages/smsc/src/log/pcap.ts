/** Captures: logged PDUs as a pcap file that Wireshark and tshark open as SMPP over TCP. */
import type { LoggedPdu, Peer } from "./pdu-log.ts";

/** The port at which Wireshark expects SMPP; captures have it instead of the real one. */
const smppPort = 2775;

/** Octets of SMPP in one packet: what fits in IPv4 with room to spare. */
const segmentSize = 32_768;

/** LINKTYPE_RAW: packets begin with the IP header. */
const linkType = 101;

/** The file, piece by piece. Each session is a TCP connection of its own. */
export function* pcapOf(pdus: Iterable<LoggedPdu>): Generator<Buffer, void> {
  yield fileHeader();
  const connections = new Map<number, Connection>();
  for (const { time, direction, octets, peer } of pdus) {
    const known = connections.get(peer.session);
    const connection = known ?? { peer: endpointOf(peer), sent: { in: 1, out: 1 } };
    if (known === undefined) connections.set(peer.session, connection);
    for (let at = 0; at < octets.length; at += segmentSize) {
      const packet = packetOf(connection, direction, octets.subarray(at, at + segmentSize));
      yield Buffer.concat([recordHeader(time, packet.length), packet]);
    }
  }
}

interface Endpoint {
  readonly address: readonly number[];
  readonly port: number;
}

/** Sequence numbers of TCP in both directions. */
interface Connection {
  readonly peer: Endpoint;
  readonly sent: { in: number; out: number };
}

const loopback = [127, 0, 0, 1] as const;

/** The peer's own address when it is one of IPv4; else loopback, and a port made of the session. */
function endpointOf({ remote, session }: Peer): Endpoint {
  const [, address, port] = /(?:^|:)(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(remote) ?? [];
  if (address === undefined) return { address: loopback, port: 49_152 + (session % 16_384) };
  return { address: address.split(".").map(Number), port: Number(port) };
}

/** Version 2.4, microseconds, big-endian (the magic number says so). */
function fileHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(0xa1b2c3d4, 0);
  header.writeUInt16BE(2, 4);
  header.writeUInt16BE(4, 6);
  header.writeUInt32BE(65_535, 16);
  header.writeUInt32BE(linkType, 20);
  return header;
}

function recordHeader(time: number, length: number): Buffer {
  const header = Buffer.alloc(16);
  const microseconds = Math.round(time * 1000);
  header.writeUInt32BE(Math.floor(microseconds / 1e6), 0);
  header.writeUInt32BE(microseconds % 1e6, 4);
  header.writeUInt32BE(length, 8);
  header.writeUInt32BE(length, 12);
  return header;
}

/** IPv4 (RFC 791) and TCP (RFC 9293) headers of 20 octets each, and the payload. */
function packetOf(
  { peer, sent }: Connection,
  direction: "in" | "out",
  payload: Uint8Array,
): Buffer {
  const centre = { address: loopback, port: smppPort };
  const [from, to] = direction === "in" ? [peer, centre] : [centre, peer];
  const packet = Buffer.alloc(40 + payload.length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(0x4000, 6); // don't fragment
  packet[8] = 64;
  packet[9] = 6;
  packet.set(from.address, 12);
  packet.set(to.address, 16);
  packet.writeUInt16BE(checksum(packet.subarray(0, 20)), 10);
  const tcp = packet.subarray(20);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(sent[direction] % 2 ** 32, 4);
  tcp.writeUInt32BE(sent[direction === "in" ? "out" : "in"] % 2 ** 32, 8);
  tcp[12] = 0x50;
  tcp[13] = 0x18; // PSH, ACK
  tcp.writeUInt16BE(65_535, 14);
  tcp.set(payload, 20);
  tcp.writeUInt16BE(checksum(Buffer.concat([pseudoHeader(packet), tcp])), 16);
  sent[direction] += payload.length;
  return packet;
}

/** What the checksum of TCP covers besides the segment: addresses, protocol, length. */
function pseudoHeader(packet: Buffer): Buffer {
  const length = packet.length - 20;
  return Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 6, length >> 8, length & 0xff])]);
}

/** The internet checksum (RFC 1071). */
function checksum(octets: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < octets.length; at += 2) sum += octets.readUInt16BE(at);
  if (octets.length % 2 === 1) sum += (octets[octets.length - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
