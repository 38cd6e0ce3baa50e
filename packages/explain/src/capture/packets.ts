// Reads the packets of a capture file: pcap, and pcapng (draft-ietf-opsawg-pcapng), without their meaning.

import { InputError } from "../input/input-error.ts";

/** A packet as it was captured. */
export interface Packet {
  /** LINKTYPE_ of the interface: what the packet begins with. */
  readonly linkType: number;
  /** Milliseconds since 1970; undefined where the block has no time. */
  readonly time: number | undefined;
  /** A view into the file. */
  readonly octets: Uint8Array;
  /** Octets that the packet had on the wire. */
  readonly length: number;
}

/** The packets of a file, and what is wrong with it. */
export interface PacketList {
  readonly packets: readonly Packet[];
  readonly remarks: readonly string[];
}

/** The first octets of pcap in either byte order, with micro- or nanoseconds: ticks per second. */
const pcapMagics: ReadonlyMap<number, { readonly little: boolean; readonly ticks: number }> =
  new Map([
    [0xa1b2c3d4, { little: false, ticks: 1e6 }],
    [0xd4c3b2a1, { little: true, ticks: 1e6 }],
    [0xa1b23c4d, { little: false, ticks: 1e9 }],
    [0x4d3cb2a1, { little: true, ticks: 1e9 }],
  ]);

const SECTION_HEADER = 0x0a0d0d0a;

export function isPacketFile(octets: Uint8Array): boolean {
  if (octets.length < 4) return false;
  const magic = viewOf(octets).getUint32(0);
  return pcapMagics.has(magic) || magic === SECTION_HEADER;
}

/** Throws {@link InputError} `bad_capture` when not even the head of the file can be read. */
export function readPackets(octets: Uint8Array): PacketList {
  const magic = viewOf(octets).getUint32(0);
  const kind = pcapMagics.get(magic);
  return kind === undefined ? readPcapng(octets) : readPcap(octets, kind.little, kind.ticks);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function readPcap(octets: Uint8Array, little: boolean, ticks: number): PacketList {
  if (octets.length < 24) {
    throw new InputError(
      "bad_capture",
      `a pcap file begins with 24 octets, this one has ${octets.length}`,
    );
  }
  const view = viewOf(octets);
  // The upper bits tell of checksums behind the packets.
  const linkType = view.getUint32(20, little) & 0xffff;
  const packets: Packet[] = [];
  let at = 24;
  while (at < octets.length) {
    const size =
      at + 16 <= octets.length ? view.getUint32(at + 8, little) : Number.POSITIVE_INFINITY;
    const end = at + 16 + size;
    if (end > octets.length) return { packets, remarks: [cutOff(at, octets.length)] };
    const seconds = view.getUint32(at, little);
    packets.push({
      linkType,
      time: seconds * 1000 + (view.getUint32(at + 4, little) / ticks) * 1000,
      octets: octets.subarray(at + 16, end),
      length: view.getUint32(at + 12, little),
    });
    at = end;
  }
  return { packets, remarks: [] };
}

function cutOff(at: number, length: number): string {
  return `the capture is cut off: the record at octet ${at} reaches past its end (${length} octets)`;
}

/** An interface of a section. */
interface Interface {
  readonly linkType: number;
  readonly ticksPerSecond: number;
  /** Seconds to add to its times. */
  readonly offset: number;
  /** Octets of a packet that are kept at most; 0 for all. */
  readonly limit: number;
}

const BYTE_ORDER = 0x1a2b3c4d;
const BLOCKS = { interface: 1, packet: 2, simple: 3, enhanced: 6 } as const;

function readPcapng(octets: Uint8Array): PacketList {
  const view = viewOf(octets);
  const packets: Packet[] = [];
  let interfaces: Interface[] = [];
  let little = false;
  let at = 0;
  while (at + 12 <= octets.length) {
    const isSection = view.getUint32(at) === SECTION_HEADER;
    if (isSection) {
      const order = view.getUint32(at + 8);
      little = order !== BYTE_ORDER;
      if (little && view.getUint32(at + 8, true) !== BYTE_ORDER) {
        throw new InputError(
          "bad_capture",
          `the section at octet ${at} of the pcapng file has no byte order`,
        );
      }
      interfaces = [];
    }
    const type = view.getUint32(at, little);
    const size = view.getUint32(at + 4, little);
    if (size < 12 || size % 4 !== 0) {
      const words = `the block at octet ${at} of the pcapng file says ${size} octets: expected 12 or more, in steps of 4`;
      return { packets, remarks: [words] };
    }
    if (at + size > octets.length) return { packets, remarks: [cutOff(at, octets.length)] };
    const block = octets.subarray(at + 8, at + size - 4);
    if (type === BLOCKS.interface) interfaces.push(readInterface(block, little));
    else if (!isSection) {
      const packet = readPacket(type, block, little, interfaces);
      if (packet !== undefined) packets.push(packet);
    }
    at += size;
  }
  if (packets.length === 0 && at === 0) {
    throw new InputError(
      "bad_capture",
      `a pcapng file begins with 28 octets, this one has ${octets.length}`,
    );
  }
  return { packets, remarks: at < octets.length ? [cutOff(at, octets.length)] : [] };
}

const OPTIONS = { end: 0, resolution: 9, offset: 14 } as const;

function readInterface(block: Uint8Array, little: boolean): Interface {
  if (block.length < 8) return { linkType: -1, ticksPerSecond: 1e6, offset: 0, limit: 0 };
  const view = viewOf(block);
  let ticksPerSecond = 1e6;
  let offset = 0;
  let at = 8;
  while (at + 4 <= block.length) {
    const [code, size] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    if (code === OPTIONS.end || at + 4 + size > block.length) break;
    if (code === OPTIONS.resolution && size === 1) {
      const power = view.getUint8(at + 4);
      ticksPerSecond = power < 0x80 ? 10 ** power : 2 ** (power & 0x7f);
    }
    if (code === OPTIONS.offset && size === 8) offset = Number(view.getBigInt64(at + 4, little));
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return {
    linkType: view.getUint16(0, little),
    ticksPerSecond,
    offset,
    limit: view.getUint32(4, little),
  };
}

/** The packet of a block; undefined for other blocks, and for one that has not what it says. */
function readPacket(
  type: number,
  block: Uint8Array,
  little: boolean,
  interfaces: readonly Interface[],
): Packet | undefined {
  const view = viewOf(block);
  if (type === BLOCKS.simple && block.length >= 4) {
    const [only] = interfaces;
    if (only === undefined) return undefined;
    const length = view.getUint32(0, little);
    const size = Math.min(length, block.length - 4, only.limit || Number.POSITIVE_INFINITY);
    const octets = block.subarray(4, 4 + size);
    return { linkType: only.linkType, time: undefined, octets, length };
  }
  const isPacket = type === BLOCKS.enhanced || type === BLOCKS.packet;
  if (!isPacket || block.length < 20) return undefined;
  const index = type === BLOCKS.enhanced ? view.getUint32(0, little) : view.getUint16(0, little);
  const found = interfaces[index];
  const size = view.getUint32(12, little);
  if (found === undefined || 20 + size > block.length) return undefined;
  const ticks = view.getUint32(4, little) * 2 ** 32 + view.getUint32(8, little);
  return {
    linkType: found.linkType,
    time: (ticks / found.ticksPerSecond + found.offset) * 1000,
    octets: block.subarray(20, 20 + size),
    length: view.getUint32(16, little),
  };
}
