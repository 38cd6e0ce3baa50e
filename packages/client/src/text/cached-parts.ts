/** The parts of long messages in a cache that several processes share. */
import { hash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { OldestFirst } from "@esme/bounded";

/** One part of a message in the form of a cache. */
export interface CachedPart {
  /** `source_addr` of the PDU. */
  source: string;
  /** `destination_addr` of the PDU. */
  destination: string;
  /** The number that all parts of one message have, 0 to 65,535. */
  reference: number;
  /** Number of parts, 2 to 255. */
  total: number;
  /** The position of this part, 1 to `total`. */
  sequence: number;
  /** The octets of the text, without its header. */
  octets: Uint8Array;
  /** `data_coding` of the PDU. */
  dataCoding: number;
}

/** A cache that joins parts. Every `SmppCache` of `@esme/caches` is one. */
export interface PartCache {
  /** Stores a part. Resolves with the octets of the whole message when this part was the last one. */
  storeMultipart(part: CachedPart): Promise<Uint8Array | undefined>;
  /**
   * Stores a part, too. The whole message is leased for so many seconds: it stays in the cache until
   * settleMultipart() or the end of the lease. `leased` means that another caller has it.
   */
  leaseMultipart?(
    part: CachedPart,
    seconds: number,
  ): Promise<{ kind: "incomplete" } | { kind: "whole"; octets: Uint8Array } | { kind: "leased" }>;
  /** Ends the lease of the message that this part completed; `accepted`: removes it from the cache. */
  settleMultipart?(part: CachedPart, accepted: boolean): Promise<void>;
}

/** The octets of a complete message. */
export interface JoinedOctets {
  readonly octets: Uint8Array;
  /** To be called with whether the message was accepted. When not, its last part is delivered again. */
  readonly settle: (accepted: boolean) => Promise<void>;
}

/** Seconds to handle a complete message. Whoever receives its last part again waits so long. */
const leaseSeconds = 10;

/** Milliseconds before the next attempt to lease a message that another process has. */
const retryDelay = 100;

/** The largest number of refused messages in memory, for a cache without leases. */
const maxRefused = 1_000;

/** Joins parts in a cache. A cache without leases deletes the whole message: it is kept here until accepted. */
export class CachedParts {
  readonly #cache: PartCache;
  readonly #refused = new OldestFirst<string, Uint8Array>(maxRefused);

  constructor(cache: PartCache) {
    this.#cache = cache;
  }

  /** Adds a part. Undefined while other parts are missing. */
  async add(part: CachedPart): Promise<JoinedOctets | undefined> {
    const cache = this.#cache;
    if (cache.leaseMultipart === undefined || cache.settleMultipart === undefined) {
      return this.#addWithoutLease(part);
    }
    for (;;) {
      const leased = await cache.leaseMultipart(part, leaseSeconds);
      if (leased.kind === "incomplete") return undefined;
      if (leased.kind === "whole") {
        const settle = async (accepted: boolean) => cache.settleMultipart?.(part, accepted);
        return { octets: leased.octets, settle };
      }
      await wait(retryDelay);
    }
  }

  async #addWithoutLease(part: CachedPart): Promise<JoinedOctets | undefined> {
    const key = keyOf(part);
    const octets = this.#refused.get(key) ?? (await this.#cache.storeMultipart(part));
    this.#refused.delete(key);
    if (octets === undefined) return undefined;
    const settle = async (accepted: boolean) => {
      if (!accepted) this.#refused.set(key, octets);
    };
    return { octets, settle };
  }
}

/** With a digest of the octets, as references are reused. */
function keyOf({ source, destination, reference, total, sequence, octets }: CachedPart): string {
  const digest = hash("sha256", octets, "base64");
  return JSON.stringify([source, destination, reference, total, sequence, digest]);
}
