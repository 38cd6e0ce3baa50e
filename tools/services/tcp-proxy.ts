/** A TCP relay in front of a server, so that a test can cut, refuse or hold connections at will. */
import { createConnection, createServer, type Server, type Socket } from "node:net";

/** Hears the octets of one connection, in order. */
export type Listener = (octets: Buffer) => void;

/** What a relay is made with, where it does more than relay. */
export interface TcpProxyOptions {
  /** Called for each connection; what it gives back hears what the server says on it. */
  readonly listener?: () => Listener;
}

/** Relays from its own port to a server's. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those among them that the server answers on. */
  readonly #answering = new Set<Socket>();
  readonly #watchers = new Set<() => void>();
  #refuses = false;
  #holdsAnswers = false;
  #onAsked: (() => void) | undefined;
  readonly #listener: (() => Listener) | undefined;
  /** The URL given, with the relay's own host and port. */
  readonly url: string;

  private constructor(server: Server, url: string, { listener }: TcpProxyOptions) {
    this.#server = server;
    this.url = url;
    this.#listener = listener;
  }

  /** Listens on a free port of 127.0.0.1 and relays to the host and port of `url`. */
  static to(url: string, options: TcpProxyOptions = {}): Promise<TcpProxy> {
    const { hostname: host, port } = new URL(url);
    return new Promise((resolve) => {
      const server = createServer((near) => {
        if (proxy.#refuses) return void near.resetAndDestroy();
        proxy.#join(near, createConnection({ host, port: Number(port) }));
      });
      let proxy: TcpProxy;
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (!address || typeof address !== "object") throw new Error("no port");
        const own = new URL(url);
        own.hostname = "127.0.0.1";
        own.port = String(address.port);
        proxy = new TcpProxy(server, own.href, options);
        resolve(proxy);
      });
    });
  }

  /** Ends every new connection at once, until `relay`. */
  refuse(): void {
    this.#refuses = true;
  }

  /** Keeps what comes from here on, on the connections that there are, until `relay`. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Keeps what the server says, on all connections, until `relay`. */
  holdAnswers(): void {
    this.#holdsAnswers = true;
    for (const socket of this.#answering) socket.pause();
  }

  /** All is well again: what was held goes on. */
  relay(): void {
    this.#refuses = false;
    this.#holdsAnswers = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Resolves when the next octets have come from a client. */
  get asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAsked = resolve;
    });
  }

  /** Resolves while somebody is connected. */
  get connected(): Promise<void> {
    return this.#until(() => this.#sockets.size > 0);
  }

  /** Resolves while nobody is connected. */
  get idle(): Promise<void> {
    return this.#until(() => this.#sockets.size === 0);
  }

  /** Ends every connection at once, without a farewell; new ones are relayed again. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #join(near: Socket, far: Socket): void {
    this.#answering.add(far);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        this.#answering.delete(one);
        this.#tell();
        other.destroy();
      });
      one.pipe(other);
    }
    near.on("data", () => this.#onAsked?.());
    const listener = this.#listener?.();
    if (listener) far.on("data", listener);
    if (this.#holdsAnswers) far.pause();
    this.#tell();
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look();
  }
}
