// The PDUs of a capture of packets: every connection with SMPP, its PDUs in the order in which they were whole.

import { type FoundPdu, findPdu, framesIn } from "../input/found-pdu.ts";
import { isPacketFile, type Packet, readPackets } from "./packets.ts";
import { type NoSegment, segmentOf } from "./tcp-segment.ts";
import { type Connection, type Direction, TcpStreams } from "./tcp-streams.ts";

/** Whether octets are a capture file: pcap or pcapng. */
export function isCapture(octets: Uint8Array): boolean {
  return isPacketFile(octets);
}

const NONE = new Uint8Array(0);

/** Throws `InputError` `bad_capture` for a file whose head cannot be read. */
export function readCapture(octets: Uint8Array): FoundPdu[] {
  const { packets, remarks } = readPackets(octets);
  const streams = new TcpStreams();
  const left = new Map<NoSegment, number>();
  let cut = 0;
  for (const [index, packet] of packets.entries()) {
    const segment = segmentOf(packet);
    if (typeof segment === "string") left.set(segment, (left.get(segment) ?? 0) + 1);
    else {
      if (segment.missing > 0) cut++;
      streams.add(segment, index);
    }
  }
  const connections = streams.connections();
  const withSmpp = connections.filter((connection) => connection.some(hasPdu));
  const about = [...remarks, ...remarksOn(packets, left, cut), ...others(connections, withSmpp)];
  return [
    ...withSmpp.flatMap((connection) => pdusOf(connection, packets)),
    ...about.map((remark) => ({ octets: NONE, direction: "", remarks: [remark] })),
  ];
}

function hasPdu({ runs }: Direction): boolean {
  return runs.some(({ octets }) => findPdu(octets, 0) >= 0);
}

/** A PDU with the packet that completed it. */
type Timed = FoundPdu & { readonly packet: number };

function pdusOf(connection: Connection, packets: readonly Packet[]): FoundPdu[] {
  const found = connection.flatMap((direction) => pdusOfDirection(direction, packets));
  return found.toSorted((a, b) => a.packet - b.packet);
}

function pdusOfDirection({ from, to, runs }: Direction, packets: readonly Packet[]): Timed[] {
  const direction = `${from} to ${to}`;
  const found: Timed[] = [];
  for (const { octets, missing, marks } of runs) {
    let mark = 0;
    let lost = missing;
    for (const { start, end, skipped } of framesIn(octets, true)) {
      while (mark < marks.length - 1 && (marks[mark]?.end ?? 0) < end) mark++;
      const packet = marks[mark]?.packet ?? 0;
      const remarks = skipped === undefined ? [] : [skipped];
      if (lost !== undefined && lost > 0) {
        remarks.unshift(`${lost} octets before this are not in the capture`);
        lost = undefined;
      }
      const time = timeOf(packets[packet]);
      const pdu = skipped === undefined ? octets.subarray(start, end) : NONE;
      found.push({ octets: pdu, direction, time, remarks, packet });
    }
  }
  return found;
}

/** ISO 8601 in UTC, with milliseconds; undefined for times that a Date cannot have. */
function timeOf(packet: Packet | undefined): string | undefined {
  const time = packet?.time;
  if (time === undefined || !(Math.abs(time) <= 8.64e15)) return undefined;
  return new Date(time).toISOString();
}

function remarksOn(
  packets: readonly Packet[],
  left: ReadonlyMap<NoSegment, number>,
  cut: number,
): string[] {
  const remarks: string[] = [];
  const fragments = left.get("fragment");
  if (fragments !== undefined) {
    remarks.push(`IP packets that are fragments are left out: ${fragments}`);
  }
  if (cut > 0) {
    remarks.push(
      `packets that were cut off when they were captured: ${cut} (tcpdump -s 0 keeps all)`,
    );
  }
  if (left.has("unknown_link")) {
    const types = [...new Set(packets.map(({ linkType }) => linkType))].join(", ");
    remarks.push(
      `packets of link type ${types} cannot be read: expected Ethernet, Linux cooked, loopback or raw IP`,
    );
  }
  return remarks;
}

/** What the connections are that have no PDU. */
function others(all: readonly Connection[], withSmpp: readonly Connection[]): string[] {
  const smpp = new Set(withSmpp);
  const rest = all.filter((connection) => !smpp.has(connection) && connection.some(hasOctets));
  if (rest.length === 0) {
    return all.some((connection) => connection.some(hasOctets))
      ? []
      : ["the capture has no octets of a TCP connection"];
  }
  const tls = rest.filter((connection) => connection.some(isTls));
  const words =
    rest.length === 1
      ? "1 TCP connection has no SMPP in it"
      : `${rest.length} TCP connections have no SMPP in them`;
  const encrypted = tls.length > 0 ? ` (${tls.length} of them TLS, which cannot be read)` : "";
  return [`${words}${encrypted}`];
}

function hasOctets({ runs }: Direction): boolean {
  return runs.length > 0;
}

/** A record of a TLS handshake (RFC 8446 section 5.1). */
function isTls({ runs }: Direction): boolean {
  const [first] = runs;
  return first?.octets[0] === 0x16 && first.octets[1] === 0x03;
}
