/** An SMPP cache in this process: fast, bounded, alone, forgotten at the end. */

import { createHash } from "node:crypto";
import { resolveNumbers } from "./options.ts";
import {
  checkPart,
  type IncompleteMessage,
  type KnownMessage,
  type LeasedMultipart,
  type MessagePart,
  type OnIncomplete,
  type PartInfo,
  type SmppCache,
} from "./smpp-cache.ts";

/** Options of {@link InMemorySmppCache}. */
export interface InMemorySmppCacheOptions {
  /** How long an SMSC's message id is kept, in seconds. Default 86400. */
  timeout?: number;
  /** How long an incomplete message is kept after its last part, in seconds. Default 86400. */
  multipartTimeout?: number;
  /** How many message ids are kept; beyond that the oldest is forgotten. Default 1,000,000. */
  maxMessageIds?: number;
  /**
   * How much messages in parts may take, in octets, each part counted with 256 octets on top for
   * its keeping; beyond that the oldest is forgotten, incomplete ones first. Default 67,108,864.
   */
  maxMultipartOctets?: number;
}

/** What an {@link InMemorySmppCache} takes from outside. */
export interface InMemorySmppCacheDeps {
  /** The clock. Default `() => new Date()`. */
  now?: () => Date;
  /** Is told of what is given up, with the next part that is stored. */
  onIncomplete?: OnIncomplete;
}

const defaults = {
  timeout: 86_400,
  multipartTimeout: 86_400,
  maxMessageIds: 1_000_000,
  maxMultipartOctets: 67_108_864,
};

const octetsPerPart = 256;

interface PartSet {
  readonly first: MessagePart;
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

/** Flat, and with a time that fits into 31 bits for weeks: that halves what an id takes. */
interface Id {
  readonly messageId: string;
  /** 0 where nothing is known of parts. */
  readonly part: number;
  readonly total: number;
  /** In milliseconds since the cache was made. */
  readonly expires: number;
}

/**
 * All memories are Maps in the order of their deadlines, since all entries of one kind live
 * equally long and a touched one moves to the end. What is too old is therefore at the front,
 * and is removed when something is stored: no timer runs, and an idle cache keeps no process alive.
 */
export class InMemorySmppCache implements SmppCache {
  readonly #options: Required<InMemorySmppCacheOptions>;
  readonly #now: () => Date;
  readonly #onIncomplete: OnIncomplete;
  readonly #made: number;
  readonly #sets = new Map<string, PartSet>();
  readonly #joined = new Map<string, JoinedMessage>();
  readonly #ids = new Map<string, Id>();
  #octets = 0;

  /** Throws a TypeError that names the option when one is unknown or not a number above 0. */
  constructor(options: InMemorySmppCacheOptions = {}, deps: InMemorySmppCacheDeps = {}) {
    this.#options = resolveNumbers({ ...options }, defaults);
    this.#now = deps.now ?? (() => new Date());
    this.#onIncomplete = deps.onIncomplete ?? (() => {});
    this.#made = this.#now().getTime();
  }

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    return this.#store(part);
  }

  async leaseMultipart(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    const now = this.#elapsed();
    const key = joinedKey(part);
    const known = this.#joined.get(key);
    if (known !== undefined && known.leasedUntil > now) return { kind: "leased" };
    const octets = known?.octets ?? this.#store(part);
    if (octets === undefined) return { kind: "incomplete" };
    this.#forgetJoined(key, known);
    const expires = now + this.#options.multipartTimeout * 1000;
    this.#joined.set(key, { octets, expires, leasedUntil: now + lease * 1000 });
    this.#octets += octets.length + octetsPerPart;
    this.#makeRoom();
    return { kind: "whole", octets: octets.slice() };
  }

