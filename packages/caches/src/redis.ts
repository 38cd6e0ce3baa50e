/** An SMPP cache that several processes share, in Redis. */

import {
  type RedisAddress,
  RedisConnection,
  type RedisKey,
  type RedisScript,
  redisOptions,
} from "@esme/redis";
import { amount, name, readOptions, typeName } from "@esme/settings";
import { harmless } from "./incomplete-listener.ts";
import { checkMessageId, checkPart, isKeepable, isKnowable, knowable } from "./limits.ts";
import {
  type MessageName,
  readClaimed,
  readDue,
  readGivenUp,
  readKnown,
  readMatch,
  readRecalled,
  readStored,
} from "./redis-answers.ts";
import {
  deleteIdScript,
  fetchIdScript,
  giveUpScript,
  matchScript,
  recallScript,
  settlePartsScript,
  settleReceiptScript,
  storeIdScript,
  storePartScript,
  watchScript,
} from "./redis-scripts.ts";
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
import { foldId, idKey, recallTime, receiptToken } from "./smpp-id.ts";

export { type RedisAddress, type RedisClient, RedisError } from "@esme/redis";

/** Options of {@link RedisSmppCache}. */
export type RedisSmppCacheOptions = RedisAddress & {
  /**
   * The beginning of every key. All that receive for one account use the same; two accounts must
   * not, since their SMSCs may hand out the same ids. 1 to 255 characters. Default `esme:smpp`.
   */
  prefix?: string;
  /** How long an SMSC's message id is kept, in seconds. Default 86400. */
  timeout?: number;
  /** How long an incomplete message is kept after its last part, in seconds. Default 3600. */
  multipartTimeout?: number;
  /** How long a deleted id is known as settled, in seconds. Default 300. */
  settledTimeout?: number;
};

/** What a {@link RedisSmppCache} takes from outside. */
export interface RedisSmppCacheDeps {
  /**
   * Is told of each message that was given up: one process is told, with a part that it stores. All
   * processes that share the cache should listen, or none. It costs a second round trip for each part,
   * and what remains of a message is kept a day longer. A message is not told when the process ends in
   * that moment, or when no part at all comes on that day.
   */
  onIncomplete?: OnIncomplete;
}

/**
 * A cache over Redis, or what speaks its protocol, a cluster included: every operation is one
 * script over one key. It survives the process, and as much of Redis' end as Redis is set up for.
 * While Redis is away every method rejects with a `RedisError` within `answerTimeout`.
 */
export class RedisSmppCache implements SmppCache {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #onIncomplete: OnIncomplete | undefined;
  /** In milliseconds. */
  readonly #times: { readonly ids: number; readonly parts: number; readonly settled: number };

