/** Receipts and the messages that they are about: found by their ids, or waiting for them in the cache. */

import type { KnownMessage, ReceiptMatch, ReceiptName, SmppCache } from "@esme/caches";
import { spelledIds } from "@esme/receipts";

/** A message whose id is known. */
export type KnownId = Extract<ReceiptMatch, { kind: "known" }>;

/** What is known of a receipt's id by now. */
type Found = KnownId | { kind: "settled" } | { kind: "unknown" };

/** What became of a receipt: it waits, it was taken by whoever stored its id, or what is known of that. */
export type ReceiptFate = Found | { kind: "claimed" } | WaitingReceipt;

/** A receipt that waits; in `time` milliseconds `recall` tells what became of it. */
interface WaitingReceipt {
  kind: "kept";
  time: number;
  /** What the cache knows it by. */
  token?: string;
  recall: () => Promise<ReceiptFate>;
}

/**
 * How long whoever stored an id has to publish the event of a receipt that waited for it, in seconds;
 * then whoever kept the receipt publishes it.
 */
export const receiptLease = 10;

/** Milliseconds on top of the time set: what comes at the very end of it must be stored in time. */
const margin = 500;

/**
 * Most caches let a receipt wait in them, where the process that stores its id finds it. For one that
 * does not, the id is looked for once more when the time is over.
 */
export class WaitingReceipts {
  readonly #cache: SmppCache;
  readonly #seconds: number;

  /** Receipts wait for so many seconds; 0 for not at all. */
  constructor(cache: SmppCache, seconds: number) {
    this.#cache = cache;
    this.#seconds = seconds;
  }

  /** Looks the names up, the likeliest first. `receipt` is what waits where none of them is known. */
  async match(names: readonly ReceiptName[], receipt: string): Promise<ReceiptFate> {
    const [first, ...others] = names;
    if (first === undefined) return { kind: "unknown" };
    const cache = this.#cache;
    if (cache.matchReceipt === undefined || others.length > 0 || this.#seconds === 0) {
      const found = await this.#find(names);
      if (found.kind !== "unknown" || this.#seconds === 0) return found;
    }
    if (cache.matchReceipt === undefined) return this.#waiting(() => this.#find(names));
    const match = await cache.matchReceipt(first, { receipt, seconds: this.#seconds });
    if (match.kind !== "kept") return match;
    const { token } = match;
    return { ...this.#waiting(() => this.#recall(first, others, token)), token };
  }

  #waiting(recall: () => Promise<ReceiptFate>): WaitingReceipt {
    return { kind: "kept", time: this.#seconds * 1000 + margin, recall };
  }

  async #recall(
    name: ReceiptName,
    others: readonly ReceiptName[],
    token: string,
  ): Promise<ReceiptFate> {
    const recalled = (await this.#cache.recallReceipt?.(name, token)) ?? { kind: "claimed" };
    if (recalled.kind === "unknown") return this.#find(others);
    if (recalled.kind !== "leased") return recalled;
    // Whoever stored the id may have ended before the event was published.
    const recall = () => this.#recall(name, others, token);
    return { kind: "kept", time: receiptLease * 1000, token, recall };
  }

  async #find(names: readonly ReceiptName[]): Promise<Found> {
    for (const name of names) {
      const match = (await this.#cache.matchReceipt?.(name)) ?? (await this.#findOneByOne(name));
      if (match.kind === "known" || match.kind === "settled") return match;
    }
    return { kind: "unknown" };
  }

  async #findOneByOne(name: ReceiptName): Promise<Found> {
    for (const smppId of spelledIds({ exact: name.exact, loose: name.folded })) {
      const message: KnownMessage | undefined = await this.#cache.fetchSmppMessageId(smppId);
      if (message !== undefined) return { kind: "known", smppId, message };
    }
    return { kind: "unknown" };
  }
}
