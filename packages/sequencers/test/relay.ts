/** A relay to Redis that can hold its answers back, cut connections, and refuse new ones. */
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";

export class Relay {
  readonly #server: Server;
  readonly #answers = new Set<Socket>();
  readonly #sockets = new Set<Socket>();
  #holds = false;
  #refuses = false;
  #onAsked: (() => void) | undefined;
  url = "";

  constructor(to: URL) {
    this.#server = createServer((near) => {
      if (this.#refuses) return void near.resetAndDestroy();
      const far = createConnection({ host: to.hostname, port: Number(to.port) });
      this.#answers.add(far);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => {});
        one.on("close", () => {
          this.#sockets.delete(one);
          this.#answers.delete(one);
          other.destroy();
        });
        one.on("data", (chunk) => {
          other.write(chunk);
          if (one === near) this.#onAsked?.();
        });
      }
      if (this.#holds) far.pause();
    });
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    this.url = `redis://127.0.0.1:${address.port}`;
    return this;
  }

  /** Resolves when the next octets have come from a client. */
  get asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAsked = resolve;
    });
  }

  hold(): void {
    this.#holds = true;
    for (const socket of this.#answers) socket.pause();
  }

  refuse(): void {
    this.#refuses = true;
    this.cut();
  }

  /** All is well again: what was held goes on. */
  heal(): void {
    this.#holds = false;
    this.#refuses = false;
    for (const socket of this.#answers) socket.resume();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }
}