  /**
   * Throws a TypeError for an option that is unknown or of another type, a RangeError for one out of
   * range. A number may stand in quotes, as files and variables have it.
   */
  constructor(options: RedisSmppCacheOptions, deps: RedisSmppCacheDeps = {}) {
    const { prefix, timeout, multipartTimeout, settledTimeout, ...address } = readOptions(
      "RedisSmppCache",
      options,
      optionTable,
    );
    this.#redis = new RedisConnection(address);
    this.#prefix = prefix;
    this.#onIncomplete = deps.onIncomplete && harmless(deps.onIncomplete);
    this.#times = {
      ids: milliseconds(timeout),
      parts: milliseconds(multipartTimeout),
      settled: milliseconds(settledTimeout),
    };
  }

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    const stored = await this.#store(part, 0);
    return stored.kind === "whole" ? stored.octets : undefined;
  }

  leaseMultipart(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    return this.#store(part, milliseconds(lease));
  }

  async settleMultipart(part: MessagePart, published: boolean): Promise<void> {
    const args = [part.total, part.sequence, base64(part.octets), String(published)];
    await this.#redis.run(settlePartsScript, this.#partsKey(part), args);
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    await this.claimReceipts(smppId, messageId, info, 0);
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    if (!isKnowable(smppId)) return undefined;
    return this.#ask(fetchIdScript, this.#idKey(idKey(smppId)), [smppId], readKnown);
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    if (!isKnowable(smppId)) return;
    const args = [smppId, this.#times.settled];
    await this.#redis.run(deleteIdScript, this.#idKey(idKey(smppId)), args);
  }

  async matchReceipt(
    given: ReceiptName,
    keep?: { receipt: string; seconds: number },
  ): Promise<ReceiptMatch> {
    const name = knowable(given);
    if (name === undefined) return { kind: "unknown" };
    const { receipt, token, time } = waitingOf(name, keep);
    const args = [json(name.exact), json(name.folded), receipt, token, time];
    const match = await this.#ask(matchScript, this.#idKey(name.key), args, readMatch);
    return match.kind === "kept" ? { ...match, token } : match;
  }

  async claimReceipts(
    smppId: string,
    messageId: string,
    info: PartInfo | undefined,
    lease: number,
  ): Promise<EarlyReceipt[]> {
    checkMessageId(smppId, messageId, info);
    const value = JSON.stringify(
      info === undefined ? [messageId] : [messageId, info.part, info.total],
    );
    const args = [smppId, foldId(smppId), value, this.#times.ids, milliseconds(lease), messageId];
    return this.#ask(storeIdScript, this.#idKey(idKey(smppId)), args, readClaimed);
  }

  async settleReceipt(smppId: string, token: string, published: boolean): Promise<void> {
    const args = [token, String(published)];
    await this.#redis.run(settleReceiptScript, this.#idKey(idKey(smppId)), args);
  }

  async recallReceipt(given: ReceiptName, token: string): Promise<RecalledReceipt> {
    const name = knowable(given);
    if (name === undefined) return { kind: "claimed" };
    const args = [json(name.exact), json(name.folded), token];
    return this.#ask(recallScript, this.#idKey(name.key), args, readRecalled);
  }

  /** Resolves when Redis answers; rejects with a `RedisError` within `answerTimeout`. */
  ping(): Promise<void> {
    return this.#redis.ping(this.#key("ping"));
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  async #store(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    const { total, sequence, octets, dataCoding = "", kind = "message" } = checkPart(part);
    const onIncomplete = kind === "message" ? this.#onIncomplete : undefined;
    const key = this.#partsKey(part);
    const args = [sequence, base64(octets), total, this.#kept(kind), lease, kind, dataCoding];
    const { older, ...stored } = await this.#ask(storePartScript, key, args, readStored);
    if (older !== undefined) onIncomplete?.({ ...bare(part), ...older, reason: "replaced" });
    // Only now: a message must not be due before its last part is a `multipartTimeout` old.
    if (stored.kind === "incomplete" && onIncomplete) await this.#watch(part, onIncomplete);
    return stored;
  }

  /** How long what is incomplete stays in Redis, in milliseconds. */
  #kept(kind: "message" | "report"): number {
    const { ids, parts } = this.#times;
    if (kind === "report") return ids;
    return this.#onIncomplete === undefined ? parts : parts + aDay;
  }

  /** Notes when this part's message will be due, and gives up those that are. */
  async #watch(part: MessagePart, onIncomplete: OnIncomplete): Promise<void> {
    const { parts } = this.#times;
    const args = [nameOf(part), parts, this.#kept("message")];
    const due = await this.#ask(watchScript, this.#key("incomplete"), args, readDue);
    for (const message of due) {
      const given = await this.#ask(giveUpScript, this.#partsKey(message), [parts], readGivenUp);
      if (given !== undefined) onIncomplete({ ...bare(message), ...given, reason: "expired" });
    }
  }

  /** Runs a script, and reads its answer; what cannot be read is not ours. */
  async #ask<T>(
    script: RedisScript,
    key: RedisKey,
    args: readonly (string | number)[],
    read: (answer: unknown) => T,
  ): Promise<T> {
    const answer = await this.#redis.run(script, key, args);
    try {
      return read(answer);
    } catch {
      throw this.#redis.unexpected(key, typeName(answer));
    }
  }

  #partsKey(message: MessageName): RedisKey {
    return this.#key(message.kind === "report" ? "reports" : "parts", nameOf(message));
  }

  #idKey(key: string): RedisKey {
    return this.#key("ids", key);
  }

  #key(kind: string, ...name: string[]): RedisKey {
    const shown = [this.#prefix, kind, ...name.map(() => "*")].join(":");
    return { name: [this.#prefix, kind, ...name].join(":"), shown };
  }
}

const optionTable = {
  ...redisOptions,
  prefix: name("esme:smpp"),
  timeout: amount(86_400),
  multipartTimeout: amount(3_600),
  settledTimeout: amount(300),
};

/** How much longer an incomplete message stays than its time: it is told with the next part of any. */
const aDay = 86_400_000;

/** Rounded up, since 0 means none to Redis. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}

/** What waits, under which token, and for how long; time 0 for nothing. */
function waitingOf(name: ReceiptName, keep: { receipt: string; seconds: number } | undefined) {
  if (keep === undefined || !isKeepable(keep.receipt)) return { receipt: "", token: "", time: 0 };
  const { receipt, seconds } = keep;
  const time = milliseconds(seconds) + recallTime;
  return { receipt, token: receiptToken(name, receipt), time };
}

function nameOf({ source, destination, reference }: MessageName): string {
  return JSON.stringify([source, destination, reference]);
}

function bare({ source, destination, reference }: MessageName) {
  return { source, destination, reference };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64");
}

/** As the scripts read it: half of a surrogate pair is no JSON to them. */
function json(ids: readonly string[]): string {
  return JSON.stringify(ids.map((id) => Buffer.from(id).toString()));
}
