/** Messages joined from their parts, which must not be lost before they are published. */

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { OldestFirst } from "@esme/bounded";
import type { MessagePart, SmppCache } from "@esme/caches";
import type { Settle } from "./processor.ts";

/** A complete message; `settle` is called when it is known whether it was published. */
export interface JoinedMessage {
  octets: Uint8Array;
  settle: Settle;
}

/**
 * How long the process that completed a message has to publish it, in seconds; a process that
 * gets the last part meanwhile waits. Far more than a broker takes, and less than an SMSC waits for a response.
 */
const lease = 10;

/** How long to wait before one asks again for a message that another process has, in milliseconds. */
const pause = 100;

/** How many messages are kept here for caches that do not lease. */
const most = 1000;

/**
 * Joins parts through the cache. When the last one completes a message, all others were answered,
 * and only that last one is delivered again if the message is not published: it then finds the whole
 * in the cache, in whichever process. For a cache that does not lease it is kept here, in memory.
 */
export class JoinedMessages {
  readonly #cache: SmppCache;
  readonly #unpublished = new OldestFirst<string, Uint8Array>(most);

  constructor(cache: SmppCache) {
    this.#cache = cache;
  }

  /** Adds a part. Resolves with the whole when it was the last one missing. */
  async join(part: MessagePart): Promise<JoinedMessage | undefined> {
    const cache = this.#cache;
    if (cache.leaseMultipart === undefined || cache.settleMultipart === undefined) {
      return this.#joinWithoutLease(part);
    }
    for (;;) {
      const leased = await cache.leaseMultipart(part, lease);
      if (leased.kind === "incomplete") return undefined;
      if (leased.kind === "whole") {
        const settle = async (published: boolean) => cache.settleMultipart?.(part, published);
        return { octets: leased.octets, settle };
      }
      await delay(pause);
    }
  }

  async #joinWithoutLease(part: MessagePart): Promise<JoinedMessage | undefined> {
    const key = keyOf(part);
    const octets = this.#unpublished.get(key) ?? (await this.#cache.storeMultipart(part));
    this.#unpublished.delete(key);
    if (octets === undefined) return undefined;
    const settle = async (published: boolean) => {
      if (!published) this.#unpublished.set(key, octets);
    };
    return { octets, settle };
  }
}

/** With the octets: another message may come with the same reference. */
function keyOf({ source, destination, reference, total, sequence, octets }: MessagePart): string {
  const digest = hash("sha256", octets, "base64");
  return JSON.stringify([source, destination, reference, total, sequence, digest]);
}
