/** The port of a message centre, and every connection that comes to it. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Logger } from "@esme/session";

/** Listens on one port at a time. */
export class Listener {
  readonly #accept: (socket: Socket) => void;
  readonly #logger: Logger;
  /** Those whose TLS handshake is not over are no sessions yet, but keep the server from closing. */
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** `accept` gets the connections that can be spoken over. */
  constructor(accept: (socket: Socket) => void, logger: Logger) {
    this.#accept = accept;
    this.#logger = logger;
  }

  /** Begins to listen and gives the port. Rejects with the system's error. */
  async listen(port: number, host: string, tls: TlsOptions | undefined): Promise<number> {
    const server =
      tls === undefined
        ? createServer({ noDelay: true }, this.#accept)
        : createTlsServer({ ...tls, noDelay: true }, this.#accept);
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("tlsClientError", ({ message }: Error) => {
      this.#logger.warn({ error: message }, "a TLS handshake failed");
    });
    server.listen(port, host);
    await once(server, "listening");
    server.on("error", ({ message }: Error) => {
      this.#logger.error({ error: message }, "a connection could not be accepted");
    });
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const stopped = server?.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }
}
