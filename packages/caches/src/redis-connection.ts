/** A Redis client for one store: one of its own by URL, or one that the caller shares. */

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, ErrorReply } from "redis";

/** The commands that are used. Clients, pools, sentinels and clusters of `redis` all have them. */
export interface RedisClient {
  eval(script: string, options: ScriptOptions): Promise<unknown>;
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
}

/** What a script runs over: one key, so that a cluster will do. */
interface ScriptOptions {
  keys: string[];
  arguments: string[];
}

/** A script, and the digest by which Redis knows it once it has seen it. */
export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

/** A script in Lua. */
export function redisScript(text: string): RedisScript {
  return { text, sha1: hash("sha1", text) };
}

/** Whoever may run the other scripts may run this one. */
const pingScript = redisScript("return 1");

/** Where the store is, and how long an answer may take. */
export type RedisAddress = (
  | {
      /** `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS. */
      url: string;
      client?: never;
    }
  | {
      /**
       * A connected client of the package `redis`, or a cluster's. It is used, and never closed.
       * Give it `commandOptions: { timeout }`: without, it does what it was told while Redis was
       * away once Redis is back, although that was given up by then.
       */
      client: RedisClient;
      url?: never;
    }
) & {
  /** How long to wait for Redis, connecting included, in seconds. Default 5. */
  answerTimeout?: number;
};

/** Redis did not answer, or not with what was asked for. `cause` has what the client says. */
export class RedisError extends Error {
  override readonly name = "RedisError";
  /**
   * `unavailable`: no answer in time, no connection, or a server that is starting, full or giving
   * way to another; `failed`: Redis refused the command.
   */
  readonly code: "unavailable" | "failed";

  constructor(code: RedisError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Before a server that loads its data is asked again, in milliseconds. */
const LOADING_PAUSE = 50;

/** Connects with the first command; reconnecting is the client's own doing. */
export class RedisConnection {
  readonly #client: RedisClient;
  readonly #timeout: number;
  readonly #connect: () => Promise<unknown>;
  readonly #close: () => Promise<void>;
  #connecting: Promise<unknown> | undefined;
  #closed = false;

  /** Throws a TypeError when there is neither a URL nor a client. */
  constructor({ url, client, answerTimeout = 5 }: RedisAddress) {
    if (!(answerTimeout > 0)) {
      throw new TypeError(`answerTimeout: got ${answerTimeout}, wants seconds above 0`);
    }
    this.#timeout = answerTimeout * 1000;
    if (client !== undefined) {
      this.#client = client;
      this.#connect = async () => {};
      this.#close = async () => {};
      return;
    }
    if (typeof url !== "string" || !URL.canParse(url)) {
      throw new TypeError("url: wants redis://host:port, or give a connected client");
    }
    // Within this time a command leaves the queue of a lost connection: what was given up must not
    // be done when Redis is back.
    const own = createClient({ url, commandOptions: { timeout: this.#timeout } });
    // Without a listener a lost connection ends the process; commands report what they miss.
    own.on("error", () => {});
    this.#client = own;
    this.#connect = () => own.connect();
    this.#close = async () => {
      // A clean end waits for what is unanswered: for ever, when the server is silent, or when the
      // connection is lost meanwhile.
      if (own.isReady) await soon(own.close(), this.#timeout);
      try {
        own.destroy();
      } catch {
        // Version 5 of `redis` throws when there is nothing left to end.
      }
    };
  }

  /**
   * Runs a script. Rejects with a {@link RedisError} within the time set, whatever Redis does. A
   * script that was not sent by then is not sent later. A server that still loads its data after a
   * start refuses everything: it is asked again.
   */
  async run(
    script: RedisScript,
    key: string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.#closed) throw new RedisError("unavailable", "Redis: used after close");
    const options = { keys: [key], arguments: args.map(String) };
    return inTime(this.#timeout, async (isLate) => {
      for (;;) {
        await this.#connected();
        if (isLate()) return undefined;
        try {
          return await this.#client.evalSha(script.sha1, options);
        } catch (error) {
          if (isLate()) throw error;
          if (refuses(error, "NOSCRIPT")) return this.#client.eval(script.text, options);
          if (!refuses(error, "LOADING")) throw error;
        }
        await delay(LOADING_PAUSE);
      }
    });
  }

  /** Resolves when Redis answers; rejects as `run` does. `key` says which node of a cluster is asked. */
  async ping(key: string): Promise<void> {
    await this.run(pingScript, key, []);
  }

  /** Resolves within the time set; what is unanswered then rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#close();
  }

  /** A connection that failed for good, by a wrong password for instance, is tried again. */
  #connected(): Promise<unknown> {
    this.#connecting ??= this.#connect().catch((error) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }
}

/** Resolves when the promise has ended, or after so many milliseconds. */
async function soon(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise.catch(() => {}), late]);
  clearTimeout(timer);
}

function refuses(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}

/** Refusals that pass without anybody changing the command. */
const passing = /^(?:LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|OOM)\b/;

async function inTime<T>(
  milliseconds: number,
  run: (isLate: () => boolean) => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      const message = `Redis did not answer within ${milliseconds / 1000} s: is it running and reachable?`;
      reject(new RedisError("unavailable", message));
    }, milliseconds);
  });
  try {
    return await Promise.race([run(() => isLate), late]);
  } catch (error) {
    if (error instanceof RedisError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof ErrorReply && !passing.test(message) ? "failed" : "unavailable";
    throw new RedisError(code, `Redis: ${message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
