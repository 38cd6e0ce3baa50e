/** References of long texts that all workers of an account share through Redis. */
import type { Sequencer } from "@esme/sequencers";
import { RedisSequencer, type RedisSequencerOptions } from "@esme/sequencers/redis";
import type { Logger } from "../log/logger.ts";

/** How long a text waits for Redis, in seconds. */
const patience = 1;

/** How long texts do without a Redis that did not answer, in milliseconds. */
const pause = 5_000;

/**
 * Numbers one by one, in the order of drawing: a block in hand would be used when the 255 references
 * of a header have come round already. While Redis is away each worker goes on alone, from anywhere,
 * since a text must not wait for a number that is only likely to be its own.
 */
export class SharedReferences implements Sequencer {
  readonly #redis: RedisSequencer;
  readonly #logger: Logger;
  #own = Math.floor(Math.random() * 65_536);
  #aloneUntil = 0;
  #isAway = false;

  /** `address` as `RedisAddress` of `@esme/redis`. Throws a TypeError when it is none. */
  constructor({ address, key }: { address: object; key: string }, logger: Logger) {
    // Unconfirmed: a reference that comes twice after a failover is no worse than one of this worker's own.
    const options = { ...address, key, blockSize: 1, answerTimeout: patience, replicas: 0 };
    // The class itself checks what it is given.
    this.#redis = new RedisSequencer(options as RedisSequencerOptions);
    this.#logger = logger;
  }

  async next(): Promise<number> {
    if (performance.now() < this.#aloneUntil) return this.#alone();
    try {
      const number = await this.#redis.next();
      if (this.#isAway) this.#logger.info({}, "Redis answers again, references are shared");
      this.#isAway = false;
      return number;
    } catch (err) {
      if (!this.#isAway) {
        this.#logger.warn({ err }, "Redis is away, references of long texts are this worker's own");
      }
      this.#isAway = true;
      this.#aloneUntil = performance.now() + pause;
      return this.#alone();
    }
  }

  close(): Promise<void> {
    return this.#redis.close();
  }

  #alone(): number {
    this.#own += 1;
    return this.#own;
  }
}
