/** Accepts the connections of an SMSC that sends outbind, and binds back (SMPP 3.4 section 2.2.1). */
import { EventEmitter } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { decode, Framer, isFrameError, isPduError, type PduOf } from "@esme/pdu";
import { asError, emitTo, isLinkError, LinkError } from "@esme/session";
import { checkOptions, number, numberWithin, type OptionTable, time } from "@esme/settings";
import { Client } from "./client.ts";
import { checkTls } from "./connect/tls-options.ts";
import { locationOf } from "./connect/url.ts";
import type { Bind, ClientOptions } from "./options.ts";

/**
 * Options of a client that binds back: with `bind`, and with `host` when it may also make a connection
 * of its own.
 */
export interface OutbindClientOptions extends Omit<ClientOptions, "stream"> {
  bind: Bind;
}

/** Settings of an {@link OutbindListener}. Times are milliseconds. */
export interface OutbindListenerOptions {
  /** The address to listen on. Default: all addresses. */
  host?: string | undefined;
  /** The port that the SMSC connects to; 0 is any free port. Default 2775, with `tls` 3550. */
  port?: number | undefined;
  /** TLS: `key` and `cert` of this side, `ca` and `requestCert` to check the certificate of the SMSC. */
  tls?: TlsOptions | undefined;
  /** Milliseconds for the TLS handshake, and again for the outbind. Default 10,000. */
  outbindTimeout?: number | undefined;
  /**
   * Number of open connections, also those of clients that bound back. Further ones are closed at once,
   * with one event `error` for all of them. Default 100.
   */
  maxConnections?: number | undefined;
  /**
   * Returns the options of the client that binds back, or undefined to close the connection. Decide by
   * `system_id` and `password` of the outbind, and by the address of the SMSC.
   *
   * The client binds on the connection of the outbind. With `host` it connects to `host` and `port`
   * when that connection ends before the bind succeeded (some SMSCs close it at once), and to
   * reconnect.
   */
  onOutbind: (
    outbind: PduOf<"outbind">,
    remoteAddress: string | undefined,
  ) => OutbindClientOptions | undefined | Promise<OutbindClientOptions | undefined>;
}

const listenerOptions = {
  host: "string",
  port: numberWithin({ least: 0, most: 65_535 }),
  tls: "object",
  // 0 would let any peer keep a connection open for ever.
  outbindTimeout: time(10_000, 1),
  maxConnections: number(100, 1),
  onOutbind: "function",
} as const satisfies OptionTable<OutbindListenerOptions>;

/** The events of an {@link OutbindListener}. */
export interface OutbindListenerEvents {
  /** A client bound back; its `unbind()` ends it. */
  bound: [client: Client, outbind: PduOf<"outbind">];
  /**
   * A connection failed: LinkError `inactive` or `closed_by_peer` without an outbind, `wrong_state` for
   * another PDU, `closed` when `onOutbind` returned undefined, `connect_failed` in TLS and beyond
   * `maxConnections`, PduError or FrameError for octets that cannot be decoded; the error of
   * `onOutbind`, of the bind, or of a listener of `bound`.
   */
  error: [error: Error];
}

/** The longest outbind in octets: a header, 15 and 8 characters, two NULs, and room for TLVs. */
const MAX_OUTBIND_LENGTH = 1_024;

/**
 * Accepts connections of an SMSC, reads its outbind, and binds back (SMPP 3.4 sections 2.2.1 and 4.1.7).
 *
 * It extends EventEmitter because programs for Node.js expect that of a server.
 */
export class OutbindListener extends EventEmitter<OutbindListenerEvents> {
  readonly #options: OutbindListenerOptions;
  readonly #server: Server;
  /** Connections without a client yet. */
  readonly #sockets = new Set<Socket>();
  readonly #timeout: number;
  /** From listen() to close(). */
  #isOpen = false;
  /** Whether a connection was refused since the last one that was accepted. */
  #isFull = false;

