/** A ledger that several processes share, in Redis. */

import { randomBytes } from "node:crypto";
import {
  type RedisAddress,
  RedisConnection,
  type RedisKey,
  type RedisScript,
  redisOptions,
} from "@esme/redis";
import { amount, name, readOptions, typeName } from "@esme/settings";
import type { Begun, Ledger, LedgerEntry } from "./ledger.ts";
import { checkMessageId, checkOutcome, checkPart, checkSmppId } from "./limits.ts";
import {
  absentScript,
  acceptedScript,
  beginScript,
  endScript,
  isPresentScript,
  presentScript,
  releaseScript,
  undoScript,
} from "./redis-scripts.ts";

export { type RedisAddress, type RedisClient, RedisError } from "@esme/redis";

/** Options of {@link RedisLedger}. */
export type RedisLedgerOptions = RedisAddress & {
  /** The beginning of every key. All that send for one account use the same. 1 to 255 characters. Default `esme:ledger`. */
  prefix?: string;
  /** How long a message is known after its last change, in seconds. Default 259200, three days. */
  ttl?: number;
  /**
   * How long a process counts as there after it was last heard of, in seconds: for so long nobody else
   * has the messages of one that was killed. Default 10.
   */
  presence?: number;
};

/**
 * A ledger over Redis, or what speaks its protocol, a cluster included. Every step is one script over
 * one key: steps of one turn of the event loop share a round trip. A process that has messages says
 * every third of `presence` that it is there; the messages of one that does not are free.
 * While Redis is away every method rejects with a `RedisError` within `answerTimeout`.
 */
export class RedisLedger implements Ledger {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  /** In milliseconds. */
  readonly #ttl: number;
  /** In milliseconds. */
  readonly #presence: number;
  /** Names this process, and this ledger in it. */
  readonly #process = randomBytes(9).toString("base64url");
  #opened = 0;
  /** Until when others know that this process is there, at least; on the clock of `performance.now()`. */
  #presentUntil = Number.NEGATIVE_INFINITY;
  #announcing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Throws a TypeError for an option that is unknown or of another type, a RangeError for one out of
   * range. A number may stand in quotes, as files and variables have it.
   */
  constructor(options: RedisLedgerOptions) {
    const { prefix, ttl, presence, ...address } = readOptions("RedisLedger", options, {
      ...redisOptions,
      prefix: name("esme:ledger"),
      ttl: amount(259_200),
      presence: amount(10),
    });
    this.#redis = new RedisConnection(address);
    this.#prefix = prefix;
    this.#ttl = milliseconds(ttl);
    this.#presence = milliseconds(presence);
  }

  open(messageId: string): LedgerEntry {
    const key = this.#messageKey(checkMessageId(messageId));
    this.#opened += 1;
    const holder = `${this.#process}/${this.#opened}`;
    return {
      begin: async (part, { again = false } = {}) => {
        checkPart(part);
        // Not before others can know that this process is there. One that was frozen finds its time
        // over, and asks who has the message now.
        if (performance.now() > this.#presentUntil) await this.#announce();
        return this.#begin(key, [holder, part, String(again)]);
      },
      accepted: (part, smppId, outcome) => this.#accepted(key, part, smppId, outcome),
      undo: async (part) => {
        await this.#redis.run(undoScript, key, [this.#ttl, holder, checkPart(part)]);
      },
      end: async (outcome) => {
        const answer = await this.#redis.run(endScript, key, [this.#ttl, checkOutcome(outcome)]);
        if (typeof answer !== "string") throw this.#redis.unexpected(key, typeName(answer));
        return answer;
      },
      release: async () => {
        await this.#redis.run(releaseScript, key, [this.#ttl, holder]);
      },
    };
  }

  /** Resolves when Redis answers; rejects with a `RedisError` within `answerTimeout`. */
  ping(): Promise<void> {
    return this.#redis.ping({ name: `${this.#prefix}:ping`, shown: `${this.#prefix}:ping` });
  }

  async close(): Promise<void> {
    if (this.#timer !== undefined) {
      clearInterval(this.#timer);
      await this.#announcing?.catch(() => {});
      // If it fails, others find out by themselves, later.
      await this.#redis.run(absentScript, this.#processKey(this.#process), []).catch(() => {});
    }
    await this.#redis.close();
  }

  async #begin(key: RedisKey, args: readonly [string, number, string]): Promise<Begun> {
    const [word, more] = await this.#ask(beginScript, key, [this.#ttl, ...args, ""]);
    if (word !== "busy" || more === undefined) return this.#begun(key, word, more);
    if (await this.#isPresent(more)) return { kind: "busy" };
    const [then, rest] = await this.#ask(beginScript, key, [this.#ttl, ...args, more]);
    return this.#begun(key, then, rest);
  }

  #begun(key: RedisKey, word: string | undefined, more: string | undefined): Begun {
    switch (word) {
      case "begun":
      case "unknown":
      case "busy":
        return { kind: word };
      case "accepted":
        if (more !== undefined) return { kind: word, smppId: more };
        break;
      case "ended":
        if (more !== undefined) return { kind: word, outcome: more };
    }
    throw this.#redis.unexpected(key, "another answer");
  }

  async #accepted(
    key: RedisKey,
    part: number,
    smppId: string,
    outcome: string | undefined,
  ): Promise<string | undefined> {
    const args = [this.#ttl, checkPart(part), checkSmppId(smppId)];
    if (outcome !== undefined) args.push(checkOutcome(outcome));
    const answer = await this.#redis.run(acceptedScript, key, args);
    if (answer === null) return undefined;
    if (typeof answer !== "string") throw this.#redis.unexpected(key, typeName(answer));
    return answer;
  }

  /** Whether the process of this holder is there. */
  async #isPresent(holder: string): Promise<boolean> {
    const process = holder.slice(0, holder.indexOf("/"));
    if (process === this.#process) return true;
    return (await this.#redis.run(isPresentScript, this.#processKey(process), [])) === 1;
  }

  /** Says that this process is there, now and from now on; those that ask at once share the answer. */
  #announce(): Promise<void> {
    // What fails here is noticed by the next `begin`.
    const renew = () => void this.#announce().catch(() => {});
    this.#timer ??= setInterval(renew, this.#presence / 3).unref();
    this.#announcing ??= this.#present().finally(() => {
      this.#announcing = undefined;
    });
    return this.#announcing;
  }

  async #present(): Promise<void> {
    const since = performance.now();
    await this.#redis.run(presentScript, this.#processKey(this.#process), [this.#presence]);
    this.#presentUntil = since + (this.#presence * 2) / 3;
  }

  /** Runs a script that answers one or two texts. */
  async #ask(
    script: RedisScript,
    key: RedisKey,
    args: readonly (string | number)[],
  ): Promise<string[]> {
    const answer = await this.#redis.run(script, key, args);
    if (Array.isArray(answer) && answer.every((text) => typeof text === "string")) return answer;
    throw this.#redis.unexpected(key, typeName(answer));
  }

  #messageKey(messageId: string): RedisKey {
    return { name: `${this.#prefix}:sent:${messageId}`, shown: `${this.#prefix}:sent:*` };
  }

  #processKey(process: string): RedisKey {
    return { name: `${this.#prefix}:process:${process}`, shown: `${this.#prefix}:process:*` };
  }
}

/** Rounded up, since 0 means none to Redis. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1_000);
}
