/** The parts of long messages in a cache that several processes share. */
import { hash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { OldestFirst } from "@esme/bounded";

/** One part of a message, as a cache takes it. */
export interface CachedPart {
  source: string;
  destination: string;
  /** 0 to 65,535. */
  reference: number;
  /** 2 to 255. */
  total: number;
  /** 1 to `total`. */
  sequence: number;
  /** Without its header. */
  octets: Uint8Array;
  dataCoding: number;
}

/** What of an `SmppCache` of `@esme/caches` joins parts; every `SmppCache` fits. */
export interface PartCache {
  /** The octets of the whole when this part was the last one missing. */
  storeMultipart(part: CachedPart): Promise<Uint8Array | undefined>;
  /** The same, and the whole stays in the cache for so many seconds, until it is settled. */
  leaseMultipart?(
    part: CachedPart,
    seconds: number,
  ): Promise<{ kind: "incomplete" } | { kind: "whole"; octets: Uint8Array } | { kind: "leased" }>;
  /** Whether somebody took the whole that this part completed. */
  settleMultipart?(part: CachedPart, taken: boolean): Promise<void>;
}

/** A message that is whole now. */
export interface JoinedOctets {
  readonly octets: Uint8Array;
  /** To be told whether somebody took it. When not, it comes again with its last part. */
  readonly settle: (taken: boolean) => Promise<void>;
}

/** How long whoever has a whole may take over it, in seconds; whoever gets its last part again waits. */
const lease = 10;

/** How long to wait before one asks again for a whole that another process has, in milliseconds. */
const again = 100;

/** How many messages that nobody took are kept here for a cache that does not lease. */
const most = 1_000;

/** Joins through a cache. One that does not lease forgets the whole: it is then kept here until taken. */
export class CachedParts {
  readonly #cache: PartCache;
  readonly #untaken = new OldestFirst<string, Uint8Array>(most);

  constructor(cache: PartCache) {
    this.#cache = cache;
  }

  /** Adds a part. Undefined while others are missing. */
  async add(part: CachedPart): Promise<JoinedOctets | undefined> {
    const cache = this.#cache;
    if (cache.leaseMultipart === undefined || cache.settleMultipart === undefined) {
      return this.#addWithoutLease(part);
    }
    for (;;) {
      const leased = await cache.leaseMultipart(part, lease);
      if (leased.kind === "incomplete") return undefined;
      if (leased.kind === "whole") {
        const settle = async (taken: boolean) => cache.settleMultipart?.(part, taken);
        return { octets: leased.octets, settle };
      }
      await wait(again);
    }
  }

  async #addWithoutLease(part: CachedPart): Promise<JoinedOctets | undefined> {
    const key = keyOf(part);
    const octets = this.#untaken.get(key) ?? (await this.#cache.storeMultipart(part));
    this.#untaken.delete(key);
    if (octets === undefined) return undefined;
    const settle = async (taken: boolean) => {
      if (!taken) this.#untaken.set(key, octets);
    };
    return { octets, settle };
  }
}

/** With a digest of the octets: another message may come with the same reference. */
function keyOf({ source, destination, reference, total, sequence, octets }: CachedPart): string {
  const digest = hash("sha256", octets, "base64");
  return JSON.stringify([source, destination, reference, total, sequence, digest]);
}
