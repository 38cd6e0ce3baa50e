/** An SMPP cache that several processes share, in Redis. */

import { resolveNumbers } from "./options.ts";
import { type RedisAddress, RedisConnection, RedisError } from "./redis-connection.ts";
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
import {
  checkPart,
  type EarlyReceipt,
  type IncompleteMessage,
  type KnownMessage,
  type LeasedMultipart,
  type MessagePart,
  type OnIncomplete,
  type PartInfo,
  type RecalledReceipt,
  type ReceiptMatch,
  type ReceiptName,
  type SmppCache,
} from "./smpp-cache.ts";
import { foldId, idKey, recallTime, receiptToken } from "./smpp-id.ts";

export { type RedisAddress, type RedisClient, RedisError } from "./redis-connection.ts";

/** Options of {@link RedisSmppCache}. */
export type RedisSmppCacheOptions = RedisAddress & {
  /**
   * The beginning of every key. All that receive for one account use the same; two accounts must
   * not, since their SMSCs may hand out the same ids. Default `esme:smpp`.
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
  readonly #milliseconds: Record<keyof typeof defaults, number>;

  /** Throws a TypeError that names the option when one does not fit. */
  constructor(options: RedisSmppCacheOptions, deps: RedisSmppCacheDeps = {}) {
    const { url, client, answerTimeout, prefix = "esme:smpp", ...numbers } = options;
    const seconds = resolveNumbers(numbers, defaults);
    this.#redis = new RedisConnection(options);
    this.#prefix = prefix;
    this.#onIncomplete = deps.onIncomplete;
    this.#milliseconds = {
      timeout: Math.ceil(seconds.timeout * 1000),
      multipartTimeout: Math.ceil(seconds.multipartTimeout * 1000),
      settledTimeout: Math.ceil(seconds.settledTimeout * 1000),
    };
  }

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    const stored = await this.#store(part, 0);
    return stored.kind === "whole" ? stored.octets : undefined;
  }

  leaseMultipart(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    return this.#store(part, Math.ceil(lease * 1000));
  }

  async settleMultipart(part: MessagePart, published: boolean): Promise<void> {
    const args = [part.total, part.sequence, base64(part.octets), String(published)];
    await this.#redis.run(settlePartsScript, this.#partsKey(part), args);
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    await this.claimReceipts(smppId, messageId, info, 0);
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    return readKnown(await this.#redis.run(fetchIdScript, this.#idKey(smppId), [smppId]));
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    const args = [smppId, this.#milliseconds.settledTimeout];
    await this.#redis.run(deleteIdScript, this.#idKey(smppId), args);
  }

  async matchReceipt(
    name: ReceiptName,
    keep?: { receipt: string; seconds: number },
  ): Promise<ReceiptMatch> {
    const { receipt, seconds } = keep ?? { receipt: "", seconds: 0 };
    const token = keep === undefined ? "" : receiptToken(name, receipt);
    const kept = keep === undefined ? 0 : Math.ceil(seconds * 1000) + recallTime;
    const args = [json(name.exact), json(name.folded), receipt, token, kept];
    const answer = await this.#redis.run(matchScript, this.#nameKey(name), args);
    const [kind] = texts(answer);
    return kind === "kept" ? { kind, token } : readMatch(answer);
  }

  async claimReceipts(
    smppId: string,
    messageId: string,
    info: PartInfo | undefined,
    lease: number,
  ): Promise<EarlyReceipt[]> {
    const value = JSON.stringify(
      info === undefined ? [messageId] : [messageId, info.part, info.total],
    );
    const { timeout } = this.#milliseconds;
    const args = [smppId, foldId(smppId), value, timeout, Math.ceil(lease * 1000), messageId];
    const claimed = texts(await this.#redis.run(storeIdScript, this.#idKey(smppId), args));
    return pairs(claimed).map(([token, receipt]) => ({ token, receipt }));
  }

  async settleReceipt(smppId: string, token: string, published: boolean): Promise<void> {
    const args = [token, String(published)];
    await this.#redis.run(settleReceiptScript, this.#idKey(smppId), args);
  }

  async recallReceipt(name: ReceiptName, token: string): Promise<RecalledReceipt> {
    const args = [json(name.exact), json(name.folded), token];
    const answer = await this.#redis.run(recallScript, this.#nameKey(name), args);
    const [kind] = texts(answer);
    return kind === "claimed" || kind === "leased" ? { kind } : readMatch(answer);
  }

  /** Resolves when Redis answers; rejects with a `RedisError` within `answerTimeout`. */
  ping(): Promise<void> {
    return this.#redis.ping(`${this.#prefix}:ping`);
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  async #store(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    const { total, sequence, octets, dataCoding = "", kind = "message" } = checkPart(part);
    const onIncomplete = kind === "message" ? this.#onIncomplete : undefined;
    const key = this.#partsKey(part);
    const args = [sequence, base64(octets), total, this.#kept(kind), lease, kind, dataCoding];
    const answer = await this.#redis.run(storePartScript, key, args);
    const [stored, whole = "", older] = Array.isArray(answer) ? answer : [];
    const replaced = readIncomplete(part, older, "replaced");
    if (replaced !== undefined) onIncomplete?.(replaced);
    // Only now: a message must not be due before its last part is a `multipartTimeout` old.
    if (stored === "incomplete" && onIncomplete) await this.#watch(part, onIncomplete);
    if (stored === "incomplete" || stored === "leased") return { kind: stored };
    if (stored !== "whole") throw new RedisError("failed", `Redis: ${key} holds no parts`);
    const parts = String(whole).split(" ").map(octetsOf);
    return { kind: "whole", octets: new Uint8Array(Buffer.concat(parts)) };
  }

  /** How long what is incomplete stays in Redis, in milliseconds. */
  #kept(kind: "message" | "report"): number {
    const { timeout, multipartTimeout } = this.#milliseconds;
    if (kind === "report") return timeout;
    return this.#onIncomplete === undefined ? multipartTimeout : multipartTimeout + aDay;
  }

  /** Notes when this part's message will be due, and gives up those that are. */
  async #watch(part: MessagePart, onIncomplete: OnIncomplete): Promise<void> {
    const { multipartTimeout } = this.#milliseconds;
    const args = [nameOf(part), multipartTimeout, this.#kept("message")];
    const due = await this.#redis.run(watchScript, `${this.#prefix}:incomplete`, args);
    const messages = Array.isArray(due)
      ? due.map(readName).filter((name) => name !== undefined)
      : [];
    for (const message of messages) {
      const key = this.#partsKey(message);
      const parts = await this.#redis.run(giveUpScript, key, [multipartTimeout]);
      const incomplete = readIncomplete(message, parts, "expired");
      if (incomplete !== undefined) onIncomplete(incomplete);
    }
  }

  #partsKey(message: MessageName): string {
    return `${this.#prefix}:${message.kind === "report" ? "reports" : "parts"}:${nameOf(message)}`;
  }

  #idKey(smppId: string): string {
    return `${this.#prefix}:ids:${idKey(smppId)}`;
  }

  #nameKey({ key }: ReceiptName): string {
    return `${this.#prefix}:ids:${key}`;
  }
}

