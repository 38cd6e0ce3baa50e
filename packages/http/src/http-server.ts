/** A server of Node.js with limits on its clients, on a TCP address or a socket file. */
import { once } from "node:events";
import { lstat, unlink } from "node:fs/promises";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { BindAddress } from "./bind-address.ts";

/** How long clients may take, in milliseconds, and how many there may be. */
export interface ServerLimits {
  /** Connections at a time; further ones are closed at once. */
  readonly maxConnections: number;
  /** Without a single octet in either direction, as with a reader that takes nothing of its answer; 0: for ever. */
  readonly timeout: number;
  /** For the headers of a request, and for all of it; Node.js would wait for a minute and for five. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often the two are looked at. */
  readonly connectionsCheckingInterval: number;
  /** For the next request on the same connection. */
  readonly keepAliveTimeout: number;
}

const usualLimits: ServerLimits = {
  maxConnections: 256,
  timeout: 60_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 5_000,
};

/** Listens when it is told to, and ends with `close`. */
export class HttpServer {
  readonly #server: Server;
  readonly #answering = new Set<ServerResponse>();

  constructor(listener: RequestListener, limits: Partial<ServerLimits> = {}) {
    const { maxConnections, timeout, ...options } = { ...usualLimits, ...limits };
    this.#server = createServer(options, (request, response) => {
      this.#answering.add(response);
      response.once("close", () => this.#answering.delete(response));
      listener(request, response);
    });
    Object.assign(this.#server, { maxConnections, timeout });
  }

  /** Where it listens; undefined for a socket file, and while it does not listen. */
  get address(): AddressInfo | undefined {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address : undefined;
  }

  /** The TCP port in use; 0 where `address` is undefined. */
  get port(): number {
    return this.address?.port ?? 0;
  }

  /** Calls the listener with errors of connections that could not be accepted. */
  onError(listener: (error: Error) => void): void {
    this.#server.on("error", listener);
  }

  /**
   * Rejects with the system's error, EADDRINUSE when another process answers there. The socket file of
   * a process that is gone is taken over.
   */
  async listen(address: BindAddress): Promise<void> {
    try {
      await this.#listenOn(address);
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || !("path" in address) || !(await isLeftOver(address.path))) throw error;
      await unlink(address.path);
      await this.#listenOn(address);
    }
  }

  /** Takes no more requests, and lets those being answered finish for `grace` milliseconds. */
  async close(grace = 0): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    if (grace > 0 && this.#answering.size > 0) {
      const signal = AbortSignal.timeout(grace);
      await Promise.allSettled(
        [...this.#answering].map((response) => once(response, "close", { signal })),
      );
    }
    // Some clients connect in advance: such a connection would be waited for.
    this.#server.closeAllConnections();
    await closed;
  }

  #listenOn(address: BindAddress): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(address, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }
}

/** Whether this is the socket file of a process that is gone: nobody listens behind it. */
async function isLeftOver(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"));
  });
}