  /**
   * Throws TypeError for an unknown option or a wrong type, RangeError for a number out of its limits,
   * LinkError `connect_failed` for TLS options that cannot be loaded.
   */
  constructor(options: OutbindListenerOptions) {
    super();
    checkOptions("OutbindListener", options, listenerOptions, { required: ["onOutbind"] });
    const { outbindTimeout, maxConnections } = listenerOptions;
    this.#options = options;
    this.#timeout = options.outbindTimeout ?? outbindTimeout.default;
    this.#server = this.#serverOf(options.tls);
    this.#server.maxConnections = options.maxConnections ?? maxConnections.default;
    this.#server.on("connection", () => {
      this.#isFull = false;
    });
    this.#server.on("drop", () => this.#onDrop());
    this.#server.on("tlsClientError", (cause: Error, socket: TLSSocket) => {
      socket.destroy(); // Node.js leaves it open when the handshake takes too long
      const what = `a connection ended in the TLS handshake: ${cause.message}`;
      this.#report(new LinkError("connect_failed", what, { cause }));
    });
    // An error before it listens rejects listen(). A later one is of a connection not accepted.
    this.#server.on("error", (error) => {
      if (this.#server.listening) this.#report(error);
    });
  }

  /** The port it listens on; 0 when it does not listen. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /**
   * Starts to listen. Rejects with LinkError `connect_failed` when the port cannot be opened,
   * `wrong_state` when it listens already, `closed` when close() was called meanwhile.
   */
  async listen(): Promise<void> {
    if (this.#isOpen) {
      throw new LinkError("wrong_state", "listen() was called already: close() first");
    }
    this.#isOpen = true;
    const { host, tls, port = tls ? 3550 : 2775 } = this.#options;
    try {
      await listening(this.#server, port, host, () => !this.#isOpen);
    } catch (error) {
      this.#isOpen = false;
      throw error;
    }
  }

  /** Stops listening, and closes connections without a client. Clients stay connected. */
  close(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serverOf(tls: TlsOptions | undefined): Server {
    const onSocket = (socket: Socket) => void this.#accept(socket);
    // Nagle's algorithm is off: a small PDU must not wait for the acknowledgement of the one before.
    const settings = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
    if (tls === undefined) return createServer(settings, onSocket);
    checkTls(tls);
    if (!tls.cert && !tls.pfx && !tls.SNICallback) {
      const what = "the TLS options cannot be loaded: tls.cert and tls.key are missing";
      throw new LinkError("connect_failed", what); // every handshake would fail
    }
    return createTlsServer({ handshakeTimeout: this.#timeout, ...settings, ...tls }, onSocket);
  }

  /** One error for many refused connections. */
  #onDrop(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    const what = `new connections are closed: ${this.#server.maxConnections} are open already (maxConnections)`;
    this.#report(new LinkError("connect_failed", what));
  }

  /** Never rejects. */
  async #accept(socket: Socket): Promise<void> {
    if (!this.#isOpen) {
      socket.destroy(); // close() was called during its handshake
      return;
    }
    // There is no session yet: readOutbind rejects when the connection is closed.
    const onError = () => socket.destroy();
    socket.on("error", onError);
    this.#sockets.add(socket);
    try {
      const outbind = await readOutbind(socket, this.#timeout);
      const options = await this.#options.onOutbind(outbind, socket.remoteAddress);
      if (options === undefined) {
        const who = `${JSON.stringify(outbind.system_id)} at ${socket.remoteAddress}`;
        throw new LinkError("closed", `the outbind of ${who} was refused by onOutbind`);
      }
      if (!this.#isOpen) throw new LinkError("closed", "the listener was closed");
      this.#sockets.delete(socket);
      const client = await bindBack(socket, options);
      emitTo(this, "bound", [client, outbind], (error) => this.#report(error));
    } catch (error) {
      socket.destroy();
      this.#report(asError(error));
    } finally {
      this.#sockets.delete(socket);
    }
  }

  /** An error of a listener of `error` is ignored: there is nobody to report it to. */
  #report(error: Error): void {
    emitTo(this, "error", [error], () => {});
  }
}

/** `isClosed`: the event `close` may also be that of an earlier close(). */
function listening(
  server: Server,
  port: number,
  host: string | undefined,
  isClosed: () => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: LinkError) => {
      server.off("listening", onListening).off("error", onError).off("close", onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onListening = () => settle();
    const onError = (cause: Error) =>
      settle(
        new LinkError("connect_failed", `cannot listen on port ${port}: ${cause.message}`, {
          cause,
        }),
      );
    const onClose = () => {
      if (isClosed()) settle(new LinkError("closed", "closed before it listened"));
    };
    server.on("listening", onListening).on("error", onError).on("close", onClose);
    server.listen(port, host);
  });
}

/** Binds on this connection; with a `host`, on a new one when this connection is closed. */
async function bindBack(socket: Socket, given: OutbindClientOptions): Promise<Client> {
  const options = { ...given, ...locationOf(given) };
  let isUnused = true;
  const stream = () => {
    if (isUnused && !socket.destroyed) {
      isUnused = false;
      return socket;
    }
    if (options.host !== undefined) return undefined;
    throw new Error("the connection of the outbind is closed, and there is no host to connect to");
  };
  const client = new Client({ ...options, stream });
  await client.connect().catch((error: unknown) => {
    const isGone = isLinkError(error) && !isUnused;
    if (!isGone || options.host === undefined) throw error;
    return client.connect();
  });
  return client;
}

/** Reads the first PDU of a connection, which must be outbind. Later octets stay in the socket. */
function readOutbind(socket: Socket, timeout: number): Promise<PduOf<"outbind">> {
  const framer = new Framer({ maxPduLength: MAX_OUTBIND_LENGTH });
  let octets = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      settle(new LinkError("inactive", `no outbind within ${timeout} ms of the connection`));
    }, timeout);
    const settle = (result: PduOf<"outbind"> | Error) => {
      clearTimeout(timer);
      socket.off("data", onData);
      socket.off("close", onClose);
      socket.pause();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const onClose = () =>
      settle(new LinkError("closed_by_peer", "the connection ended before an outbind"));
    const onData = (chunk: Buffer) => {
      try {
        octets += chunk.length;
        const [frame] = framer.push(chunk);
        if (frame === undefined) return;
        const pdu = decode(frame);
        const surplus = octets - frame.length;
        if (pdu.command !== "outbind") {
          settle(new LinkError("wrong_state", `expected outbind, the SMSC sent ${pdu.command}`));
          return;
        }
        settle(pdu);
        if (surplus > 0) socket.unshift(chunk.subarray(chunk.length - surplus));
      } catch (error) {
        if (!isPduError(error) && !isFrameError(error)) throw error;
        settle(error);
      }
    };
    socket.on("data", onData);
    socket.on("close", onClose);
  });
}
