/** Route to the primary that Sentinels name. */

import { addressOf, type RedisPlace, type RedisServer } from "./redis-address.ts";
import type { RedisLink } from "./redis-link.ts";
import type { Route } from "./route.ts";
import { ServerRoute } from "./server-route.ts";

/**
 * The Sentinels are asked when there is no connection. One that is ordered to change the primary does
 * so seconds before the old one knows: what that then takes without a replica does not count.
 */
export class SentinelRoute implements Route {
  readonly #place: Extract<RedisPlace, { kind: "sentinels" }>;
  readonly #timeout: number;
  readonly #sentinels: readonly ServerRoute[];
  /** Which Sentinel is asked first. */
  #first = 0;
  #primary: { readonly address: string; readonly route: ServerRoute } | undefined;
  #link: RedisLink | undefined;
  #opening: Promise<RedisLink> | undefined;

  /** `timeout` for connecting, in milliseconds. */
  constructor(place: Extract<RedisPlace, { kind: "sentinels" }>, timeout: number) {
    this.#place = place;
    this.#timeout = timeout;
    this.#sentinels = place.sentinels.map((sentinel) => new ServerRoute(sentinel, timeout));
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
    for (const route of [...this.#sentinels, this.#primary?.route]) route?.destroy();
  }

  async #open(): Promise<RedisLink> {
    const found = await this.#find();
    const address = addressOf(found);
    if (this.#primary?.address !== address) {
      this.#primary?.route.destroy();
      const checkAlone = () => this.#checkAlone(address);
      this.#primary = { address, route: new ServerRoute(found, this.#timeout, checkAlone) };
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

  async #checkAlone(address: string): Promise<void> {
    const now = addressOf(await this.#find());
    if (now === address) return;
    this.#link?.destroy();
    throw new Error(`${address} is the primary no more, ${now} is: try again`);
  }

  /** Asks one Sentinel after the other where the primary is. */
  async #find(): Promise<RedisServer> {
    const { name, login, sentinels } = this.#place;
    let trouble: unknown = new Error("there are no Sentinels");
    for (let i = 0; i < sentinels.length; i++) {
      const at = (this.#first + i) % sentinels.length;
      try {
        const link = await this.#sentinels[at]?.link();
        const answer = await link?.link.send("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name);
        const [host, port] = Array.isArray(answer) ? answer.map(String) : [];
        if (host !== undefined && port !== undefined) {
          this.#first = at;
          return { ...login, host, port: Number(port) };
        }
        trouble = new Error(`the Sentinels know no primary ${name}`);
      } catch (error) {
        trouble = error;
      }
    }
    throw trouble;
  }
}
