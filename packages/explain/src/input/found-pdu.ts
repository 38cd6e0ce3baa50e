// Finds PDUs in a run of octets, also when it begins in the middle of one, or one has a wrong length.

import { commands } from "@esme/pdu";
import { uint32 } from "../octets.ts";

/** A PDU as it was found in some input, or a remark about what was found instead. */
export interface FoundPdu {
  /** Its octets, a view into the input where possible; none when there is only a remark. */
  readonly octets: Uint8Array;
  /** Which way it went: `127.0.0.1:50000 to 127.0.0.1:2775`, `sent`, `received`; empty when nobody knows. */
  readonly direction: string;
  /** When, in ISO 8601 or as the log has it. */
  readonly time?: string | undefined;
  /** What is wrong with how it was found, one sentence each. */
  readonly remarks: readonly string[];
}

/** A PDU in a run of octets, with its place. */
export interface Frame {
  readonly start: number;
  readonly end: number;
  /** A remark instead of a PDU: these octets are none. */
  readonly skipped?: string;
}

const HEADER = 16;

/** PDUs are shorter in practice: 64 KiB of message_payload and a few TLVs. */
const LONGEST = 0x2_0000;

const ids: ReadonlySet<number> = new Set(Object.values(commands).map(({ id }) => id));

/** Commands with a password: what follows one of a wrong length may be the password. */
const secretIds: ReadonlySet<number> = new Set(
  Object.values(commands)
    .filter(({ fields }) => "password" in fields)
    .map(({ id }) => id),
);

/** Whether a header may begin at `at`: a known command_id, and a length that a PDU can have. */
function isHeader(octets: Uint8Array, at: number): boolean {
  if (octets.length - at < HEADER) return false;
  const length = uint32(octets, at);
  return length >= HEADER && length <= LONGEST && ids.has(uint32(octets, at + 4));
}

/** Whether a PDU may begin at `at` and reach to the end of the run or to another header. */
function isPdu(octets: Uint8Array, at: number): boolean {
  if (!isHeader(octets, at)) return false;
  const end = at + uint32(octets, at);
  const left = octets.length - end;
  // Fewer octets than a header: the beginning of a PDU that was cut off.
  return left < HEADER || isHeader(octets, end);
}

/** The first place from `from` on where a PDU may begin; -1 when there is none. */
export function findPdu(octets: Uint8Array, from: number): number {
  for (let at = from; at + HEADER <= octets.length; at++) {
    // Lengths above 16 MiB are none: one look at most octets.
    if (octets[at] === 0 && isPdu(octets, at)) return at;
  }
  return -1;
}

/**
 * The PDUs of a run, in order. What is no PDU is passed over up to the next one, with a remark. Octets at
 * the end that are not whole are a PDU, too; with `strict` only when they begin with a known command.
 */
export function* framesIn(octets: Uint8Array, strict = false): Generator<Frame, void> {
  let at = 0;
  while (at < octets.length) {
    const left = octets.length - at;
    const length = left >= 4 ? uint32(octets, at) : 0;
    const id = left >= HEADER ? uint32(octets, at + 4) : undefined;
    const isKnown = id !== undefined && ids.has(id);
    const fits = length >= HEADER && length <= left;
    const isFollowed = fits && isEnd(octets, at + length);
    if (isFollowed || (fits && isKnown && !secretIds.has(id))) {
      yield { start: at, end: at + length };
      at += length;
      continue;
    }
    const next = findPdu(octets, at + 1);
    const end = next < 0 ? octets.length : next;
    const skipped = isKnown ? undefined : wordsFor(octets, at, next, strict);
    yield skipped === undefined ? { start: at, end } : { start: at, end, skipped };
    at = end;
  }
}

/** Whether a run ends here, or goes on with a header. */
function isEnd(octets: Uint8Array, at: number): boolean {
  return at === octets.length || isHeader(octets, at);
}

/** What to say about octets that begin with no known command; undefined where they are shown. */
function wordsFor(
  octets: Uint8Array,
  start: number,
  next: number,
  strict: boolean,
): string | undefined {
  const left = octets.length - start;
  const length = left >= 4 ? uint32(octets, start) : undefined;
  if (next >= 0) {
    const where = start === 0 ? "before the first PDU" : `at octet ${start}`;
    return `${next - start} octets ${where} are no PDU: they are left out`;
  }
  if (left < HEADER && length !== undefined && start > 0) {
    return length < HEADER
      ? `command_length is ${length}, a PDU has at least ${HEADER} octets`
      : `the PDU at octet ${start} is cut off: ${left} of ${length} octets are there`;
  }
  return strict ? `${left} octets at octet ${start} are no PDU: they are left out` : undefined;
}

/** The PDUs of a run that has no directions and no times. */
export function* pdusIn(octets: Uint8Array, direction = ""): Generator<FoundPdu, void> {
  for (const { start, end, skipped } of framesIn(octets)) {
    if (skipped === undefined) {
      yield { octets: octets.subarray(start, end), direction, remarks: [] };
    } else yield { octets: octets.subarray(0, 0), direction, remarks: [skipped] };
  }
}
