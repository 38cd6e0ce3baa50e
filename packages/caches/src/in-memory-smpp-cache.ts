/** An SMPP cache in this process: fast, bounded, alone, forgotten at the end. */

import { InMemoryMultiparts } from "./in-memory-multiparts.ts";
import { OldestFirst } from "./oldest-first.ts";
import { resolveNumbers } from "./options.ts";
import type {
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  OnIncomplete,
  PartInfo,
  SmppCache,
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
 * All memories are in the order of their deadlines, since all entries of one kind live
 * equally long and a touched one moves to the end. What is too old is therefore at the front,
 * and is removed when something is stored: no timer runs, and an idle cache keeps no process alive.
 */
export class InMemorySmppCache implements SmppCache {
  readonly #options: Required<InMemorySmppCacheOptions>;
  readonly #now: () => Date;
  readonly #made: number;
  readonly #multiparts: InMemoryMultiparts;
  readonly #ids = new OldestFirst<Id>();

  /** Throws a TypeError that names the option when one is unknown or not a number above 0. */
  constructor(options: InMemorySmppCacheOptions = {}, deps: InMemorySmppCacheDeps = {}) {
    this.#options = resolveNumbers({ ...options }, defaults);
    this.#now = deps.now ?? (() => new Date());
    const { multipartTimeout, maxMultipartOctets } = this.#options;
    this.#multiparts = new InMemoryMultiparts(
      multipartTimeout * 1000,
      maxMultipartOctets,
      deps.onIncomplete ?? (() => {}),
    );
    this.#made = this.#now().getTime();
  }

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    return this.#multiparts.store(part, this.#elapsed());
  }

  async leaseMultipart(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    return this.#multiparts.lease(part, lease * 1000, this.#elapsed());
  }

  async settleMultipart(part: MessagePart, published: boolean): Promise<void> {
    this.#multiparts.settle(part, published);
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    const now = this.#elapsed();
    this.#forget((id) => id.expires <= now);
    const { part, total } = info ?? { part: 0, total: 0 };
    const expires = now + this.#options.timeout * 1000;
    this.#ids.set(smppId, { messageId, part, total, expires });
    this.#forget(() => this.#ids.size > this.#options.maxMessageIds);
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
    this.#multiparts.clear();
  }

  /** The oldest ids, one after the other. */
  #forget(isDue: (id: Id) => boolean): void {
    for (let oldest = this.#ids.oldest(); oldest && isDue(oldest[1]); ) {
      this.#ids.delete(oldest[0]);
      oldest = this.#ids.oldest();
    }
  }

  #elapsed(): number {
    return this.#now().getTime() - this.#made;
  }
}
