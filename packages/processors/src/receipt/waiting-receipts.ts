/** Receipts and the messages that they are about: found by their ids, or waiting for them in the cache. */

import {
  foldId,
  idKey,
  type KnownMessage,
  type OverdueReceipt,
  type ReceiptMatch,
  type ReceiptName,
  type SmppCache,
} from "@esme/caches";
import { meantIds, type ReceiptIdFormat, spelledIds } from "@esme/receipts";
import type { Settle } from "../processor.ts";

/** A message whose id is known. */
export type KnownId = Extract<ReceiptMatch, { kind: "known" }>;

/** What is known of a receipt's id by now; `forget` where the cache keeps the receipt until then. */
type Found = (KnownId | { kind: "settled" } | { kind: "unknown" }) & { forget?: Settle };

/** The result of a look-up: the receipt waits, the process that stored its id has it, or what is known of the id. */
export type ReceiptResult = Found | { kind: "claimed" } | WaitingReceipt;

/** A receipt that waits; after `time` milliseconds `recall` gives the result. */
interface WaitingReceipt {
  kind: "kept";
  time: number;
  /** What the cache knows it by. */
  token?: string;
  /** Whether another process takes it over when this one ends. */
  canBeTakenOver?: boolean;
  recall: () => Promise<ReceiptResult>;
}

/**
 * How long a process that was handed a receipt which waited has to publish its event, in seconds: the
 * one that stored the id, the one that kept the receipt, or one that took it over. Then another one may.
 */
export const receiptLease = 10;

/** Milliseconds on top of the time set: what comes at the very end of it must be stored in time. */
const margin = 500;

/** Milliseconds before the first of the look-ups in a cache where no receipt can wait; then doubled. */
const firstPause = 500;

/**
 * Most caches let a receipt wait in them, where the process that stores its id finds it. In one that
 * does not, the id is looked up again and again until the time is over.
 */
export class WaitingReceipts {
  readonly #cache: SmppCache;
  readonly #seconds: number;
  readonly #format: ReceiptIdFormat;

  /** Receipts wait for so many seconds; 0 for not at all. */
  constructor(cache: SmppCache, seconds: number, format: ReceiptIdFormat) {
    this.#cache = cache;
    this.#seconds = seconds;
    this.#format = format;
  }

  /** Finds the message of the ids in a receipt. `receipt` is what waits where none of them is known. */
  async match(ids: readonly (string | null)[], receipt: string): Promise<ReceiptResult> {
    const names = namesOf(ids, this.#format);
    const [first, ...others] = names;
    if (first === undefined) return { kind: "unknown" };
    const cache = this.#cache;
    if (cache.matchReceipt === undefined || others.length > 0 || this.#seconds === 0) {
      const found = await this.#find(names);
      if (found.kind !== "unknown" || this.#seconds === 0) return found;
    }
    const time = this.#seconds * 1000 + margin;
    if (cache.matchReceipt === undefined) return this.#lookingUp(names, time, firstPause);
    const match = await cache.matchReceipt(first, { receipt, seconds: this.#seconds });
    if (match.kind !== "kept") return match;
    return this.#waitingUnder(first, others, match.token, time);
  }

  /** What is known by now of a receipt that another process kept, and which had these ids. */
  async overdue(
    { key, token, match }: OverdueReceipt,
    ids: readonly (string | null)[],
  ): Promise<Found> {
    const others = namesOf(ids, this.#format).filter((name) => name.key !== key);
    const found = match.kind === "unknown" ? await this.#find(others) : match;
    return { ...found, forget: this.#forgetting(key, token) };
  }

  #waitingUnder(
    name: ReceiptName,
    others: readonly ReceiptName[],
    token: string,
    time: number,
  ): WaitingReceipt {
    const recall = () => this.#recall(name, others, token);
    return { kind: "kept", time, token, canBeTakenOver: this.#canTakeOver, recall };
  }

  get #canTakeOver(): boolean {
    return this.#cache.claimOverdueReceipts !== undefined;
  }

  #forgetting(key: string, token: string): Settle {
    return async (published) => this.#cache.settleReceipt?.(key, token, published);
  }

  /** Looks after `pause` milliseconds, and then with longer pauses until `left` milliseconds are over. */
  #lookingUp(names: readonly ReceiptName[], left: number, pause: number): WaitingReceipt {
    const time = Math.min(pause, left);
    const recall = async (): Promise<ReceiptResult> => {
      const found = await this.#find(names);
      if (found.kind !== "unknown" || time === left) return found;
      return this.#lookingUp(names, left - time, pause * 2);
    };
    return { kind: "kept", time, recall };
  }

  async #recall(
    name: ReceiptName,
    others: readonly ReceiptName[],
    token: string,
  ): Promise<ReceiptResult> {
    // A cache from which nobody takes it over forgets it at once.
    const lease = this.#canTakeOver ? [receiptLease] : [];
    const recalled = await this.#cache.recallReceipt?.(name, token, ...lease);
    if (recalled === undefined || recalled.kind === "claimed") return { kind: "claimed" };
    // Whoever has it may end before the event is published.
    if (recalled.kind === "leased") {
      return this.#waitingUnder(name, others, token, receiptLease * 1000);
    }
    const found = recalled.kind === "unknown" ? await this.#find(others) : recalled;
    return this.#canTakeOver ? { ...found, forget: this.#forgetting(name.key, token) } : found;
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

/**
 * Which stored ids the ids in one receipt may mean, the likeliest first. Ids with one key, the forms of
 * one number for instance, are one name, so that one look-up finds the message.
 */
function namesOf(ids: readonly (string | null)[], format: ReceiptIdFormat): ReceiptName[] {
  const names = new Map<string, { exact: string[]; folded: string[] }>();
  for (const id of new Set(ids)) {
    if (id === null || id === "") continue;
    const key = idKey(id);
    const { exact, folded } = names.get(key) ?? { exact: [], folded: [] };
    const meant = meantIds(id, format);
    if (meant.exact !== undefined) exact.push(meant.exact);
    folded.push(...meant.loose.map(foldId).filter((form) => !folded.includes(form)));
    names.set(key, { exact, folded });
  }
  return Array.from(names, ([key, forms]) => ({ key, ...forms }));
}
