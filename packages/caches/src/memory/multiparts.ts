/** The parts of messages in memory, and messages joined from them that are not settled yet. */

import { hash } from "node:crypto";
import { OldestFirst } from "@esme/bounded";
import { checkPart } from "../limits.ts";
import type {
  IncompleteMessage,
  LeasedMultipart,
  MessagePart,
  OnIncomplete,
} from "../smpp-cache.ts";
import { ownText } from "./own-text.ts";

/** What the keeping of a part takes beside its octets, measured with 1 to 254 parts a message. */
const octetsPerPart = 256;

/** What the keeping of a message takes beside its parts. */
const octetsPerMessage = 512;

/** How much is kept, for how many milliseconds, and who is told of what is given up. */
export interface InMemoryMultipartsLimits {
  readonly timeout: number;
  /** In all, of parts and of joined messages. */
  readonly maxOctets: number;
  readonly onIncomplete?: OnIncomplete;
}

interface PartSet {
  readonly first: Pick<
    MessagePart,
    "source" | "destination" | "reference" | "total" | "dataCoding"
  >;
  readonly parts: Map<number, Uint8Array>;
  octets: number;
  expires: number;
}

/** A message that was handed out whole, and is not known to be published. */
interface JoinedMessage {
  readonly octets: Uint8Array;
  readonly expires: number;
  leasedUntil: number;
}

/**
 * Two memories in the order of their deadlines, as in the cache around them. Times are milliseconds of
 * any clock that never goes back.
 */
export class InMemoryMultiparts {
  readonly #limits: InMemoryMultipartsLimits;
  readonly #sets = new OldestFirst<string, PartSet>();
  readonly #joined = new OldestFirst<string, JoinedMessage>();
  #octets = 0;

  constructor(limits: InMemoryMultipartsLimits) {
    this.#limits = limits;
  }

  /** As `storeMultipart` of a cache. */
  store(part: MessagePart, now: number): Uint8Array | undefined {
    const { sequence, total, octets } = checkPart(part);
    this.#dropExpired(now);
    const key = setKey(part);
    const set = this.#setFor(part, key);
    this.#forgetSet(key, set);
    const replaced = set.parts.get(sequence);
    set.octets += octets.length - (replaced?.length ?? -octetsPerPart);
    // A copy: the octets are a view into a network buffer that is a thousand times larger. Not
    // slice(), which gives another view where they are a Buffer.
    set.parts.set(sequence, new Uint8Array(octets));
    if (set.parts.size === total) return joined(set, total);
    set.expires = now + this.#limits.timeout;
    this.#sets.set(key, set);
    this.#octets += set.octets;
    this.#makeRoom();
    return undefined;
  }

  /** As `leaseMultipart` of a cache, with the lease in milliseconds. */
  lease(part: MessagePart, lease: number, now: number): LeasedMultipart {
    const key = joinedKey(part);
    const known = this.#joined.get(key);
    if (known !== undefined && known.leasedUntil > now) return { kind: "leased" };
    const octets = known?.octets ?? this.store(part, now);
    if (octets === undefined) return { kind: "incomplete" };
    this.#forgetJoined(key, known);
    const expires = now + this.#limits.timeout;
    this.#joined.set(key, { octets, expires, leasedUntil: now + lease });
    this.#octets += octets.length + octetsPerMessage;
    this.#makeRoom();
    return { kind: "whole", octets: octets.slice() };
  }

  /** As `settleMultipart` of a cache. */
  settle(part: MessagePart, published: boolean): void {
    const key = joinedKey(part);
    const joined = this.#joined.get(key);
    if (published) this.#forgetJoined(key, joined);
    else if (joined !== undefined) joined.leasedUntil = 0;
  }

  clear(): void {
    this.#sets.clear();
    this.#joined.clear();
    this.#octets = 0;
  }

  #dropExpired(now: number): void {
    this.#forget(({ expires }) => expires <= now, "expired");
  }

  #makeRoom(): void {
    this.#forget(() => this.#octets > this.#limits.maxOctets, "evicted");
  }

  /** The oldest of what is due, incomplete messages first. */
  #forget(
    isDue: (entry: { readonly expires: number }) => boolean,
    reason: IncompleteMessage["reason"],
  ): void {
    for (let oldest = this.#sets.oldest(); oldest && isDue(oldest[1]); ) {
      this.#giveUp(...oldest, reason);
      oldest = this.#sets.oldest();
    }
    for (let oldest = this.#joined.oldest(); oldest && isDue(oldest[1]); ) {
      this.#forgetJoined(...oldest);
      oldest = this.#joined.oldest();
    }
  }

  #giveUp(key: string, set: PartSet, reason: IncompleteMessage["reason"]): void {
    this.#forgetSet(key, set);
    const received = [...set.parts.keys()].sort((a, b) => a - b);
    const parts = received.map((sequence) => {
      return { sequence, octets: set.parts.get(sequence) ?? nothing };
    });
    this.#limits.onIncomplete?.({ ...set.first, received, parts, reason });
  }

  /** The set that the part belongs to. One that it cannot belong to is given up. */
  #setFor(part: MessagePart, key: string): PartSet {
    const known = this.#sets.get(key);
    if (known !== undefined && belongs(part, known)) return known;
    if (known !== undefined) this.#giveUp(key, known, "replaced");
    const { reference, total, dataCoding } = part;
    const first = {
      source: ownText(part.source),
      destination: ownText(part.destination),
      reference,
      total,
      ...(dataCoding !== undefined && { dataCoding }),
    };
    return { first, parts: new Map(), octets: octetsPerMessage, expires: 0 };
  }

  #forgetSet(key: string, set: PartSet): void {
    if (this.#sets.delete(key)) this.#octets -= set.octets;
  }

  #forgetJoined(key: string, joined: JoinedMessage | undefined): void {
    if (joined === undefined || !this.#joined.delete(key)) return;
    this.#octets -= joined.octets.length + octetsPerMessage;
  }
}

const nothing = new Uint8Array(0);

/** References are used again, and then with another total or with other octets. */
function belongs(part: MessagePart, { first, parts }: PartSet): boolean {
  const { total, sequence, octets, kind } = part;
  if (total !== first.total || kind === "report") return total === first.total;
  const before = parts.get(sequence);
  return before === undefined || Buffer.compare(before, octets) === 0;
}

function setKey({ source, destination, reference }: MessagePart): string {
  return JSON.stringify([source, destination, reference]);
}

/** With a digest of the octets: another message may come with the same reference. */
function joinedKey({ source, destination, reference, total, sequence, octets }: MessagePart) {
  const digest = hash("sha256", octets, "base64");
  return JSON.stringify([source, destination, reference, total, sequence, digest]);
}

function joined({ parts }: PartSet, total: number): Uint8Array {
  const whole: Uint8Array[] = [];
  let length = 0;
  for (let sequence = 1; sequence <= total; sequence++) {
    const octets = parts.get(sequence) ?? nothing;
    whole.push(octets);
    length += octets.length;
  }
  const message = new Uint8Array(length);
  let offset = 0;
  for (const octets of whole) {
    message.set(octets, offset);
    offset += octets.length;
  }
  return message;
}
