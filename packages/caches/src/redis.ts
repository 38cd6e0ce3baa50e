/** An SMPP cache that several processes share, in Redis. */

import { resolveNumbers } from "./options.ts";
import { type RedisAddress, RedisConnection, RedisError } from "./redis-connection.ts";
import {
  deleteIdScript,
  fetchIdScript,
  giveUpScript,
  settleScript,
  storeIdScript,
  storePartScript,
  watchScript,
} from "./redis-scripts.ts";
import {
  checkPart,
  type KnownMessage,
  type LeasedMultipart,
  type MessagePart,
  type OnIncomplete,
  type PartInfo,
  type SmppCache,
} from "./smpp-cache.ts";

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
  /** How long an incomplete message is kept after its last part, in seconds. Default 86400. */
  multipartTimeout?: number;
};

/** What a {@link RedisSmppCache} takes from outside. */
export interface RedisSmppCacheDeps {
  /**
   * Is told of each message that was given up because its time was over: one process is told, with
   * the next part that it stores. All processes that share the cache should listen, or none. It costs
   * a second round trip for each part, and what remains of a message is kept twice as long. A message
   * is not told when the process ends in that moment, or when no part at all comes for
   * `multipartTimeout`.
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
  readonly #milliseconds: { timeout: number; multipartTimeout: number };

  /** Throws a TypeError that names the option when one does not fit. */
  constructor(options: RedisSmppCacheOptions, deps: RedisSmppCacheDeps = {}) {
    const { url, client, answerTimeout, prefix = "esme:smpp", ...numbers } = options;
    const seconds = resolveNumbers(numbers, { timeout: 86_400, multipartTimeout: 86_400 });
    this.#redis = new RedisConnection(options);
    this.#prefix = prefix;
    this.#onIncomplete = deps.onIncomplete;
    this.#milliseconds = {
      timeout: Math.ceil(seconds.timeout * 1000),
      multipartTimeout: Math.ceil(seconds.multipartTimeout * 1000),
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
    const args = [part.sequence, base64(part.octets), String(published)];
    await this.#redis.run(settleScript, this.#partsKey(part), args);
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    const value = JSON.stringify(
      info === undefined ? [messageId] : [messageId, info.part, info.total],
    );
    await this.#redis.run(storeIdScript, this.#idKey(smppId), [value, this.#milliseconds.timeout]);
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    return readKnown(await this.#redis.run(fetchIdScript, this.#idKey(smppId), []));
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    await this.#redis.run(deleteIdScript, this.#idKey(smppId), []);
  }

  /** Resolves when Redis answers; rejects with a `RedisError` within `answerTimeout`. */
  ping(): Promise<void> {
    return this.#redis.ping(`${this.#prefix}:ping`);
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  async #store(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    const { total, sequence, octets } = checkPart(part);
    if (this.#onIncomplete !== undefined && total > 1) await this.#watch(part, this.#onIncomplete);
    const key = this.#partsKey(part);
    const { multipartTimeout } = this.#milliseconds;
    const kept = this.#onIncomplete === undefined ? multipartTimeout : 2 * multipartTimeout;
    const args = [sequence, base64(octets), total, kept, lease];
    const whole = await this.#redis.run(storePartScript, key, args);
    if (whole === null) return { kind: "incomplete" };
    if (whole === 1) return { kind: "leased" };
    if (typeof whole !== "string") throw new RedisError("failed", `Redis: ${key} holds no parts`);
    const parts = whole.split(" ").map((encoded) => Buffer.from(encoded, "base64"));
    return { kind: "whole", octets: new Uint8Array(Buffer.concat(parts)) };
  }

  /** Notes when this part's message will be due, and gives up those that are. */
  async #watch(part: MessagePart, onIncomplete: OnIncomplete): Promise<void> {
    const { multipartTimeout } = this.#milliseconds;
    const args = [nameOf(part), multipartTimeout];
    const due = await this.#redis.run(watchScript, `${this.#prefix}:incomplete`, args);
    const messages = Array.isArray(due)
      ? due.map(readName).filter((name) => name !== undefined)
      : [];
    for (const message of messages) {
      const key = this.#partsKey(message);
      const fields = await this.#redis.run(giveUpScript, key, [multipartTimeout]);
      const received = Array.isArray(fields) ? fields.map(Number).sort((a, b) => a - b) : [];
      if (received.length > 0) onIncomplete({ ...message, received, reason: "expired" });
    }
  }

  #partsKey(message: MessageName): string {
    return `${this.#prefix}:parts:${nameOf(message)}`;
  }

  #idKey(smppId: string): string {
    return `${this.#prefix}:id:${smppId}`;
  }
}

/** What the parts of one message have in common. */
type MessageName = Pick<MessagePart, "source" | "destination" | "reference" | "total">;

function nameOf({ source, destination, reference, total }: MessageName): string {
  return JSON.stringify([source, destination, reference, total]);
}

function readName(value: unknown): MessageName | undefined {
  const [source, destination, reference, total] = readArray(value);
  if (typeof source !== "string" || typeof destination !== "string") return undefined;
  if (typeof reference !== "number" || typeof total !== "number") return undefined;
  return { source, destination, reference, total };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64");
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
