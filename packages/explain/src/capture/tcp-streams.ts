// Puts the streams of TCP together: segments out of order, sent twice, overlapping, or lost.

import type { Segment } from "./tcp-segment.ts";

/** Octets of one direction without a hole. */
export interface Run {
  readonly octets: Uint8Array;
  /** Octets that are missing before it; undefined for the first one. */
  readonly missing: number | undefined;
  /** Where each segment ends in `octets`, and the packet that completed all up to there. */
  readonly marks: readonly { readonly end: number; readonly packet: number }[];
}

/** One direction of a connection. */
export interface Direction {
  readonly from: string;
  readonly to: string;
  readonly runs: readonly Run[];
}

/** Both directions of a connection; the one of the first packet stands first. */
export type Connection = readonly [Direction, Direction];

/** A segment with the number of its packet and its place in the stream. */
interface Placed {
  readonly packet: number;
  /** Octets from the first segment of the direction; negative for an earlier one that came late. */
  readonly place: number;
  readonly segment: Segment;
}

/** The segments of one direction. */
interface Side {
  readonly from: string;
  readonly to: string;
  readonly segments: Placed[];
  /** The sequence number and the place of the last segment, to count on from. */
  last: { readonly sequence: number; readonly place: number } | undefined;
  /** The sequence number of its SYN. */
  syn: number | undefined;
}

/** Collects the segments of a capture, in its order. */
export class TcpStreams {
  readonly #open = new Map<string, [Side, Side]>();
  readonly #all: [Side, Side][] = [];

  add(segment: Segment, packet: number): void {
    const { from, to, sequence, isSyn, payload, missing } = segment;
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    let sides = this.#open.get(key);
    const known = sides?.find((side) => side.from === from);
    // The same ports again, with another first number: a new connection.
    const isNew = isSyn && known?.syn !== undefined && known.syn !== sequence;
    const isLate = isSyn && known?.syn === undefined && (known?.segments.length ?? 0) > 0;
    if (sides === undefined || isNew || isLate) {
      sides = [side(from, to), side(to, from)];
      this.#open.set(key, sides);
      this.#all.push(sides);
    }
    const own = sides[0].from === from ? sides[0] : sides[1];
    if (isSyn) {
      own.syn = sequence;
      own.last = { sequence: (sequence + 1) >>> 0, place: 0 };
    }
    if (payload.length + missing === 0) return;
    const number = isSyn ? (sequence + 1) >>> 0 : sequence;
    // Sequence numbers begin at 0 again after 2^32: the nearest place to the last one counts.
    const place = own.last === undefined ? 0 : own.last.place + ((number - own.last.sequence) | 0);
    own.last = { sequence: number, place };
    own.segments.push({ packet, place, segment });
  }

  connections(): Connection[] {
    return this.#all.map(([one, other]) => [directionOf(one), directionOf(other)]);
  }
}

function side(from: string, to: string): Side {
  return { from, to, segments: [], last: undefined, syn: undefined };
}

/** A stretch of a run: octets that are new, and the packet that brought them. */
interface Stretch {
  readonly octets: Uint8Array;
  readonly packet: number;
}

function directionOf({ from, to, segments, syn }: Side): Direction {
  const sorted = segments.toSorted((a, b) => a.place - b.place || a.packet - b.packet);
  const runs: Run[] = [];
  let stretches: Stretch[] = [];
  let missing: number | undefined;
  // After a SYN, places count from its first octet.
  let reached = syn === undefined ? undefined : 0;
  for (const { place, packet, segment } of sorted) {
    const { payload } = segment;
    reached ??= place;
    if (place > reached) {
      if (stretches.length > 0) runs.push(runOf(stretches, missing));
      missing = (stretches.length > 0 ? 0 : (missing ?? 0)) + place - reached;
      stretches = [];
      reached = place;
    }
    // What was there already is the same, sent again.
    const fresh = payload.subarray(Math.max(0, reached - place));
    if (fresh.length === 0) continue;
    stretches.push({ octets: fresh, packet });
    reached = place + payload.length;
  }
  if (stretches.length > 0) runs.push(runOf(stretches, missing));
  return { from, to, runs };
}

function runOf(stretches: readonly Stretch[], missing: number | undefined): Run {
  const size = stretches.reduce((sum, { octets }) => sum + octets.length, 0);
  const octets = new Uint8Array(size);
  const marks: { end: number; packet: number }[] = [];
  let end = 0;
  let latest = 0;
  for (const stretch of stretches) {
    octets.set(stretch.octets, end);
    end += stretch.octets.length;
    latest = Math.max(latest, stretch.packet);
    marks.push({ end, packet: latest });
  }
  return { octets, missing, marks };
}
