/** One rate for all workers of an account, kept in Redis. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { LinkError, type RequestOptions } from "@esme/client";
import { type CommandParser, createClient, defineScript } from "redis";
import type { Secret } from "../config/secret.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** What the rate is shared over. */
export interface AccountRateOptions {
  readonly url: Secret;
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
 * not matter. Gives as many parts as may leave now, how long until the next one, and how many
 * workers asked within ten seconds.
 */
const takePlaces = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, wanted = 1000000 / ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local at = math.max(tonumber(redis.call('HGET', KEYS[1], 'next') or 0), now - burst * interval)
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
return {given, math.ceil((at + interval - now) / 1000), workers}
`,
  parseCommand(parser: CommandParser, key: string, ...rest: (string | number)[]): void {
    parser.pushKey(key);
    parser.push(...rest.map(String));
  },
  transformReply: (reply: unknown): Answer => {
    const [given, pause, workers] = Array.isArray(reply) ? reply.map(Number) : [];
    return { given: given ?? 0, pause: pause ?? 0, workers: workers ?? 1 };
  },
});

interface Answer {
  /** Parts that may leave now. */
  readonly given: number;
  /** Milliseconds until the next one may. */
  readonly pause: number;
  /** Workers that asked lately. */
  readonly workers: number;
}

function connection(url: Secret) {
  return createClient({ url: url.reveal(), scripts: { takePlaces } });
}

/** How long Redis may take to answer, in milliseconds. */
const patience = 1_000;

/**
 * Gives leave to send, part by part, in the order of asking. While Redis is away each worker takes
 * its share of the rate: that of the workers which Redis knew last.
 */
export class AccountRate {
  readonly #options: AccountRateOptions;
  readonly #redis: ReturnType<typeof connection>;
  readonly #key: string;
  readonly #worker = randomUUID();
  readonly #waiting: { resolve(): void; reject(reason: LinkError): void }[] = [];
  #connecting: Promise<unknown> | undefined;
  #asking = false;
  #workers = 1;
  #isAway = false;
  #closed = false;

  constructor(options: AccountRateOptions) {
    this.#options = options;
    this.#key = `esme:rate:${options.account}`;
    this.#redis = connection(options.url);
    // Without a listener a lost connection ends the process; `#ask` tells of what it misses.
    this.#redis.on("error", () => {});
  }

  /** Whether Redis answered last time. */
  get connected(): boolean {
    return !this.#isAway;
  }

  /** Parts that wait for leave to be sent. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Asks a lane when the account may send: what was waited for here counts against `waitTimeout`. */
  async pace<T>(
    options: RequestOptions | undefined,
    request: (options: RequestOptions | undefined) => Promise<T>,
  ): Promise<T> {
    const before = performance.now();
    await this.take();
    const waited = performance.now() - before;
    this.#options.metrics.paced(waited);
    if (options?.waitTimeout === undefined) return request(options);
    const left = options.waitTimeout - waited;
    return request({ ...options, waitTimeout: Math.max(1, left) });
  }

  /** Resolves when one part may leave; rejects with LinkError `closed` after `close`. */
  take(): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#asking) void this.#serve();
    });
  }

  /** Rejects what waits and closes the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
    if (this.#redis.isReady) await this.#redis.close();
    else if (this.#redis.isOpen) this.#redis.destroy();
  }

  async #serve(): Promise<void> {
    this.#asking = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      const { given, pause } = await this.#ask(this.#waiting.length);
      this.#give(given);
      if (this.#waiting.length > 0) await delay(pause, undefined, { ref: false });
    }
    this.#asking = false;
  }

  #give(count: number): void {
    for (const { resolve } of this.#waiting.splice(0, count)) resolve();
  }

  async #ask(wanted: number): Promise<{ given: number; pause: number }> {
    const { perSecond, logger } = this.#options;
    try {
      const { given, pause, workers } = await this.#answer(wanted);
      if (this.#isAway) logger.info({}, "Redis answers again, the account's rate is shared");
      this.#isAway = false;
      this.#workers = Math.max(1, workers);
      return { given, pause };
    } catch (err) {
      const share = perSecond / this.#workers;
      if (!this.#isAway) {
        logger.error({ err, share }, "Redis is away, sending at this worker's share of the rate");
      }
      this.#isAway = true;
      return { given: 1, pause: 1_000 / share };
    }
  }

  #answer(wanted: number): Promise<Answer> {
    this.#connecting ??= this.#redis.connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    const { perSecond } = this.#options;
    const answer = this.#connecting.then(() =>
      this.#redis.takePlaces(this.#key, perSecond, burstOf(perSecond), wanted, this.#worker),
    );
    // The client waits for ever for a server that is connected and silent.
    const late = delay(patience, undefined, { ref: false }).then(() => {
      throw new Error(`no answer within ${patience} ms`);
    });
    return Promise.race([answer, late]);
  }
}

function closed(): LinkError {
  return new LinkError("closed", "the worker stops, nothing more is sent");
}

/** A tenth of a second's parts may leave together, as in the sessions' own rate. */
function burstOf(perSecond: number): number {
  return Math.max(1, perSecond / 10);
}
