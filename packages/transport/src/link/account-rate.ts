/** One rate for all workers of an account, kept in Redis. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { withTimeout } from "@esme/bounded";
import { LinkError, type RequestOptions, TimeoutError } from "@esme/client";
import { RedisConnection, redisOptions, redisScript } from "@esme/redis";
import { readOptions } from "@esme/settings";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** What the rate is shared over. */
export interface AccountRateOptions {
  /** As `RedisAddress` of `@esme/redis`: what it says is checked here. */
  readonly address: object;
  /** Host, port and system_id: workers with the same share the rate. */
  readonly account: string;
  /** Parts a second, of all workers together. */
  readonly perSecond: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * A queue of one place per part (the generic cell rate algorithm): the key holds the time at which
 * the next part may leave, in microseconds of Redis' own clock, so that the clocks of the workers do
 * not matter. Takes the places of parts that left without asking, then gives as many parts as may
 * leave now, how long until the next one, how many workers asked within ten seconds, and the time.
 * Past its deadline it takes and gives nothing: whoever asked has gone on without the answer.
 */
const takePlaces = redisScript(
  `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, wanted = 1000000 / ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local owed = tonumber(ARGV[6])
if now > tonumber(ARGV[5]) then wanted, owed = 0, 0 end
local at = math.max(tonumber(redis.call('HGET', KEYS[1], 'next') or 0), now - burst * interval)
at = at + owed * interval
local given = math.max(0, math.min(wanted, math.floor((now - at) / interval)))
at = at + given * interval
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', at), 'worker:' .. ARGV[4], time[1])
local workers = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] ~= 'next' then
    if all[i + 1] + 10 > tonumber(time[1]) then workers = workers + 1
    else redis.call('HDEL', KEYS[1], all[i]) end
  end
end
redis.call('EXPIRE', KEYS[1], 60)
return {given, math.ceil((at + interval - now) / 1000), workers, string.format('%.0f', now)}
`,
  // A place that is lost with a primary is one part too many, once.
  { confirm: false },
);

interface Answer {
  /** Parts that may leave now. */
  readonly given: number;
  /** Milliseconds until the next one may. */
  readonly pause: number;
  /** Workers that asked lately. */
  readonly workers: number;
  /** The time there, in microseconds. */
  readonly now: number;
}

/** How long Redis may take to answer, in seconds, unless the address says so. */
const patience = 1;

/** Between two questions whether Redis is back, in milliseconds. */
const probePause = 250;

/** Somebody who waits for leave. */
interface Waiting {
  resolve(): void;
  reject(reason: LinkError): void;
}

/**
 * Gives leave to send, part by part, in the order of asking. While Redis is away each worker takes
 * its share of the rate: that of the workers which Redis knew last.
 */
export class AccountRate {
  readonly #options: AccountRateOptions;
  readonly #redis: RedisConnection;
  readonly #key: string;
  /** How long Redis may take to answer, in milliseconds. */
  readonly #patience: number;
  readonly #worker = randomUUID();
  readonly #waiting = new Set<Waiting>();
  /** Those with priority: they go first. */
  readonly #first = new Set<Waiting>();
  /** Parts that left without asking, whose places are not taken yet. */
  #owed = 0;
  #pausedUntil = 0;
  #serving = false;
  #workers = 1;
  /** Redis' clock in microseconds, less our own: undefined before its first answer. */
  #clock: number | undefined;
  /** When the next part may leave while Redis is away, on the clock of `performance.now()`. */
  #nextAlone = 0;
  #isAway = false;
  #closed = false;

  /** Throws a TypeError or a RangeError for an address that is none. */
  constructor(options: AccountRateOptions) {
    this.#options = options;
    this.#key = `esme:rate:${options.account}`;
    const address = readOptions(
      "mt_tps_redis_config",
      { answerTimeout: patience, ...options.address },
      redisOptions,
    );
    this.#redis = new RedisConnection(address);
    this.#patience = address.answerTimeout * 1_000;
  }

  /** Whether Redis answered last time. */
  get connected(): boolean {
    return !this.#isAway;
  }

  /** Parts a second that each worker may send if all of them have some. */
  get share(): number {
    return this.#options.perSecond / this.#workers;
  }

  /** Parts that wait for leave to be sent. */
  get waiting(): number {
    return this.#first.size + this.#waiting.size;
  }

  /** Asks a request queue when the account may send: what was waited for here counts against `waitTimeout`. */
  async whenAllowed<T>(
    options: RequestOptions | undefined,
    request: (options: RequestOptions | undefined) => Promise<T>,
  ): Promise<T> {
    const before = performance.now();
    await this.take(options?.waitTimeout, options?.priority);
    const waited = performance.now() - before;
    this.#options.metrics.paced(waited);
    if (!options?.waitTimeout) return request(options);
    return request({ ...options, waitTimeout: Math.max(1, options.waitTimeout - waited) });
  }

