/** A Redis client for one store: one of its own by URL, or one that the caller shares. */

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "redis";
import { amount, type Option } from "./options.ts";

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

/** A key, and what errors call it: there may be a phone number in it. */
export interface RedisKey {
  readonly name: string;
  readonly shown: string;
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
      /**
       * `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS. Characters of the user
       * and the password other than letters and digits are %-encoded.
       */
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
  /** How long to wait for Redis, connecting included, in seconds, at most 3600. Default 5. */
  answerTimeout?: number;
};

/** The options of a {@link RedisAddress}, for the table of a class that has them. */
export const redisOptions: {
  readonly url: Option<string | undefined>;
  readonly client: Option<RedisClient | undefined>;
  readonly answerTimeout: Option<number>;
} = {
  url: {
    initial: undefined,
    wants:
      "redis://[user:password@]host[:port][/database], rediss:// for TLS; in user and password all but letters and digits %-encoded",
    read: (given) => (typeof given === "string" && isRedisUrl(given) ? given : undefined),
  },
  client: {
    initial: undefined,
    wants: "a connected client of the package redis",
    read: (given) => (isRedisClient(given) ? given : undefined),
  },
  answerTimeout: amount(5, 3_600),
};

/** Redis did not answer, or not with what was asked for. `cause` has what the client says. */
export class RedisError extends Error {
  override readonly name = "RedisError";
  /**
   * `unavailable`: no answer in time, no connection, or a server that takes nothing now, because it
   * starts, is full, gives way to another or refuses this user; the same call may work later.
   * `failed`: Redis refused this command, or what is stored under the key is not ours.
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
  /** How errors call it: with its place, never with a password. */
  readonly #shown: string;
  /** What errors must not show. */
  readonly #secrets: readonly string[];
  /** Why there is no connection, where the client says so. */
  #trouble: unknown;
  #connecting: Promise<unknown> | undefined;
  #closed = false;

  /** Takes what {@link redisOptions} read. Throws a TypeError unless it is either a URL or a client. */
  constructor({
    url,
    client,
    answerTimeout,
  }: {
    readonly url: string | undefined;
    readonly client: RedisClient | undefined;
    readonly answerTimeout: number;
  }) {
    this.#timeout = answerTimeout * 1000;
    if (client !== undefined && url === undefined) {
      this.#client = client;
      this.#connect = async () => {};
      this.#close = async () => {};
      this.#shown = "Redis";
      this.#secrets = [];
      return;
    }
    if (url === undefined || client !== undefined) {
      throw new TypeError("url: wants redis://host:port, or give a connected client, not both");
    }
    const { host, password } = new URL(url);
    this.#shown = `Redis at ${host}`;
    this.#secrets = [password, decodeURIComponent(password)].filter((secret) => secret !== "");
    // Within this time a command leaves the queue of a lost connection: what was given up must not
    // be done when Redis is back.
    const own = createClient({ url, commandOptions: { timeout: this.#timeout } });
    // Without a listener a lost connection ends the process.
    own.on("error", (error) => {
      this.#trouble = error;
    });
    own.on("ready", () => {
      this.#trouble = undefined;
    });
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
    key: RedisKey,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.#closed) throw new RedisError("unavailable", `${this.#shown}: used after close`);
    const options = { keys: [key.name], arguments: args.map(String) };
    try {
      return await this.#inTime(async (isLate) => {
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
    } catch (error) {
      throw error instanceof RedisError ? error : this.#errorOf(error, key);
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
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#close();
  }

  /** A connection that failed for good is tried again. */
  #connected(): Promise<unknown> {
    this.#connecting ??= this.#connect().catch((error) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #inTime<T>(run: (isLate: () => boolean) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let isLate = false;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        isLate = true;
        reject(this.#late());
      }, this.#timeout);
    });
    try {
      return await Promise.race([run(() => isLate), late]);
    } finally {
      clearTimeout(timer);
    }
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

/** Resolves when the promise has ended, or after so many milliseconds. */
async function soon(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise.catch(() => {}), late]);
  clearTimeout(timer);
}

/** Redis begins an error with a word in capitals, and the client never: it may be of another copy of `redis`. */
function isReply(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]{3,}\b/.test(error.message);
}

function refuses(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}

/** How Redis refuses, whether that passes without anybody changing the command, and what to do. */
const refusals: readonly {
  readonly says: RegExp;
  readonly code: RedisError["code"];
  readonly advice: string;
}[] = [
  {
    says: /^(?:WRONGPASS|NOAUTH)\b/,
    code: "unavailable",
    advice: "check user and password of the URL",
  },
  {
    says: /^(?:NOPERM\b|ERR The user executing the script )/,
    code: "unavailable",
    advice:
      "let this user run evalsha, eval and the commands of hashes and sorted sets on this key",
  },
  {
    says: /^READONLY\b/,
    code: "unavailable",
    advice: "give the URL of the primary, not of a replica",
  },
  { says: /^OOM\b/, code: "unavailable", advice: "give Redis more maxmemory" },
  { says: /^MISCONF\b/, code: "unavailable", advice: "see why Redis cannot write to its disk" },
  {
    says: /^(?:LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|ERR max number of clients)\b/,
    code: "unavailable",
    advice: "try again",
  },
  {
    says: /^(?:WRONGTYPE|ERR value is not an integer|ERR increment or decrement would overflow)\b/,
    code: "failed",
    advice: "another program uses this key, choose another key or prefix",
  },
];

function refusalOf(error: unknown): (typeof refusals)[number] | undefined {
  if (!(error instanceof Error)) return undefined;
  return refusals.find(({ says }) => says.test(error.message));
}

/** What it says, without the place in the script; of several tries the first one's. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return reasonOf(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\.? script: [0-9a-f]{40}, on @user_script:\d+\.?$/, "");
}

function isRedisUrl(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname, pathname, username, password, search, hash } = new URL(given);
  return (
    ["redis:", "rediss:"].includes(protocol) &&
    hostname !== "" &&
    /^\/?\d*$/.test(pathname) &&
    // What stands there is the rest of a password with `?` or `#` in it.
    search + hash === "" &&
    [username, password].every(isEncoded)
  );
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isRedisClient(given: unknown): given is RedisClient {
  if (typeof given !== "object" || given === null) return false;
  return ["eval", "evalSha"].every((name) => typeof Reflect.get(given, name) === "function");
}