const defaults = { timeout: 86_400, multipartTimeout: 3_600, settledTimeout: 300 };

/** How much longer an incomplete message stays than its time: it is told with the next part of any. */
const aDay = 86_400_000;

/** What the parts of one message have in common. */
type MessageName = Pick<MessagePart, "source" | "destination" | "reference" | "kind">;

function nameOf({ source, destination, reference }: MessageName): string {
  return JSON.stringify([source, destination, reference]);
}

function readName(value: unknown): MessageName | undefined {
  const [source, destination, reference] = readArray(value);
  if (typeof source !== "string" || typeof destination !== "string") return undefined;
  return typeof reference === "number" ? { source, destination, reference } : undefined;
}

/** What a script took away: total, data_coding, then sequence numbers and parts. */
function readIncomplete(
  { source, destination, reference }: MessageName,
  taken: unknown,
  reason: IncompleteMessage["reason"],
): IncompleteMessage | undefined {
  const [total, coding = "", ...fields] = texts(taken);
  if (total === undefined) return undefined;
  const parts = pairs(fields)
    .map(([sequence, part]) => ({ sequence: Number(sequence), octets: octetsOf(part) }))
    .sort((a, b) => a.sequence - b.sequence);
  return {
    source,
    destination,
    reference,
    total: Number(total),
    ...(coding !== "" && { dataCoding: Number(coding) }),
    received: parts.map(({ sequence }) => sequence),
    parts,
    reason,
  };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64");
}

function octetsOf(encoded: string): Uint8Array {
  return new Uint8Array(Buffer.from(encoded, "base64"));
}

/** As the scripts read it: half of a surrogate pair is no JSON to them. */
function json(ids: readonly string[]): string {
  return JSON.stringify(ids.map((id) => Buffer.from(id).toString()));
}

function texts(answer: unknown): string[] {
  return Array.isArray(answer) ? answer.map(String) : [];
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i] ?? "",
    flat[2 * i + 1] ?? "",
  ]);
}

/** The answer of the scripts that look an id up. */
function readMatch(answer: unknown): Exclude<ReceiptMatch, { kind: "kept" }> {
  const [kind, smppId = "", value] = texts(answer);
  if (kind === "settled") return { kind };
  const message = kind === "known" ? readKnown(value) : undefined;
  return message === undefined ? { kind: "unknown" } : { kind: "known", smppId, message };
}

/** What was stored, or undefined when somebody else wrote there. */
function readKnown(value: unknown): KnownMessage | undefined {
  const [messageId, part, total] = readArray(value);
  if (typeof messageId !== "string") return undefined;
  if (typeof part !== "number" || typeof total !== "number") return { messageId };
  return { messageId, info: { part, total } };
}

/** An array out of JSON, empty when it is none. */
function readArray(value: unknown): unknown[] {
  if (typeof value !== "string") return [];
  try {
    const read: unknown = JSON.parse(value);
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}
