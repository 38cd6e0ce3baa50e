/** An SMPP cache that several processes share, in Redis. */

import { resolveNumbers } from "./options.ts";
import { type RedisAddress, RedisConnection, RedisError } from "./redis-connection.ts";
import {
  checkPart,
  type KnownMessage,
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
 * who store at the same time gets the whole. Parts are base64, one field each.
 */
const storePartScript = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local total = tonumber(ARGV[3])
local parts = {}
if redis.call('HLEN', KEYS[1]) >= total then
  local fields = {}
  for sequence = 1, total do fields[sequence] = sequence end
  parts = redis.call('HMGET', KEYS[1], unpack(fields))
end
for sequence = 1, total do
  if not parts[sequence] then
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    return false
  end
end
redis.call('DEL', KEYS[1])
return table.concat(parts, ' ')
`;

const storeIdScript = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])";
const fetchIdScript = "return redis.call('GET', KEYS[1])";
const deleteIdScript = "redis.call('DEL', KEYS[1])";

/**
 * A cache over Redis, or what speaks its protocol, a cluster included: every operation is one
 * script over one key. It survives the process, and as much of Redis' end as Redis is set up for.
 * While Redis is away every method rejects with a `RedisError` within `answerTimeout`.
 */
export class RedisSmppCache implements SmppCache {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #milliseconds: { timeout: string; multipartTimeout: string };

  /** Throws a TypeError that names the option when one does not fit. */
  constructor(options: RedisSmppCacheOptions) {
    const { url, client, answerTimeout, prefix = "esme:smpp", ...numbers } = options;
    const seconds = resolveNumbers(numbers, { timeout: 86_400, multipartTimeout: 86_400 });
    this.#redis = new RedisConnection(options);
    this.#prefix = prefix;
    this.#milliseconds = {
      timeout: String(Math.ceil(seconds.timeout * 1000)),
      multipartTimeout: String(Math.ceil(seconds.multipartTimeout * 1000)),
    };
  }

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    const { source, destination, reference, total, sequence, octets } = checkPart(part);
    const key = `${this.#prefix}:parts:${JSON.stringify([source, destination, reference, total])}`;
    const base64 = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64");
    const whole = await this.#redis.eval(
      storePartScript,
      [key],
      [String(sequence), base64, String(total), this.#milliseconds.multipartTimeout],
    );
    if (whole === null) return undefined;
    if (typeof whole !== "string") throw new RedisError("failed", `Redis: ${key} holds no parts`);
    const parts = whole.split(" ").map((encoded) => Buffer.from(encoded, "base64"));
    return new Uint8Array(Buffer.concat(parts));
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    const value = JSON.stringify(
      info === undefined ? [messageId] : [messageId, info.part, info.total],
    );
    await this.#redis.eval(
      storeIdScript,
      [this.#idKey(smppId)],
      [value, this.#milliseconds.timeout],
    );
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    const value = await this.#redis.eval(fetchIdScript, [this.#idKey(smppId)], []);
    return typeof value === "string" ? readKnown(value) : undefined;
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    await this.#redis.eval(deleteIdScript, [this.#idKey(smppId)], []);
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  #idKey(smppId: string): string {
    return `${this.#prefix}:id:${smppId}`;
  }
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
