/** Redis for one store: what runs there, within its time, and what goes wrong there, in sentences. */

import { setTimeout as delay } from "node:timers/promises";
import { withTimeout } from "@esme/bounded";
import { ClientRoute } from "./client-route.ts";
import { ClusterRoute } from "./cluster-route.ts";
import {
  placeOf,
  type RedisOptionValues,
  type RedisPlace,
  secretsOf,
  shownOf,
} from "./redis-address.ts";
import { isReply, RedisError, reasonOf, refusalOf } from "./redis-error.ts";
import { loadClient } from "./redis-link.ts";
import { type RedisKey, type RedisScript, redisScript } from "./redis-script.ts";
import type { Link, Route } from "./route.ts";
import { SentinelRoute } from "./sentinel-route.ts";
import { ServerRoute } from "./server-route.ts";

/** Whoever may run the other scripts may run this one. */
const pingScript = redisScript("return 1", { confirm: false });

/** Before the next try: at first, and at most, in milliseconds. */
const pauses = { first: 50, longest: 500 };

/** Connects with the first command, and again with the first after the connection was lost. */
export class RedisConnection {
  readonly #route: Route;
  readonly #timeout: number;
  readonly #replicas: number;
  /** Whether a server that gives way to another is no reason to give up. */
  readonly #hasOthers: boolean;
  /** How errors call it: with its place, never with a password. */
  readonly #shown: string;
  /** What errors must not show. */
  readonly #secrets: readonly string[];
  /** Why there is no connection. */
  #trouble: unknown;
  /** Tries in a row that found no connection. */
  #failures = 0;
  #resting: Promise<void> | undefined;
  #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** Takes what {@link redisOptions} read. Throws a TypeError unless they name one place. */
  constructor(options: RedisOptionValues) {
    const place = placeOf(options);
    if (place.kind !== "client") loadClient();
    this.#timeout = options.answerTimeout * 1000;
    this.#route = routeTo(place, this.#timeout);
    this.#hasOthers = place.kind === "sentinels" || place.kind === "cluster";
    this.#replicas = options.replicas ?? (this.#hasOthers ? 1 : 0);
    this.#shown = shownOf(place);
    this.#secrets = secretsOf(options);
  }

