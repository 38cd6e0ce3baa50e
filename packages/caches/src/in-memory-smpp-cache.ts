/** An SMPP cache in this process: fast, bounded, alone, forgotten at the end. */

import { amount, readOptions } from "@esme/settings";
import { harmless } from "./incomplete-listener.ts";
import { InMemoryIds } from "./memory/ids.ts";
import { InMemoryMultiparts } from "./memory/multiparts.ts";
import type {
  EarlyReceipt,
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  OnIncomplete,
  PartInfo,
  RecalledReceipt,
  ReceiptMatch,
  ReceiptName,
  SmppCache,
} from "./smpp-cache.ts";

/** Options of {@link InMemorySmppCache}. */
export interface InMemorySmppCacheOptions {
  /** How long an SMSC's message id is kept, in seconds. Default 86400. */
  timeout?: number;
  /** How long an incomplete message is kept after its last part, in seconds. Default 3600. */
  multipartTimeout?: number;
  /** How long a deleted id is known as settled, in seconds. Default 300. */
  settledTimeout?: number;
  /** How many message ids are kept; beyond that the oldest is forgotten. Default 1,000,000. */
  maxMessageIds?: number;
  /**
   * How much memory messages in parts may take, in octets, each message counted with 512 octets on
   * top and each part with 256; beyond that the oldest is forgotten, incomplete ones first. The
   * reports of messages in parts may take as much again. Default 67,108,864.
   */
  maxMultipartOctets?: number;
  /**
   * How much memory receipts that wait for their id may take, in octets, each counted with 768 octets
   * on top; beyond that none is kept. Default 33,554,432.
   */
  maxEarlyOctets?: number;
}

/** What an {@link InMemorySmppCache} takes from outside. */
export interface InMemorySmppCacheDeps {
  /** The clock. Default `() => new Date()`. */
  now?: () => Date;
  /** Is told of what is given up, with the next part that is stored. */
  onIncomplete?: OnIncomplete;
}

const optionTable = {
  timeout: amount(86_400),
  multipartTimeout: amount(3_600),
  settledTimeout: amount(300),
  maxMessageIds: amount(1_000_000, 16_000_000),
  maxMultipartOctets: amount(67_108_864),
  maxEarlyOctets: amount(33_554_432),
};

/**
 * All memories are in the order of their deadlines, since all entries of one kind live
 * equally long and a touched one moves to the end. What is too old is therefore at the front,
 * and is removed when something is stored: no timer runs, and an idle cache keeps no process alive.
 * It has no `claimOverdueReceipts`: it ends with the process that keeps its receipts, so that nobody is
 * left who could take them over.
 */
export class InMemorySmppCache implements SmppCache {
  readonly #now: () => Date;
  readonly #made: number;
  readonly #messages: InMemoryMultiparts;
  readonly #reports: InMemoryMultiparts;
  readonly #ids: InMemoryIds;

  /**
   * Throws a TypeError for an option that is unknown or no number, a RangeError for a number out of
   * range. A number may stand in quotes, as files and variables have it.
   */
  constructor(options: InMemorySmppCacheOptions = {}, deps: InMemorySmppCacheDeps = {}) {
    const { timeout, multipartTimeout, settledTimeout, ...room } = readOptions(
      "InMemorySmppCache",
      options,
      optionTable,
    );
    this.#now = deps.now ?? (() => new Date());
    this.#messages = new InMemoryMultiparts({
      timeout: multipartTimeout * 1000,
      maxOctets: room.maxMultipartOctets,
      onIncomplete: harmless(deps.onIncomplete ?? (() => {})),
    });
    this.#reports = new InMemoryMultiparts({
      timeout: timeout * 1000,
      maxOctets: room.maxMultipartOctets,
    });
    this.#ids = new InMemoryIds({
      timeout: timeout * 1000,
      settledTimeout: settledTimeout * 1000,
      most: room.maxMessageIds,
      earlyOctets: room.maxEarlyOctets,
    });
    this.#made = this.#now().getTime();
  }

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    return this.#partsFor(part).store(part, this.#elapsed());
  }

  async leaseMultipart(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    return this.#partsFor(part).lease(part, lease * 1000, this.#elapsed());
  }

  async settleMultipart(part: MessagePart, published: boolean): Promise<void> {
    this.#partsFor(part).settle(part, published);
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    this.#ids.store(smppId, messageId, info, this.#elapsed());
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    return this.#ids.fetch(smppId, this.#elapsed());
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    this.#ids.delete(smppId, this.#elapsed());
  }

  async matchReceipt(
    name: ReceiptName,
    keep?: { receipt: string; seconds: number },
  ): Promise<ReceiptMatch> {
    return this.#ids.match(name, keep, this.#elapsed());
  }

  async claimReceipts(
    smppId: string,
    messageId: string,
    info: PartInfo | undefined,
    lease: number,
  ): Promise<EarlyReceipt[]> {
    const now = this.#elapsed();
    this.#ids.store(smppId, messageId, info, now);
    return this.#ids.claim(smppId, messageId, lease * 1000, now);
  }

  async settleReceipt(_smppId: string, token: string, published: boolean): Promise<void> {
    this.#ids.settle(token, published);
  }

  async recallReceipt(name: ReceiptName, token: string): Promise<RecalledReceipt> {
    return this.#ids.recall(name, token, this.#elapsed());
  }

  async close(): Promise<void> {
    this.#ids.clear();
    this.#messages.clear();
    this.#reports.clear();
  }

  #partsFor({ kind }: MessagePart): InMemoryMultiparts {
    return kind === "report" ? this.#reports : this.#messages;
  }

  #elapsed(): number {
    return this.#now().getTime() - this.#made;
  }
}
