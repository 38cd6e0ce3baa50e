/** Waits for an SMSC that has messages and asks to be bound to: outbind (SMPP 3.4 section 2.2.1). */
import { EventEmitter } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { decode, Framer, isFrameError, isPduError, type PduOf } from "@esme/pdu";
import {
  asError,
  checkOptions,
  emitTo,
  isLinkError,
  LinkError,
  type OptionTable,
} from "@esme/session";
import { time } from "./back-off.ts";
import { Client } from "./client.ts";
import { checkTls } from "./connect/tls-options.ts";
import { locationOf } from "./connect/url.ts";
import type { Bind, ClientOptions } from "./options.ts";

/** Options of a client that answers an outbind: with `bind`, and `host` if that may be dialled. */
export interface OutbindClientOptions extends Omit<ClientOptions, "stream"> {
  bind: Bind;
}

/** Settings of an {@link OutbindListener}. Times are milliseconds. */
export interface OutbindListenerOptions {
  /** The address to listen on. Default: all. */
  host?: string | undefined;
  /** The port that the SMSC was told; 0 takes any free one. Default 2775, with `tls` 3550. */
  port?: number | undefined;
  /** TLS: `key` and `cert` of this side, `ca` and `requestCert` to check the SMSC's. */
  tls?: TlsOptions | undefined;
  /** Time for the TLS handshake, and then for the outbind. Default 10,000. */
  outbindTimeout?: number | undefined;
  /**
   * Connections open at one time, those of clients that bound back among them; more are closed at
   * once, and one `error` says so for all of them. Default 100.
   */
  maxConnections?: number | undefined;
  /**
   * Decides by `system_id` and `password` of the outbind, and by the address it came from: the
   * options of the client that binds back, or nothing to hang up.
   *
   * The client binds on the connection of the outbind. Where `host` is given and that connection
   * ends before the bind succeeded (some SMSCs close it at once), and for coming back with
   * `reconnect`, it dials `host` and `port`.
   */
  onOutbind: (
    outbind: PduOf<"outbind">,
    remoteAddress: string | undefined,
  ) => OutbindClientOptions | undefined | Promise<OutbindClientOptions | undefined>;
}

const listenerOptions = {
  host: "string",
  port: { type: "number", least: 0, most: 65_535 },
  tls: "object",
  // 0 would wait for ever, for anybody.
  outbindTimeout: time(10_000, 1),
  maxConnections: { type: "number", default: 100, least: 1 },
  onOutbind: "function",
} as const satisfies OptionTable<OutbindListenerOptions>;

/** What an {@link OutbindListener} tells its listeners. */
export interface OutbindListenerEvents {
  /** A client bound back; end it with its `unbind()`. */
  bound: [client: Client, outbind: PduOf<"outbind">];
  /** A connection came to nothing: no outbind, an unwanted one, or the bind failed. */
  error: [error: Error];
}

/** The longest outbind: a header, 15 and 8 characters, two NULs, and room for what peers add. */
const MAX_OUTBIND_LENGTH = 1_024;

/**
 * Accepts connections of an SMSC, takes its outbind, and binds back.
 *
 * It extends EventEmitter because that is what listeners of connections expect in Node.js.
 */
export class OutbindListener extends EventEmitter<OutbindListenerEvents> {
  readonly #options: OutbindListenerOptions;
  readonly #server: Server;
  /** Connections without a client yet. */
  readonly #sockets = new Set<Socket>();
  readonly #timeout: number;
  /** From listen() to close(). */
  #isOpen = false;
  /** Whether connections were turned away, and none was taken since. */
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
      socket.destroy(); // Node.js leaves it open after a handshake that took too long
      const what = `a connection ended in the TLS handshake: ${cause.message}`;
      this.#report(new LinkError("connect_failed", what, { cause }));
    });
    // One before it listens rejects listen(); a later one says that a connection could not be taken.
    this.#server.on("error", (error) => {
      if (this.#server.listening) this.#report(error);
    });
  }

  /** The port it listens on; 0 when it does not. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /**
   * Begins to listen. Rejects with LinkError `connect_failed` when the port cannot be had,
   * `wrong_state` when it listens already, `closed` when close() came first.
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

  /** Takes no more connections. Clients that came from it stay as they are. */
  close(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serverOf(tls: TlsOptions | undefined): Server {
    const onSocket = (socket: Socket) => void this.#accept(socket);
    // Small PDUs must not wait for each other's acknowledgement: Nagle's algorithm is always off.
    const settings = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
    if (tls === undefined) return createServer(settings, onSocket);
    checkTls(tls);
    if (!tls.cert && !tls.pfx && !tls.SNICallback) {
      const what = "the TLS options cannot be loaded: tls.cert and tls.key are missing";
      throw new LinkError("connect_failed", what); // no handshake would ever succeed
    }
    return createTlsServer({ handshakeTimeout: this.#timeout, ...settings, ...tls }, onSocket);
  }

  /** A flood of connections is one error. */
  #onDrop(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    const what = `connections are turned away, as ${this.#server.maxConnections} are open (maxConnections)`;
    this.#report(new LinkError("connect_failed", what));
  }

  /** Never rejects. */
  async #accept(socket: Socket): Promise<void> {
    if (!this.#isOpen) {
      socket.destroy(); // its handshake took longer than the listener was there
      return;
    }
    // Until a session listens, an error of the connection is known by its closing.
    const onError = () => socket.destroy();
    socket.on("error", onError);
    this.#sockets.add(socket);
    try {
      const outbind = await readOutbind(socket, this.#timeout);
      const options = await this.#options.onOutbind(outbind, socket.remoteAddress);
      if (options === undefined) {
        const who = `${JSON.stringify(outbind.system_id)} at ${socket.remoteAddress}`;
        throw new LinkError("closed", `the outbind of ${who} was not wanted`);
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

  /** A listener of `error` that fails has nobody else to tell. */
  #report(error: Error): void {
    emitTo(this, "error", [error], () => {});
  }
}

/** `isClosed` tells a close() of now from an earlier one, whose event comes late. */
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

/** Binds on this connection, or, where it is gone and a host is known, on one of its own. */
async function bindBack(socket: Socket, given: OutbindClientOptions): Promise<Client> {
  const options = { ...given, ...locationOf(given) };
  let unused = true;
  const stream = () => {
    if (unused && !socket.destroyed) {
      unused = false;
      return socket;
    }
    if (options.host !== undefined) return undefined;
    throw new Error("the connection of the outbind is gone, and there is no host to dial");
  };
  const client = new Client({ ...options, stream });
  await client.connect().catch((error: unknown) => {
    const isGone = isLinkError(error) && !unused;
    if (!isGone || options.host === undefined) throw error;
    return client.connect();
  });
  return client;
}

/** The first PDU of a connection, which must be outbind. What came behind it stays in the socket. */
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
      settle(new LinkError("closed_by_peer", "the connection ended before an outbind came"));
    const onData = (chunk: Buffer) => {
      try {
        octets += chunk.length;
        const [frame] = framer.push(chunk);
        if (frame === undefined) return;
        const pdu = decode(frame);
        const behind = octets - frame.length;
        if (pdu.command !== "outbind") {
          settle(new LinkError("wrong_state", `expected outbind, the SMSC sent ${pdu.command}`));
          return;
        }
        settle(pdu);
        if (behind > 0) socket.unshift(chunk.subarray(chunk.length - behind));
      } catch (error) {
        if (!isPduError(error) && !isFrameError(error)) throw error;
        settle(error);
      }
    };
    socket.on("data", onData);
    socket.on("close", onClose);
  });
}
