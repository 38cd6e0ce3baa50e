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
  type EarlyEntry,
  type MessageName,
  readClaimed,
  readDue,
  readEntry,
  readGivenUp,
  readKnown,
  readMatch,
  readOverdue,
  readRecalled,
  readSettled,
  readStored,
  readTakenOver,
  writeEntry,
} from "./redis-answers.ts";
import {
  deleteIdScript,
  fetchIdScript,
  giveUpScript,
  matchScript,
  noteEarlyScript,
  overdueScript,
  recallScript,
  settlePartsScript,
  settleReceiptScript,
  storeIdScript,
  storePartScript,
  takeOverScript,
  watchScript,
} from "./redis-scripts.ts";
import type {
  EarlyReceipt,
  KnownMessage,
  LeasedMultipart,
  MessagePart,
  OnIncomplete,
  OverdueReceipt,
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
  /**
   * How long after its time a receipt that waits is overdue, in seconds: nobody recalled it, and another
   * process takes it over. Default 10.
   */
  overdueTimeout?: number;
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
 * script over one key; a receipt that is kept takes a second one. It survives the process, and as much
 * of Redis' end as Redis is set up for.
 * While Redis is away every method rejects with a `RedisError` within `answerTimeout`.
 */
export class RedisSmppCache implements SmppCache {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #onIncomplete: OnIncomplete | undefined;
  /** In milliseconds. */
  readonly #times: {
    readonly ids: number;
    readonly parts: number;
    readonly settled: number;
    readonly overdue: number;
    /** How long a receipt may be taken over: as long as its id may be known. */
    readonly early: number;
  };
  /** Entries of receipts that were settled: they leave the list with the next command for it. */
  #settled: string[] = [];

  /**
   * Throws a TypeError for an option that is unknown or of another type, a RangeError for one out of
   * range. A number may stand in quotes, as files and variables have it.
   */
  constructor(options: RedisSmppCacheOptions, deps: RedisSmppCacheDeps = {}) {
    const { prefix, timeout, multipartTimeout, settledTimeout, overdueTimeout, ...address } =
      readOptions("RedisSmppCache", options, optionTable);
    this.#redis = new RedisConnection(address);
    this.#prefix = prefix;
    this.#onIncomplete = deps.onIncomplete && harmless(deps.onIncomplete);
    this.#times = {
      ids: milliseconds(timeout),
      parts: milliseconds(multipartTimeout),
      settled: milliseconds(settledTimeout),
      overdue: milliseconds(overdueTimeout),
      early: Math.max(milliseconds(timeout), recallTime),
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
    const { early, overdue } = this.#times;
    const life = time === 0 ? 0 : time + overdue + early;
    const args = [json(name.exact), json(name.folded), receipt, token, life, time + overdue];
    const match = await this.#ask(matchScript, this.#idKey(name.key), args, readMatch);
    if (match.kind !== "kept") return match;
    // Only now, since most receipts are not kept; who asked knows that it is kept when both are done.
    const entry = writeEntry({ key: name.key, token, due: match.due });
    await this.#list(noteEarlyScript, [entry, match.due, early], () => undefined);
    return { kind: "kept", token };
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
    const key = idKey(smppId);
    const args = [token, String(published)];
    const due = await this.#ask(settleReceiptScript, this.#idKey(key), args, readSettled);
    if (due !== undefined) this.#offTheList(writeEntry({ key, token, due }));
  }

  async recallReceipt(given: ReceiptName, token: string, lease = 0): Promise<RecalledReceipt> {
    const name = knowable(given);
    if (name === undefined) return { kind: "claimed" };
    const args = [token, milliseconds(lease)];
    return this.#ask(recallScript, this.#idKey(name.key), args, readRecalled);
  }

  /** One command while nothing is overdue, and one for each receipt that is. */
  async claimOverdueReceipts(lease: number): Promise<OverdueReceipt[]> {
    const later = milliseconds(lease) + this.#times.overdue;
    const due = await this.#list(overdueScript, [later], readOverdue);
    const taken = await Promise.all(due.map((entry) => this.#takeOver(entry, lease)));
    return taken.filter((receipt) => receipt !== undefined);
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

  /** Undefined when it is settled, or when somebody has it. */
  async #takeOver(text: string, lease: number): Promise<OverdueReceipt | undefined> {
    const entry: EarlyEntry | undefined = readEntry(text);
    if (entry === undefined) return this.#offTheList(text);
    const { key, token, due } = entry;
    const args = [token, due, milliseconds(lease)];
    const taken = await this.#ask(takeOverScript, this.#idKey(key), args, readTakenOver);
    if (taken.kind === "gone") return this.#offTheList(text);
    if (taken.kind !== "overdue") return undefined;
    const { receipt, match } = taken;
    return { key, token, receipt, match };
  }

  /** One that stays on the list does no harm: whoever finds it overdue finds that it is settled. */
  #offTheList(entry: string): undefined {
    if (this.#settled.length < mostSettled) this.#settled.push(entry);
  }

  /** Runs a script over the list of the receipts that are kept. */
  async #list<T>(
    script: RedisScript,
    args: readonly (string | number)[],
    read: (answer: unknown) => T,
  ): Promise<T> {
    const settled = this.#settled.splice(0);
    return this.#ask(script, this.#key("early"), [...args, ...settled], read);
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
  overdueTimeout: amount(10),
};

/** Entries that wait for the next command for the list. */
const mostSettled = 1_000;

/** How much longer an incomplete message stays than its time: it is told with the next part of any. */
const aDay = 86_400_000;

/** Rounded up, since 0 means none to Redis. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}

/** What waits, under which token, and for how many milliseconds; 0 for nothing. */
function waitingOf(name: ReceiptName, keep: { receipt: string; seconds: number } | undefined) {
  if (keep === undefined || !isKeepable(keep.receipt)) return { receipt: "", token: "", time: 0 };
  const { receipt, seconds } = keep;
  return { receipt, token: receiptToken(name, receipt), time: milliseconds(seconds) };
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
