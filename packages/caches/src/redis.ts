/** An SMPP cache that several processes share, in Redis. */

import { resolveNumbers } from "./options.ts";
import { type RedisAddress, RedisConnection, RedisError, redisScript } from "./redis-connection.ts";
import {
  checkPart,
  type KnownMessage,
  type LeasedMultipart,
  type MessagePart,
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

/**
 * Adds a part, and takes all of them away when it was the last: one step, so that only one of those
 * who store at the same time gets the whole. Parts are base64, one field each. With a lease the
 * whole stays, beside the parts of a later message, in a field named after the part that completed
 * it. Answers the whole, nothing while parts are missing, or 1 while somebody has the lease.
 */
const storePartScript = redisScript(`
local key, sequence, part, total, lease = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local joined = 'joined:' .. sequence .. ':' .. redis.sha1hex(part)
local whole
if lease > 0 then
  local known = redis.call('HGET', key, joined)
  if known then
    local leased
    leased, whole = string.match(known, '^(%d+) (.*)$')
    if tonumber(leased) > now then return 1 end
  end
end
if not whole then
  redis.call('HSET', key, sequence, part)
  local fields, parts = {}, {}
  for number = 1, total do fields[number] = number end
  if redis.call('HLEN', key) >= total then parts = redis.call('HMGET', key, unpack(fields)) end
  for number = 1, total do
    if not parts[number] then
      redis.call('PEXPIRE', key, ARGV[4])
      return false
    end
  end
  redis.call('HDEL', key, unpack(fields))
  whole = table.concat(parts, ' ')
end
if lease > 0 then
  redis.call('HSET', key, joined, string.format('%.0f', now + lease) .. ' ' .. whole)
  redis.call('PEXPIRE', key, ARGV[4])
end
return whole
`);

const settleScript = redisScript(`
local joined = 'joined:' .. ARGV[1] .. ':' .. redis.sha1hex(ARGV[2])
local known = redis.call('HGET', KEYS[1], joined)
if not known then return end
if ARGV[3] == 'true' then redis.call('HDEL', KEYS[1], joined)
else redis.call('HSET', KEYS[1], joined, '0' .. string.match(known, ' .*$')) end
`);

const storeIdScript = redisScript("redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])");
const fetchIdScript = redisScript("return redis.call('GET', KEYS[1])");
const deleteIdScript = redisScript("redis.call('DEL', KEYS[1])");

/**
 * A cache over Redis, or what speaks its protocol, a cluster included: every operation is one
 * script over one key. It survives the process, and as much of Redis' end as Redis is set up for.
 * While Redis is away every method rejects with a `RedisError` within `answerTimeout`.
 */
export class RedisSmppCache implements SmppCache {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #milliseconds: { timeout: number; multipartTimeout: number };

  /** Throws a TypeError that names the option when one does not fit. */
  constructor(options: RedisSmppCacheOptions) {
    const { url, client, answerTimeout, prefix = "esme:smpp", ...numbers } = options;
    const seconds = resolveNumbers(numbers, { timeout: 86_400, multipartTimeout: 86_400 });
    this.#redis = new RedisConnection(options);
    this.#prefix = prefix;
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
    const value = await this.#redis.run(fetchIdScript, this.#idKey(smppId), []);
    return typeof value === "string" ? readKnown(value) : undefined;
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    await this.#redis.run(deleteIdScript, this.#idKey(smppId), []);
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  async #store(part: MessagePart, lease: number): Promise<LeasedMultipart> {
    const { total, sequence, octets } = checkPart(part);
    const key = this.#partsKey(part);
    const { multipartTimeout } = this.#milliseconds;
    const args = [sequence, base64(octets), total, multipartTimeout, lease];
    const whole = await this.#redis.run(storePartScript, key, args);
    if (whole === null) return { kind: "incomplete" };
    if (whole === 1) return { kind: "leased" };
    if (typeof whole !== "string") throw new RedisError("failed", `Redis: ${key} holds no parts`);
    const parts = whole.split(" ").map((encoded) => Buffer.from(encoded, "base64"));
    return { kind: "whole", octets: new Uint8Array(Buffer.concat(parts)) };
  }

  #partsKey({ source, destination, reference, total }: MessagePart): string {
    return `${this.#prefix}:parts:${JSON.stringify([source, destination, reference, total])}`;
  }

  #idKey(smppId: string): string {
    return `${this.#prefix}:id:${smppId}`;
  }
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64");
}

/** What was stored, or undefined when somebody else wrote there. */
function readKnown(value: string): KnownMessage | undefined {
  let read: unknown;
  try {
    read = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (!Array.isArray(read)) return undefined;
  const [messageId, part, total]: unknown[] = read;
  if (typeof messageId !== "string") return undefined;
  if (typeof part !== "number" || typeof total !== "number") return { messageId };
  return { messageId, info: { part, total } };
}
