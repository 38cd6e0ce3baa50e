/** Route to one server: connects with the first command, and again after the connection was lost. */

import type { RedisServer } from "./redis-address.ts";
import { openLink, type RedisLink } from "./redis-link.ts";
import type { Route } from "./route.ts";

/** One server, whose address is known. */
export class ServerRoute implements Route {
  readonly #server: RedisServer;
  readonly #timeout: number;
  readonly #checkAlone: (() => Promise<void>) | undefined;
  #link: RedisLink | undefined;
  #opening: Promise<RedisLink> | undefined;
  #isClosed = false;

  /** `timeout` for connecting, in milliseconds; `checkAlone` as for `openLink`. */
  constructor(server: RedisServer, timeout: number, checkAlone?: () => Promise<void>) {
    this.#server = server;
    this.#timeout = timeout;
    this.#checkAlone = checkAlone;
  }

  async link(): Promise<{ link: RedisLink; asking: boolean }> {
    if (this.#link?.isUsable) return { link: this.#link, asking: false };
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return { link: await this.#opening, asking: false };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#link?.close();
  }

  destroy(): void {
    this.#isClosed = true;
    this.#link?.destroy();
  }

  async #open(): Promise<RedisLink> {
    const link = await openLink(this.#server, this.#timeout, this.#checkAlone);
    if (this.#isClosed) link.destroy();
    this.#link = link;
    return link;
  }
}