  /**
   * Resolves when one part may leave. Rejects with TimeoutError `wait_timeout` after so many
   * milliseconds (0: never), with LinkError `closed` after `close`; no place is taken then.
   */
  take(waitTimeout = 0, priority = false): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    let giveUp = (): void => {};
    const leave = new Promise<void>((resolve, reject) => {
      const waiting: Waiting = { resolve, reject };
      const among = priority ? this.#first : this.#waiting;
      giveUp = () => among.delete(waiting);
      among.add(waiting);
      this.#begin();
    });
    if (waitTimeout === 0) return leave;
    return withTimeout(waitTimeout, leave, () => {
      giveUp();
      throw new TimeoutError("wait_timeout", "submit_sm", false, waitTimeout);
    });
  }

  /**
   * The SMSC asked to slow down, and a request queue sends a part once more at `until`, without asking: its
   * place is taken then, and nobody gets leave before.
   */
  resent(until: number): void {
    this.#owed += 1;
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    this.#begin();
  }

  /** Rejects what waits and closes the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of [...this.#first, ...this.#waiting]) reject(closed());
    this.#first.clear();
    this.#waiting.clear();
    // Not in the agreed way: a Redis that is silent would never answer.
    this.#redis.destroy();
  }

  #begin(): void {
    if (!this.#serving) void this.#serve();
  }

  get #hasWork(): boolean {
    return this.#owed + this.waiting > 0;
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    while (this.#hasWork && !this.#closed) {
      const paused = this.#pausedUntil - performance.now();
      if (paused > 0) {
        await delay(paused, undefined, { ref: false });
        continue;
      }
      const { given, pause } = this.#isAway ? this.#alone() : await this.#ask();
      this.#give(given);
      if (this.#hasWork) await delay(pause, undefined, { ref: false });
    }
    this.#serving = false;
  }

  #give(count: number): void {
    let left = count;
    for (const among of [this.#first, this.#waiting]) {
      for (const waiting of among) {
        if (left <= 0) return;
        left -= 1;
        among.delete(waiting);
        waiting.resolve();
      }
    }
  }

  async #ask(): Promise<{ given: number; pause: number }> {
    try {
      if (this.#clock !== undefined) {
        const owed = this.#owed;
        const answer = await this.#answer(this.waiting, owed);
        this.#owed -= owed;
        return answer;
      }
      // The first question only tells that there is this worker, and what time it is there.
      await this.#answer(0, 0);
      return { given: 0, pause: 0 };
    } catch (err) {
      if (!this.#closed) this.#goAlone(err);
      return { given: 0, pause: 0 };
    }
  }

  /** This worker's share, kept as the whole is kept in Redis. */
  #alone(): { given: number; pause: number } {
    const { share } = this;
    const interval = 1_000 / share;
    const now = performance.now();
    const earliest = now - burstOf(share) * interval;
    const at = Math.max(this.#nextAlone, earliest) + this.#owed * interval;
    const given = Math.max(0, Math.min(this.waiting, Math.floor((now - at) / interval)));
    this.#owed = 0;
    this.#nextAlone = at + given * interval;
    return { given, pause: Math.max(1, this.#nextAlone + interval - now) };
  }

  #goAlone(err: unknown): void {
    const { share } = this;
    this.#options.logger.error(
      { err, share },
      "Redis is away, sending at this worker's share of the rate",
    );
    this.#isAway = true;
    this.#clock = undefined;
    this.#nextAlone = performance.now() - 1_000 / share;
    void this.#comeBack();
  }

  /** Asks for nothing until there is an answer. */
  async #comeBack(): Promise<void> {
    while (!this.#closed) {
      await delay(probePause, undefined, { ref: false });
      try {
        await this.#answer(0, 0);
        this.#isAway = false;
        this.#options.logger.info({}, "Redis answers again, the account's rate is shared");
        return;
      } catch {
        // Still away: told when it began.
      }
    }
  }

  async #answer(wanted: number, owed: number): Promise<Answer> {
    const { perSecond } = this.#options;
    const now = performance.now() * 1_000 + (this.#clock ?? 0);
    const deadline = Math.round(now + this.#patience * 1_000);
    const limits = [perSecond, burstOf(perSecond), wanted] as const;
    const args = [...limits, this.#worker, deadline, owed];
    const key = { name: this.#key, shown: this.#key };
    const answer = readAnswer(await this.#redis.run(takePlaces, key, args));
    this.#clock = answer.now - performance.now() * 1_000;
    this.#workers = Math.max(1, answer.workers);
    return answer;
  }
}

function readAnswer(reply: unknown): Answer {
  const [given, pause, workers, now] = Array.isArray(reply) ? reply.map(Number) : [];
  return { given: given ?? 0, pause: pause ?? 0, workers: workers ?? 1, now: now ?? 0 };
}

function closed(): LinkError {
  return new LinkError("closed", "the worker stops, nothing more is sent");
}

/** A tenth of a second's parts may leave together, as in the sessions' own rate. */
function burstOf(perSecond: number): number {
  return Math.max(1, perSecond / 10);
}