  async settleMultipart(part: MessagePart, published: boolean): Promise<void> {
    const key = joinedKey(part);
    const joined = this.#joined.get(key);
    if (published) this.#forgetJoined(key, joined);
    else if (joined !== undefined) joined.leasedUntil = 0;
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    const now = this.#elapsed();
    for (const [key, { expires }] of this.#ids) {
      if (expires > now) break;
      this.#ids.delete(key);
    }
    this.#ids.delete(smppId);
    const { part, total } = info ?? { part: 0, total: 0 };
    const expires = now + this.#options.timeout * 1000;
    this.#ids.set(smppId, { messageId, part, total, expires });
    if (this.#ids.size > this.#options.maxMessageIds) {
      const [oldest] = this.#ids.keys();
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    const id = this.#ids.get(smppId);
    if (id === undefined || id.expires <= this.#elapsed()) return undefined;
    const { messageId, part, total } = id;
    return total === 0 ? { messageId } : { messageId, info: { part, total } };
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    this.#ids.delete(smppId);
  }

  async close(): Promise<void> {
    this.#ids.clear();
    this.#sets.clear();
    this.#joined.clear();
    this.#octets = 0;
  }

  #elapsed(): number {
    return this.#now().getTime() - this.#made;
  }

  #store(part: MessagePart): Uint8Array | undefined {
    const { source, destination, reference, total, sequence, octets } = checkPart(part);
    const now = this.#elapsed();
    this.#dropExpired(now);
    const key = JSON.stringify([source, destination, reference, total]);
    const set = this.#sets.get(key) ?? { first: part, parts: new Map(), octets: 0, expires: 0 };
    this.#forgetSet(key, set);
    const replaced = set.parts.get(sequence);
    set.octets += octets.length - (replaced?.length ?? -octetsPerPart);
    // A copy: the octets are a view into a network buffer that is a thousand times larger.
    set.parts.set(sequence, octets.slice());
    if (set.parts.size === total) return joined(set, total);
    set.expires = now + this.#options.multipartTimeout * 1000;
    this.#sets.set(key, set);
    this.#octets += set.octets;
    this.#makeRoom();
    return undefined;
  }

  #dropExpired(now: number): void {
    for (const [key, set] of this.#sets) {
      if (set.expires > now) break;
      this.#giveUp(key, set, "expired");
    }
    for (const [key, joined] of this.#joined) {
      if (joined.expires > now) break;
      this.#forgetJoined(key, joined);
    }
  }

  #makeRoom(): void {
    for (const [key, set] of this.#sets) {
      if (this.#octets <= this.#options.maxMultipartOctets) return;
      this.#giveUp(key, set, "evicted");
    }
    for (const [key, joined] of this.#joined) {
      if (this.#octets <= this.#options.maxMultipartOctets) return;
      this.#forgetJoined(key, joined);
    }
  }

  #giveUp(key: string, set: PartSet, reason: IncompleteMessage["reason"]): void {
    this.#forgetSet(key, set);
    const { source, destination, reference, total } = set.first;
    const received = [...set.parts.keys()].sort((a, b) => a - b);
    this.#onIncomplete({ source, destination, reference, total, received, reason });
  }

  #forgetSet(key: string, set: PartSet): void {
    if (this.#sets.delete(key)) this.#octets -= set.octets;
  }

  #forgetJoined(key: string, joined: JoinedMessage | undefined): void {
    if (joined === undefined || !this.#joined.delete(key)) return;
    this.#octets -= joined.octets.length + octetsPerPart;
  }
}

/** With a digest of the octets: another message may come with the same reference. */
function joinedKey({ source, destination, reference, total, sequence, octets }: MessagePart) {
  const digest = createHash("sha256").update(octets).digest("base64");
  return JSON.stringify([source, destination, reference, total, sequence, digest]);
}

function joined({ parts }: PartSet, total: number): Uint8Array {
  const whole: Uint8Array[] = [];
  let length = 0;
  for (let sequence = 1; sequence <= total; sequence++) {
    const octets = parts.get(sequence) ?? new Uint8Array(0);
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
