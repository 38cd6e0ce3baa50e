/** Route over a client of the caller's own. */

import { type RedisClient, runScript } from "./redis-script.ts";
import type { Link, Route } from "./route.ts";

/** Connecting and closing are the caller's. */
export class ClientRoute implements Route {
  readonly #link: Link;

  constructor(client: RedisClient) {
    this.#link = { run: (script, options) => runScript(client, script, options), destroy() {} };
  }

  async link(): Promise<{ link: Link; asking: boolean }> {
    return { link: this.#link, asking: false };
  }

  async close(): Promise<void> {}

  destroy(): void {}
}
