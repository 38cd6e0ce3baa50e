/** The way to the primary that Sentinels name. */

import { addressOf, type RedisPlace, type RedisServer } from "./redis-address.ts";
import { openLink, type RedisLink } from "./redis-link.ts";
import type { Route } from "./route.ts";
import { ServerRoute } from "./server-route.ts";

/**
 * The Sentinels are asked when there is no connection: a primary that gives way to another loses its
 * connections by their doing.
 */
export class SentinelRoute implements Route {
  readonly #place: Extract<RedisPlace, { kind: "sentinels" }>;
  readonly #timeout: number;
  /** Which Sentinel is asked first. */
  #first = 0;
  #primary: { readonly address: string; readonly route: ServerRoute } | undefined;
  #link: RedisLink | undefined;
  #opening: Promise<RedisLink> | undefined;

  /** `timeout` for connecting, in milliseconds. */
  constructor(place: Extract<RedisPlace, { kind: "sentinels" }>, timeout: number) {
    this.#place = place;
    this.#timeout = timeout;
  }

  async link(_key: string, refused?: string): Promise<{ link: RedisLink; asking: boolean }> {
    // A Sentinel that is cut off from the others names the primary before.
    if (refused?.startsWith("READONLY")) this.#first += 1;
    if (this.#link?.isUsable) return { link: this.#link, asking: false };
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return { link: await this.#opening, asking: false };
  }

  async close(): Promise<void> {
    await this.#primary?.route.close();
  }

  destroy(): void {
    this.#primary?.route.destroy();
  }

  async #open(): Promise<RedisLink> {
    const found = await this.#find();
    const address = addressOf(found);
    if (this.#primary?.address !== address) {
      this.#primary?.route.destroy();
      this.#primary = { address, route: new ServerRoute(found, this.#timeout) };
    }
    try {
      const { link } = await this.#primary.route.link();
      this.#link = link;
      return link;
    } catch (error) {
      this.#first += 1;
      throw error;
    }
  }

  async #find(): Promise<RedisServer> {
    const { sentinels, name, login } = this.#place;
    let trouble: unknown = new Error("there are no Sentinels");
    for (let i = 0; i < sentinels.length; i++) {
      const sentinel = sentinels[(this.#first + i) % sentinels.length];
      if (sentinel === undefined) continue;
      try {
        return { ...login, ...(await primaryBy(sentinel, name, this.#timeout)) };
      } catch (error) {
        trouble = error;
      }
    }
    throw trouble;
  }
}

/** Where the primary of that name is. */
async function primaryBy(
  sentinel: RedisServer,
  name: string,
  timeout: number,
): Promise<{ host: string; port: number }> {
  const link = await openLink(sentinel, timeout);
  try {
    const answer = await link.send("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name);
    const [host, port] = Array.isArray(answer) ? answer.map(String) : [];
    if (host !== undefined && port !== undefined) return { host, port: Number(port) };
    throw new Error(`the Sentinel at ${addressOf(sentinel)} knows no primary ${name}`);
  } finally {
    link.destroy();
  }
}
