/** One connection to one server: used until it is lost, and never opened again. */

import type { RedisServer } from "./redis-address.ts";
import {
  type RedisClient,
  type RedisScript,
  runScript,
  type ScriptOptions,
} from "./redis-script.ts";
import type { Link } from "./route.ts";

/** A client of one server, as far as it is used. */
interface Client extends RedisClient {
  readonly isReady: boolean;
  sendCommand(words: string[]): Promise<unknown>;
  close(): Promise<unknown>;
  destroy(): void;
}

/** How long a replica may take before its primary is asked whether it is still there, in milliseconds. */
const replicaTime = 200;

/** How long a primary without replicas is taken for such, in milliseconds. */
const aloneTime = 1_000;

/**
 * Loads the client: only where it is used, and before the first command, whose time is limited. Where
 * it is not installed the first command says so.
 */
export function loadClient(): void {
  import("redis").catch(() => {});
}

/**
 * Connects and logs in within so many milliseconds. Rejects with what the client says. `checkAlone`
 * is asked before a primary's word counts that has no replica: its only one may have taken over.
 */
export async function openLink(
  server: RedisServer,
  timeout: number,
  checkAlone = async () => {},
): Promise<RedisLink> {
  const { createClient } = await import("redis");
  const { host, port, tls, ...login } = server;
  const socket = { host, port, connectTimeout: timeout, reconnectStrategy: false } as const;
  const client = createClient({
    ...login,
    socket: tls === undefined ? socket : { ...socket, ...tls, tls: true },
    // What cannot be sent now is not kept: it would be done when nobody waits for it any more.
    disableOfflineQueue: true,
    commandOptions: { timeout },
  });
  let trouble: unknown;
  // Without a listener a lost connection ends the process.
  client.on("error", (error) => {
    trouble = error;
  });
  const timer = setTimeout(() => client.destroy(), timeout);
  try {
    await client.connect();
  } catch (error) {
    throw trouble ?? error;
  } finally {
    clearTimeout(timer);
  }
  return new RedisLink(client, checkAlone);
}

/** Runs scripts on one connection, and confirms what they wrote there. */
export class RedisLink implements Link {
  readonly #client: Client;
  readonly #checkAlone: () => Promise<void>;
  /** Replicas that the primary had, and when that was. */
  #replicas: { readonly count: number; readonly at: number } | undefined;
  /** A `WAIT` that is sent. */
  #confirming: Promise<void> = Promise.resolve();
  /** The next one, which is not sent yet: it confirms what is written until then. */
  #next: Promise<void> | undefined;

  constructor(client: Client, checkAlone: () => Promise<void>) {
    this.#client = client;
    this.#checkAlone = checkAlone;
  }

  get isUsable(): boolean {
    return this.#client.isReady;
  }

  async run(
    script: RedisScript,
    options: ScriptOptions,
    replicas: number,
    asking: boolean,
  ): Promise<unknown> {
    // ASKING is for the very next command.
    const [, answer] = asking
      ? await Promise.all([this.send("ASKING"), this.#client.eval(script.text, options)])
      : [undefined, await runScript(this.#client, script, options)];
    if (script.confirm && replicas > 0) await this.#confirm(replicas);
    return answer;
  }

  /** Sends a command, and gives the answer as it comes. */
  send(...words: string[]): Promise<unknown> {
    return this.#client.sendCommand(words);
  }

  /** Waits for what is unanswered: for ever, when the server is silent. */
  async close(): Promise<void> {
    if (this.#client.isReady) await this.#client.close();
  }

  destroy(): void {
    try {
      this.#client.destroy();
    } catch {
      // Version 5 of `redis` throws when there is nothing left to end.
    }
  }

  /** One `WAIT` is for all that was answered before it is sent. */
  #confirm(replicas: number): Promise<void> {
    this.#next ??= this.#confirming
      .catch(() => {}) // its own callers are told
      .then(() => {
        this.#next = undefined;
        this.#confirming = this.#waitFor(replicas);
        return this.#confirming;
      });
    return this.#next;
  }

  /** Rejects with the connection, when whoever waits gives up. */
  async #waitFor(wanted: number): Promise<void> {
    for (;;) {
      const count = await this.#countReplicas();
      const enough = Math.min(wanted, count);
      if (enough === 0) return this.#checkAlone();
      const got = await this.send("WAIT", String(enough), String(replicaTime));
      if (typeof got === "number" && got >= enough) return;
      this.#replicas = undefined;
    }
  }

  /** Replicas that keep up with the primary now: it says of each how far it is. */
  async #countReplicas(): Promise<number> {
    const known = this.#replicas;
    const now = performance.now();
    if (known !== undefined && (known.count > 0 || now < known.at + aloneTime)) return known.count;
    const role = await this.send("ROLE");
    const list = Array.isArray(role) ? role[2] : undefined;
    const count = Array.isArray(list) ? list.length : 0;
    this.#replicas = { count, at: now };
    return count;
  }
}
