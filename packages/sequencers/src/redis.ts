/** Sequence numbers that several processes share, leased from Redis in blocks. */

import {
  type RedisAddress,
  RedisConnection,
  type RedisKey,
  redisOptions,
  redisScript,
} from "@esme/redis";
import { integer, longestName, name, readOptions, typeName } from "@esme/settings";
import { FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER, type Sequencer } from "./sequencer.ts";

export { type RedisAddress, type RedisClient, RedisError } from "@esme/redis";

/** Options of {@link RedisSequencer}. */
export type RedisSequencerOptions = RedisAddress & {
  /**
   * The key of the counter, 1 to 255 characters. All that must not hand out the same number use the
   * same. Default `esme:sequence`, with the account's `host` and `system_id` behind it where they are
   * given.
   */
  key?: string;
  /** How many numbers are leased at once, 1 to 1,000,000. Default 100. */
  blockSize?: number;
  /** The number a counter begins with that does not exist yet, 1 to 0x7FFFFFFF. Default 1. */
  first?: number;
};

/** Whose numbers they are, for the key: what a worker has beside this configuration. */
export interface RedisSequencerAccount {
  /** The SMSC's host. */
  host?: string;
  system_id?: string;
}

/**
 * Advances the counter by a block and answers its last number. The counter runs on without end and
 * is folded into 1 to 0x7FFFFFFF by whoever draws, so rolling over needs no decision here. A counter
 * that fell behind what this process has had already, because Redis was emptied or a replica took
 * over, is first set far ahead of that, where no other process has a block.
 */
const leaseScript = redisScript(`
local block, had = tonumber(ARGV[1]), tonumber(ARGV[2])
local last = redis.call('INCRBY', KEYS[1], block)
if last - block < had then
  last = had + tonumber(ARGV[3]) + block
  redis.call('SET', KEYS[1], string.format('%.0f', last))
end
return last
`);

/** How far ahead a counter is set that was lost: 1/128 of the cycle. */
const leap = 2 ** 24;

/**
 * A sequencer over Redis. Each process leases a block of numbers in one atomic step and hands them
 * out on its own, at the speed of the one in memory; what a process leased and did not use is
 * skipped. While Redis is away, `next` goes on to the end of the block, and then rejects with a
 * `RedisError` within `answerTimeout`.
 */
export class RedisSequencer implements Sequencer {
  readonly #redis: RedisConnection;
  readonly #key: RedisKey;
  readonly #blockSize: number;
  #next: number;
  /** The last number of the block; the one before `#next` when the block is used up. */
  #last: number;
  #hasLeased = false;
  #lease: Promise<void> | undefined;

  /**
   * Throws a TypeError for an option that is unknown or of another type, a RangeError for one out of
   * range. A number may stand in quotes, as files and variables have it.
   */
  constructor(options: RedisSequencerOptions, account: RedisSequencerAccount = {}) {
    const { key, blockSize, first, ...address } = readOptions("RedisSequencer", options, {
      ...redisOptions,
      key: name(keyOf(account)),
      blockSize: integer(100, 1, 1_000_000),
      first: integer(FIRST_SEQUENCE_NUMBER, FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER),
    });
    if (key.length > longestName) {
      const wants = `give a key of 1 to ${longestName}`;
      throw new RangeError(
        `key: host and system_id make it ${key.length} characters long, ${wants}`,
      );
    }
    this.#redis = new RedisConnection(address);
    this.#key = { name: key, shown: key };
    this.#blockSize = blockSize;
    this.#next = first;
    this.#last = first - 1;
  }

  next(): number | Promise<number> {
    return this.#next <= this.#last ? this.#take() : this.#takeAfterLease();
  }

  /** Resolves when Redis answers; rejects with a `RedisError` within `answerTimeout`. */
  ping(): Promise<void> {
    return this.#redis.ping(this.#key);
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  #take(): number {
    const number = this.#next;
    this.#next = number + 1;
    return ((number - FIRST_SEQUENCE_NUMBER) % LAST_SEQUENCE_NUMBER) + FIRST_SEQUENCE_NUMBER;
  }

  async #takeAfterLease(): Promise<number> {
    while (this.#next > this.#last) {
      this.#lease ??= this.#leaseBlock().finally(() => {
        this.#lease = undefined;
      });
      await this.#lease;
    }
    return this.#take();
  }

  async #leaseBlock(): Promise<void> {
    const args = [this.#blockSize, this.#last, this.#hasLeased ? leap : 0];
    const last = await this.#redis.run(leaseScript, this.#key, args);
    if (typeof last !== "number" || !Number.isSafeInteger(last) || last < this.#blockSize) {
      throw this.#redis.unexpected(this.#key, typeName(last));
    }
    this.#hasLeased = true;
    this.#last = last;
    this.#next = last - this.#blockSize + 1;
  }
}

function keyOf({ host, system_id }: RedisSequencerAccount): string {
  return ["esme:sequence", host, system_id].filter((part) => part !== undefined).join(":");
}
