/** The port of a server: every connection that comes to it, from its PROXY header to its TLS handshake. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import {
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from "node:tls";
import { SmppError } from "@esme/pdu";
import { asError, type Logger } from "@esme/session";
import { type Peer, plainAddress, tlsOf } from "./peer.ts";
import { type ProxyHeader, type ProxyProtocol, readProxyHeader } from "./proxy-header.ts";

/** What a {@link Listener} works with. */
export interface ListenerInit {
  readonly port: number;
  readonly host: string;
  readonly tls: TlsOptions | undefined;
  /** Connections at one time. */
  readonly maxSessions: number;
  /** Milliseconds for the PROXY header, and for the TLS handshake. */
  readonly handshakeTimeout: number;
  readonly proxyProtocol: ProxyProtocol | undefined;
  /** Whether connections from this address begin with a PROXY header. */
  readonly isProxy: (address: string) => boolean;
  /** Whether one more connection of this address is taken; called once for each, then `leave`. */
  readonly enter: (address: string) => boolean;
  readonly leave: (address: string) => void;
  /** Gets the connections that can be spoken over. */
  readonly accept: (stream: Socket, peer: Peer) => void;
  readonly logger: Logger;
}

type Source = Pick<Peer, "remoteAddress" | "remotePort">;

/** Listens on one port, once. */
export class Listener {
  readonly #init: ListenerInit;
  readonly #server: Server;
  /** Never listens: it gets connections behind their PROXY header. */
  readonly #tls: TlsServer | undefined;
  /** Those that are no sessions yet keep the server from closing, too. */
  readonly #sockets = new Set<Socket>();
  /** The peers of connections in their TLS handshake, by their ends. */
  readonly #shaking = new Map<string, Source>();
  /** Settled once it listens or does not; undefined before it is to. */
  #opening: Promise<unknown> | undefined;
  #isClosed = false;
  #refused = 0;

  constructor(init: ListenerInit) {
    this.#init = init;
    this.#server = createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    this.#server.maxConnections = init.maxSessions;
    this.#server.on("drop", () => this.#refuse("maxSessions"));
    this.#tls = init.tls && this.#createTls(init.tls);
  }

  /** Connections that were closed at once, because there were too many. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Begins to listen and gives the port. Rejects with the system's error, and may be called again
   * then; with SmppError `listening`, or `closed` when it was closed before or meanwhile.
   */
  async listen(): Promise<number> {
    this.#checkOpen();
    if (this.#opening !== undefined) {
      throw new SmppError("listening", "the server listens already: make another one");
    }
    const { port, host, logger } = this.#init;
    this.#server.listen(port, host);
    this.#opening = once(this.#server, "listening");
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    this.#checkOpen();
    this.#server.on("error", ({ message }) => {
      logger.error({ error: message }, "a connection could not be accepted");
    });
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Takes no more connections, for good; those that are sessions go on. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    // A server that does not listen yet cannot be closed: Node.js looks up the address first.
    await this.#opening?.catch(() => {});
    if (!this.#server.listening) return;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends every connection. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes other keys and certificates for the connections to come. */
  setTls(tls: TlsOptions): void {
    if (this.#tls === undefined) throw new TypeError("setTls: the server was made without tls");
    this.#tls.setSecureContext(tls);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closed();
  }

  #createTls(options: TlsOptions): TlsServer {
    const { handshakeTimeout, logger } = this.#init;
    const server = createTlsServer({ handshakeTimeout, ...options });
    server.on("secureConnection", (socket) => {
      const source = this.#shaking.get(endsOf(socket));
      if (source === undefined) socket.destroy();
      else this.#init.accept(socket, { ...source, tls: tlsOf(socket) });
    });
    server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      socket.destroy(); // Node.js leaves it open after a handshake that took too long
      // Health checks hang up before the handshake, every few seconds.
      const level = error.code === "ECONNRESET" ? "debug" : "warn";
      logger[level]({ error: error.message }, "a TLS handshake failed");
    });
    return server;
  }

  #onConnection(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // Gone before it was here.
    if (remoteAddress === undefined || this.#isClosed) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // Until it is a session, an error has no other listener; "close" follows.
    socket.on("error", ({ message }) =>
      this.#init.logger.debug({ error: message }, "a connection failed"),
    );
    const direct = { remoteAddress: plainAddress(remoteAddress), remotePort };
    const { proxyProtocol, isProxy, handshakeTimeout, logger } = this.#init;
    if (proxyProtocol === undefined || !isProxy(direct.remoteAddress)) {
      this.#enter(socket, direct);
      return;
    }
    headerOf(socket, proxyProtocol, handshakeTimeout).then(
      (header) => {
        const source = header?.source;
        if (source === undefined) this.#enter(socket, direct);
        else {
          const remoteAddress = plainAddress(source.address);
          this.#enter(socket, { remoteAddress, remotePort: source.port });
        }
      },
      (error) => {
        socket.destroy();
        logger.warn({ error: asError(error).message }, "a proxy's connection was closed");
      },
    );
  }

  #enter(socket: Socket, source: Source): void {
    const { remoteAddress } = source;
    if (socket.destroyed) return;
    if (!this.#init.enter(remoteAddress)) {
      socket.destroy();
      this.#refuse("maxSessionsPerAddress, or maxRefusedBindsPerAddress");
      return;
    }
    socket.once("close", () => this.#init.leave(remoteAddress));
    if (this.#tls === undefined) {
      this.#init.accept(socket, { ...source, tls: undefined });
      return;
    }
    const ends = endsOf(socket);
    this.#shaking.set(ends, source);
    socket.once("close", () => this.#shaking.delete(ends));
    this.#tls.emit("connection", socket);
  }

  /** Says it once: whoever makes too many connections makes very many. */
  #refuse(option: string): void {
    if (this.#refused++ > 0) return;
    this.#init.logger.warn(
      { option },
      `a connection was closed at once: there are too many (${option}). From now on they are only counted`,
    );
  }
}

function closed(): SmppError {
  return new SmppError("closed", "the server was closed: make another one to listen");
}

/** What tells a connection from all others of this server; TLS over a socket has the ends of that. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/**
 * Reads the PROXY header; what follows it stays in the socket. Undefined: the connection ended before,
 * as health checks do. Rejects with SmppError `proxy_header`.
 */
function headerOf(
  socket: Socket,
  version: ProxyProtocol,
  timeout: number,
): Promise<ProxyHeader | undefined> {
  return new Promise((resolve, reject) => {
    let octets = new Uint8Array();
    const finish = () => {
      clearTimeout(timer);
      socket.off("readable", onReadable);
      socket.off("close", onClose);
    };
    const fail = (error: unknown) => {
      finish();
      reject(error);
    };
    const late = `no PROXY header came in ${timeout} ms (handshakeTimeout)`;
    const timer = setTimeout(() => fail(new SmppError("proxy_header", late)), timeout);
    const onClose = () => {
      finish();
      resolve(undefined);
    };
    const onReadable = () => {
      try {
        for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
          octets = Buffer.concat([octets, chunk]);
          const header = readProxyHeader(octets, version);
          if (header === undefined) continue;
          finish();
          if (octets.length > header.length) socket.unshift(octets.subarray(header.length));
          resolve(header);
          return;
        }
      } catch (error) {
        fail(error);
      }
    };
    socket.on("readable", onReadable);
    socket.on("close", onClose);
  });
}
