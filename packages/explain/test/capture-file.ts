// Writes captures as they are found: link types, IPv4 and IPv6, TCP segments, pcap and pcapng.

/** A segment between two hosts; `client` says who sends it. */
export interface TestSegment {
  readonly data: Uint8Array;
  readonly from?: "client" | "smsc";
  /** Sequence number of its first octet. */
  readonly sequence: number;
  readonly syn?: boolean;
  /** The client's port; default 50000. */
  readonly port?: number;
  /** Octets at the end that were not captured. */
  readonly cut?: number;
}

export type Ip = (segment: TestSegment) => Buffer;

function tcp({ data, from = "client", sequence, syn = false, port = 50_000 }: TestSegment): Buffer {
  const head = Buffer.alloc(20);
  const [source, destination] = from === "client" ? [port, 2775] : [2775, port];
  head.writeUInt16BE(source, 0);
  head.writeUInt16BE(destination, 2);
  head.writeUInt32BE(sequence >>> 0, 4);
  head.writeUInt8(0x50, 12);
  head.writeUInt8(syn ? 0x02 : 0x10, 13);
  head.writeUInt16BE(65_535, 14);
  return Buffer.concat([head, data]);
}

/** An IPv4 packet; Ethernet pads short ones, which `padding` shows. */
export const ipv4: Ip = (segment) => {
  const body = tcp(segment);
  const head = Buffer.alloc(20);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(20 + body.length, 2);
  head.writeUInt8(64, 8);
  head.writeUInt8(6, 9);
  const [client, smsc] = [
    [10, 0, 0, 1],
    [10, 0, 0, 2],
  ];
  const isClient = (segment.from ?? "client") === "client";
  head.set(isClient ? [...client, ...smsc] : [...smsc, ...client], 12);
  const packet = Buffer.concat([head, body]);
  return packet.subarray(0, packet.length - (segment.cut ?? 0));
};

export const ipv6: Ip = (segment) => {
  const body = tcp(segment);
  const head = Buffer.alloc(40);
  head.writeUInt8(0x60, 0);
  // A hop-by-hop header of eight octets stands before TCP.
  head.writeUInt16BE(8 + body.length, 4);
  head.writeUInt8(0, 6);
  head.writeUInt8(64, 7);
  const isClient = (segment.from ?? "client") === "client";
  head.set([0x20, 0x01, 0x0d, 0xb8], isClient ? 8 : 24);
  head.writeUInt8(1, isClient ? 23 : 39);
  head.writeUInt8(1, isClient ? 39 : 23);
  const options = Buffer.from([6, 0, 1, 4, 0, 0, 0, 0]);
  return Buffer.concat([head, options, body]);
};

const mac = "020000000001020000000002";

/** What stands before IP, by link type. */
export const links: Readonly<Record<string, readonly [number, (ip: Buffer) => Buffer]>> = {
  ethernet: [1, (ip) => Buffer.concat([Buffer.from(`${mac}${etherType(ip)}`, "hex"), ip])],
  "ethernet with padding": [
    1,
    (ip) => Buffer.concat([Buffer.from(`${mac}${etherType(ip)}`, "hex"), ip, Buffer.alloc(6)]),
  ],
  "two VLAN tags": [
    1,
    (ip) => Buffer.concat([Buffer.from(`${mac}88a800018100000a${etherType(ip)}`, "hex"), ip]),
  ],
  PPPoE: [
    1,
    (ip) =>
      Buffer.concat([
        Buffer.from(`${mac}8864110000010000${etherType(ip) === "86dd" ? "0057" : "0021"}`, "hex"),
        ip,
      ]),
  ],
  "Linux cooked": [
    113,
    (ip) => Buffer.concat([Buffer.from(`0000000100060200000000010000${etherType(ip)}`, "hex"), ip]),
  ],
  "Linux cooked v2": [
    276,
    (ip) =>
      Buffer.concat([
        Buffer.from(`${etherType(ip)}000000000001000100060200000000010000`, "hex"),
        ip,
      ]),
  ],
  "raw IP": [101, (ip) => ip],
  loopback: [
    0,
    (ip) => Buffer.concat([Buffer.from([etherType(ip) === "86dd" ? 30 : 2, 0, 0, 0]), ip]),
  ],
  "OpenBSD loopback": [108, (ip) => Buffer.concat([Buffer.from([0, 0, 0, 2]), ip])],
};

function etherType(ip: Buffer): string {
  return (ip[0] ?? 0) >> 4 === 6 ? "86dd" : "0800";
}

/** 2026-03-01T12:00:00.123Z, and a millisecond more for each packet. */
const start = BigInt(Date.UTC(2026, 2, 1, 12)) + 123n;

/** A pcap file; big-endian with nanoseconds when asked. */
export function pcap(linkType: number, packets: readonly Buffer[], big = false): Buffer {
  const number = (value: number) => {
    const octets = Buffer.alloc(4);
    if (big) octets.writeUInt32BE(value);
    else octets.writeUInt32LE(value);
    return octets;
  };
  const version = Buffer.from(big ? "00020004" : "02000400", "hex");
  const magic = number(big ? 0xa1b23c4d : 0xa1b2c3d4);
  const head = Buffer.concat([
    magic,
    version,
    number(0),
    number(0),
    number(65_535),
    number(linkType),
  ]);
  const records = packets.flatMap((packet, index) => {
    const time = start + BigInt(index);
    const part = Number(time % 1000n) * (big ? 1_000_000 : 1000);
    return [
      number(Number(time / 1000n)),
      number(part),
      number(packet.length),
      number(packet.length),
      packet,
    ];
  });
  return Buffer.concat([head, ...records]);
}

function block(type: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(12 + padded.length);
  const kind = Buffer.alloc(4);
  kind.writeUInt32LE(type);
  return Buffer.concat([kind, size, padded, size]);
}

/** A pcapng file with nanoseconds, a comment, a block of names and a simple packet block on request. */
export function pcapng(linkType: number, packets: readonly Buffer[], simple = false): Buffer {
  const section = block(
    0x0a0d0d0a,
    Buffer.from("4d3c2b1a01000000ffffffffffffffff" + "0100030061626300" + "00000000", "hex"),
  );
  const face = Buffer.alloc(20);
  face.writeUInt16LE(linkType, 0);
  face.writeUInt32LE(0, 4);
  face.set([9, 0, 1, 0, 9, 0, 0, 0], 8);
  const names = block(4, Buffer.alloc(4));
  const records = packets.map((packet, index) => {
    const head = Buffer.alloc(simple ? 4 : 20);
    if (simple) head.writeUInt32LE(packet.length, 0);
    else {
      const ticks = (start + BigInt(index)) * 1_000_000n;
      head.writeUInt32LE(Number(ticks >> 32n), 4);
      head.writeUInt32LE(Number(ticks & 0xffff_ffffn), 8);
      head.writeUInt32LE(packet.length, 12);
      head.writeUInt32LE(packet.length, 16);
    }
    return block(simple ? 3 : 6, Buffer.concat([head, packet]));
  });
  return Buffer.concat([section, block(1, face), names, ...records]);
}
