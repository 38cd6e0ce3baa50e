/** Waits for an SMSC that has messages and asks to be bound to: outbind (SMPP 3.4 section 2.2.1). */
import { EventEmitter } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { decode, Framer, isFrameError, isPduError, type PduOf } from "@esme/pdu";
import { asError, emitTo, isLinkError, LinkError } from "@esme/session";
import { Client } from "./client.ts";
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
  /** Time for the outbind after the connection, TLS handshake included. Default 10,000. */
  outbindTimeout?: number | undefined;
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
  /** From listen() to close(). */
  #isOpen = false;

  constructor(options: OutbindListenerOptions) {
    super();
    this.#options = options;
    const onSocket = (socket: Socket) => void this.#accept(socket);
    this.#server = options.tls ? createTlsServer(options.tls, onSocket) : createServer(onSocket);
    this.#server.on("tlsClientError", (error) => this.#report(error));
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

  /** Never rejects. */
  async #accept(socket: Socket): Promise<void> {
    // Until a session listens, an error of the connection is known by its closing.
    const onError = () => socket.destroy();
    socket.on("error", onError);
    this.#sockets.add(socket);
    try {
      const outbind = await readOutbind(socket, this.#options.outbindTimeout ?? 10_000);
      const options = await this.#options.onOutbind(outbind, socket.remoteAddress);
      if (options === undefined) {
        throw new LinkError("closed", `the outbind of ${outbind.system_id} was not wanted`);
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
    try {
      server.listen(port, host);
    } catch (error) {
      onError(asError(error)); // a port that is none
    }
  });
}

/** Binds on this connection, or, where it is gone and a host is known, on one of its own. */
async function bindBack(socket: Socket, options: OutbindClientOptions): Promise<Client> {
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
