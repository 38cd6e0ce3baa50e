/** The port of a message centre, and every connection that comes to it. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { SmppError } from "@esme/pdu";
import type { Logger } from "@esme/session";

/** Listens on one port, once. */
export class Listener {
  readonly #accept: (socket: Socket) => void;
  readonly #logger: Logger;
  /** Those whose TLS handshake is not over are no sessions yet, but keep the server from closing. */
  readonly #sockets = new Set<Socket>();
  /** Settled once it listens or does not; undefined before it is to. */
  #server: Promise<Server> | undefined;
  #closed = false;
  #refused = 0;

  /** `accept` gets the connections that can be spoken over. */
  constructor(accept: (socket: Socket) => void, logger: Logger) {
    this.#accept = accept;
    this.#logger = logger;
  }

  /** Connections that were closed at once, because there were too many. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Begins to listen and gives the port; `most` connections at one time. Rejects with the system's
   * error, or with SmppError `listening` when it listens already, `closed` when it was closed before
   * or meanwhile.
   */
  async listen(
    port: number,
    host: string,
    tls: TlsOptions | undefined,
    most: number,
  ): Promise<number> {
    if (this.#server !== undefined) {
      throw new SmppError("listening", "the message centre listens already: make another one");
    }
    if (this.#closed) throw closed();
    this.#server = this.#open(port, host, tls, most);
    const server = await this.#server.catch((error: unknown) => {
      this.#server = undefined;
      throw error;
    });
    if (this.#closed) throw closed();
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Stops listening, for good, and ends every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    // A server that does not listen yet cannot be closed: Node.js looks up the address first.
    const server = await this.#server?.catch(() => undefined);
    const stopped = server?.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  async #open(
    port: number,
    host: string,
    tls: TlsOptions | undefined,
    most: number,
  ): Promise<Server> {
    const server =
      tls === undefined
        ? createServer({ noDelay: true }, this.#accept)
        : createTlsServer({ handshakeTimeout, ...tls, noDelay: true }, this.#accept);
    server.maxConnections = most;
    server.on("drop", () => this.#refuse(most));
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("tlsClientError", ({ message }: Error, socket: TLSSocket) => {
      socket.destroy(); // Node.js leaves it open after a handshake that took too long
      this.#logger.warn({ error: message }, "a TLS handshake failed");
    });
    server.listen(port, host);
    await once(server, "listening");
    server.on("error", ({ message }: Error) => {
      this.#logger.error({ error: message }, "a connection could not be accepted");
    });
    return server;
  }

  /** Says it once: whoever makes too many connections makes very many. */
  #refuse(most: number): void {
    if (this.#refused++ > 0) return;
    this.#logger.warn(
      { maxConnections: most },
      `a connection was closed at once: there are ${most} already (maxConnections). From now on they are only counted`,
    );
  }
}

/** How long a TLS handshake may take, in milliseconds; Node.js would wait for two minutes. */
const handshakeTimeout = 10_000;

function closed(): SmppError {
  return new SmppError("closed", "the message centre was closed: make another one to listen");
}
