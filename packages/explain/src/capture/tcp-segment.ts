// Finds the TCP segment in a packet: through the link layer, VLAN tags, IPv4 and IPv6.

import { octet, uint16, uint32 } from "../octets.ts";
import type { Packet } from "./packets.ts";

/** One TCP segment (RFC 9293). */
export interface Segment {
  /** `127.0.0.1:2775`, `[::1]:2775`. */
  readonly from: string;
  readonly to: string;
  /** Of the first octet of the payload; of a SYN its own. */
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly payload: Uint8Array;
  /** Octets of the payload that were not captured. */
  readonly missing: number;
}

/** Why a packet has no segment. */
export type NoSegment = "other" | "fragment" | "unknown_link";

/** Octets before the EtherType or before IP, by link type. */
interface Link {
  /** The place of the EtherType; undefined where IP comes at once. */
  readonly etherType?: number;
  readonly header: number;
}

/** LINKTYPE_ values of tcpdump.org/linktypes.html. */
const links: ReadonlyMap<number, Link> = new Map([
  [0, { header: 4 }], // BSD loopback: the family, in the byte order of the machine
  [1, { etherType: 12, header: 14 }], // Ethernet
  [12, { header: 0 }], // raw IP of OpenBSD
  [14, { header: 0 }], // raw IP of others
  [101, { header: 0 }], // raw IP
  [108, { header: 4 }], // OpenBSD loopback
  [113, { etherType: 14, header: 16 }], // Linux cooked
  [228, { header: 0 }], // IPv4
  [229, { header: 0 }], // IPv6
  [276, { etherType: 0, header: 20 }], // Linux cooked v2
]);

const VLAN = new Set([0x8100, 0x88a8, 0x9100]);
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const PPPOE = 0x8864;
const TCP = 6;

/** An IP packet: what is in it, and how much of it was captured. */
interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly payload: Uint8Array;
  readonly missing: number;
}

export function segmentOf({ linkType, octets }: Packet): Segment | NoSegment {
  const link = links.get(linkType);
  if (link === undefined) return "unknown_link";
  let at = link.header;
  if (link.etherType !== undefined) {
    let type = uint16(octets, link.etherType);
    while (VLAN.has(type) && at + 4 <= octets.length) {
      type = uint16(octets, at + 2);
      at += 4;
    }
    // A session of PPPoE (RFC 2516): six octets, then the protocol of PPP.
    if (type === PPPOE) {
      at += 8;
      type = uint16(octets, at - 2) === 0x57 ? IPV6 : IPV4;
    }
    if (type !== IPV4 && type !== IPV6) return "other";
  }
  const datagram = datagramOf(octets.subarray(at));
  return typeof datagram === "string" ? datagram : tcpOf(datagram);
}

function datagramOf(octets: Uint8Array): Datagram | NoSegment {
  switch (octet(octets, 0) >> 4) {
    case 4:
      return ofIpv4(octets);
    case 6:
      return ofIpv6(octets);
    default:
      return "other";
  }
}

function ofIpv4(octets: Uint8Array): Datagram | NoSegment {
  const header = (octet(octets, 0) & 0x0f) * 4;
  if (header < 20 || octets.length < header || octet(octets, 9) !== TCP) return "other";
  if ((uint16(octets, 6) & 0x3fff) !== 0) return "fragment";
  // 0 when the network card cuts the packet later.
  const length = uint16(octets, 2) || octets.length;
  if (length < header) return "other";
  return {
    from: [...octets.subarray(12, 16)].join("."),
    to: [...octets.subarray(16, 20)].join("."),
    payload: octets.subarray(header, length),
    missing: Math.max(0, length - octets.length),
  };
}

/** Headers of IPv6 that may stand before TCP (RFC 8200): hop by hop, routing, destination; authentication. */
const EXTENSIONS = new Set([0, 43, 60, 51]);
const FRAGMENT = 44;

function ofIpv6(octets: Uint8Array): Datagram | NoSegment {
  if (octets.length < 40) return "other";
  const said = uint16(octets, 4);
  const length = said === 0 ? octets.length : 40 + said;
  let next = octet(octets, 6);
  let at = 40;
  while (EXTENSIONS.has(next) && at + 8 <= octets.length) {
    const size = octet(octets, at + 1);
    const step = next === 51 ? (size + 2) * 4 : (size + 1) * 8;
    next = octet(octets, at);
    at += step;
  }
  if (next === FRAGMENT) return "fragment";
  if (next !== TCP || at > length) return "other";
  return {
    from: `[${ipv6(octets.subarray(8, 24))}]`,
    to: `[${ipv6(octets.subarray(24, 40))}]`,
    payload: octets.subarray(at, length),
    missing: Math.max(0, length - octets.length),
  };
}

function tcpOf({ from, to, payload, missing }: Datagram): Segment | NoSegment {
  const header = (octet(payload, 12) >> 4) * 4;
  if (payload.length < 20 || header < 20 || header > payload.length) return "other";
  return {
    from: `${from}:${uint16(payload, 0)}`,
    to: `${to}:${uint16(payload, 2)}`,
    sequence: uint32(payload, 4),
    isSyn: (octet(payload, 13) & 0x02) !== 0,
    payload: payload.subarray(header),
    missing,
  };
}

/** An address as RFC 5952 writes it: the first of the longest runs of zeros is left out. */
function ipv6(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => uint16(address, 2 * index));
  let [best, bestLength] = [-1, 1];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > bestLength) [best, bestLength] = [start, end - start];
  }
  const words = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (best < 0) return words(groups);
  return `${words(groups.slice(0, best))}::${words(groups.slice(best + bestLength))}`;
}