  /**
   * Runs a script. Rejects with a {@link RedisError} within the time set, whatever Redis does. A
   * script that was not sent by then is not sent later, and none is sent twice: what was sent when the
   * connection was lost may have been done or not. A server that did nothing, because it loads its
   * data or gives way to another, is asked again.
   */
  async run(
    script: RedisScript,
    key: RedisKey,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.#closed !== undefined) throw this.#afterClose();
    const running = this.#inTime(script, key, args.map(String));
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw error instanceof RedisError ? error : this.#errorOf(error, key);
    } finally {
      this.#running.delete(running);
    }
  }

  /** What is under the key, or what Redis answered, is not what the scripts put there. */
  unexpected(key: RedisKey, got: string): RedisError {
    const message = `${this.#shown}, ${key.shown} gives ${got}: another program uses this key, or the server is no Redis`;
    return new RedisError("failed", message);
  }

  /** Resolves when Redis answers; rejects as `run` does. `key` says which node of a cluster is asked. */
  async ping(key: RedisKey): Promise<void> {
    await this.run(pingScript, key, []);
  }

  /** Resolves within the time set; what is unanswered then rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Closes at once: what is unanswered rejects. */
  destroy(): void {
    this.#closed ??= Promise.resolve();
    this.#route.destroy();
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await withTimeout(this.#timeout, this.#route.close()).catch(() => {});
    this.#route.destroy();
  }

  #inTime(script: RedisScript, key: RedisKey, args: string[]): Promise<unknown> {
    const attempt: Attempt = { isLate: false };
    return withTimeout(this.#timeout, this.#attempts(script, key, args, attempt), () => {
      attempt.isLate = true;
      // Answers come in the order of asking: on this connection none will come soon.
      const { link, since = Infinity } = attempt;
      if (performance.now() - since > this.#timeout / 2) link?.destroy();
      throw this.#late();
    });
  }

  /** Tries until there is an answer, or a refusal that stays. */
  async #attempts(
    script: RedisScript,
    key: RedisKey,
    args: string[],
    attempt: Attempt,
  ): Promise<unknown> {
    const options = { keys: [key.name], arguments: args };
    let refused: string | undefined;
    for (;;) {
      const target = await this.#link(key, refused);
      if (attempt.isLate) return undefined;
      if (target !== undefined) {
        attempt.link = target.link;
        attempt.since = performance.now();
        try {
          const answer = await target.link.run(script, options, this.#replicas, target.asking);
          this.#failures = 0;
          return answer;
        } catch (error) {
          const again = refusalOf(error)?.again;
          if (again === undefined || attempt.isLate) throw error;
          const isFirst = refused === undefined;
          refused = reasonOf(error);
          // The next command gets another connection, and by then another server may be behind it.
          if (refused.startsWith("READONLY")) target.link.destroy();
          if (again === "elsewhere" && !this.#hasOthers) throw error;
          if (isFirst && /^(?:MOVED|ASK)\b/.test(refused)) continue;
        }
      }
      await this.#rest();
      if (attempt.isLate) return undefined;
      if (this.#closed !== undefined) throw this.#afterClose();
    }
  }

  /** The connection for a key; undefined when there is none now. */
  async #link(key: RedisKey, refused: string | undefined) {
    try {
      const target = await this.#route.link(key.name, refused);
      this.#trouble = undefined;
      return target;
    } catch (error) {
      this.#trouble = error;
      return undefined;
    }
  }

  /** One pause for all that wait, longer each time. */
  #rest(): Promise<void> {
    const { first, longest } = pauses;
    this.#resting ??= delay(Math.min(longest, first * 2 ** this.#failures)).then(() => {
      this.#failures += 1;
      this.#resting = undefined;
    });
    return this.#resting;
  }

  #afterClose(): RedisError {
    return new RedisError("unavailable", `${this.#shown}: used after close`);
  }

  #late(): RedisError {
    const reason = this.#trouble === undefined ? "" : `: ${this.#safe(reasonOf(this.#trouble))}`;
    const advice = refusalOf(this.#trouble)?.advice ?? "is it running and reachable?";
    const message = `${this.#shown} did not answer within ${this.#timeout / 1000} s${reason}: ${advice}`;
    return new RedisError("unavailable", message);
  }

  #errorOf(error: unknown, key: RedisKey): RedisError {
    const { code, advice } = refusalOf(error) ?? {
      code: isReply(error) ? "failed" : "unavailable",
      advice: "",
    };
    const reason = this.#safe(reasonOf(error), key);
    const message = [`${this.#shown}, ${key.shown}`, reason, advice].filter(Boolean).join(": ");
    const isSafe = error instanceof Error && this.#safe(String(error.stack), key) === error.stack;
    return new RedisError(code, message, isSafe ? { cause: error } : {});
  }

  /** Without passwords and keys: servers and proxies repeat what they refuse. */
  #safe(text: string, key?: RedisKey): string {
    const hidden = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
    return key === undefined ? hidden : hidden.replaceAll(key.name, key.shown);
  }
}

/** One call, and the connection that it uses now. */
interface Attempt {
  isLate: boolean;
  link?: Link;
  /** When it was given to the connection. */
  since?: number;
}

function routeTo(place: RedisPlace, timeout: number): Route {
  switch (place.kind) {
    case "client":
      return new ClientRoute(place.client);
    case "server":
      return new ServerRoute(place.server, timeout);
    case "sentinels":
      return new SentinelRoute(place, timeout);
    case "cluster":
      return new ClusterRoute(place.nodes, timeout);
  }
}
