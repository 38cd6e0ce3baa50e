/** Decides, from times alone, when the next message may leave: a rate limit and the reaction to throttling. */

/** Settings of {@link RateLimiter}. */
export interface RateLimiterOptions {
  /** Messages per second, Infinity for no limit. */
  maxPerSecond: number;
  /** First pause after a throttling answer, in milliseconds; it doubles while the peer keeps refusing. */
  pause: number;
  /** Longest pause, in milliseconds. */
  maxPause: number;
}

/** The rate after a refusal, as a part of the rate that the peer accepted before. */
const DECREASE = 0.7;
/** How much of the accepted rate is added in each second without a refusal. */
const INCREASE = 0.1;
/** The least increase, in messages per second for each second. */
const LEAST_INCREASE = 1;
/** The limit is removed at so many times the rate that the peer accepted before the refusal. */
const REMOVE_AT = 4;
/** The lowest rate after a refusal, in messages per second; only pauses make it slower. */
const SLOWEST = 1;

/**
 * A token bucket of a tenth of a second's messages, with additive increase and multiplicative decrease.
 *
 * A throttling answer pauses the queue: 1 s, doubling while the peer keeps refusing. Then messages
 * leave at 0.7 of the rate that the peer accepted before (at least 1 per second). That rate grows by a
 * tenth of it per second (at least 1), until the limit no longer matters. Answers to messages sent
 * before the pause count as the same refusal: a whole window refused at once is one event, not ten.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  /** The rate after a refusal, messages per second; Infinity while the peer takes everything. */
  #limit = Number.POSITIVE_INFINITY;
  #refusedRate = 0;
  #grownAt = 0;
  #tokens: number;
  #filledAt: number;
  #pausedAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #pause: number;
  #accepted = 0;
  #countedFrom: number;

  constructor(options: RateLimiterOptions, now: number) {
    this.#options = options;
    this.#tokens = burstOf(options.maxPerSecond);
    this.#filledAt = now;
    this.#countedFrom = now;
    this.#pause = options.pause;
  }

  /** Messages per second allowed at present; Infinity without a limit. */
  get rate(): number {
    return Math.min(this.#options.maxPerSecond, this.#limit);
  }

  /** End of the pause, on the clock of `now`; in the past when there is none. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** When a message may leave: `now` or earlier means at once. */
  readyAt(now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil;
    // Most peers never refuse and most sessions have no limit.
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#grow(now);
    const rate = Math.min(this.#options.maxPerSecond, this.#limit);
    if (rate === Number.POSITIVE_INFINITY) return now;
    this.#fill(now, rate);
    // Rounding must not cause an extra timer: 0.999999 of a token is a token.
    if (this.#tokens >= 1 - 1e-6) return now;
    return now + ((1 - this.#tokens) * 1000) / rate;
  }

  /** A message left. */
  spend(): void {
    if (this.#tokens !== Number.POSITIVE_INFINITY) this.#tokens = Math.max(0, this.#tokens - 1);
  }

  /** The peer took a message. */
  accepted(now: number): void {
    if (now - this.#countedFrom > 2_000) {
      // Halving keeps a moving average over the last seconds without a queue of times.
      this.#accepted /= 2;
      this.#countedFrom = now - 1_000;
    }
    this.#accepted++;
    if (now >= this.#pausedUntil) this.#pause = this.#options.pause;
  }

  /** The peer refused, with a throttling status, a message that was sent at `sentAt`. */
  throttled(sentAt: number, now: number): void {
    if (sentAt <= this.#pausedAt) return;
    const seconds = Math.max(now - this.#countedFrom, 100) / 1000;
    const taken = Math.min(this.rate, Math.max(this.#accepted / seconds, SLOWEST));
    this.#refusedRate = taken;
    this.#limit = Math.max(taken * DECREASE, Math.min(SLOWEST, this.#options.maxPerSecond));
    this.#pausedAt = now;
    this.#pausedUntil = now + this.#pause;
    this.#pause = Math.min(this.#pause * 2, this.#options.maxPause);
    this.#grownAt = this.#pausedUntil;
    this.#accepted = 0;
    this.#countedFrom = this.#pausedUntil;
    this.#tokens = 1;
    this.#filledAt = this.#pausedUntil;
  }

  #grow(now: number): void {
    if (now <= this.#grownAt) return;
    const increase = Math.max(this.#refusedRate * INCREASE, LEAST_INCREASE);
    this.#limit += (increase * (now - this.#grownAt)) / 1000;
    this.#grownAt = now;
    if (this.#limit < this.#refusedRate * REMOVE_AT) return;
    this.#limit = Number.POSITIVE_INFINITY;
    this.#tokens = burstOf(this.#options.maxPerSecond);
  }

  #fill(now: number, rate: number): void {
    if (now <= this.#filledAt) return;
    this.#tokens = Math.min(burstOf(rate), this.#tokens + ((now - this.#filledAt) * rate) / 1000);
    this.#filledAt = now;
  }
}

/** A tenth of a second's messages may leave together; a slow queue has room for one. */
function burstOf(rate: number): number {
  return Math.max(1, rate / 10);
}
