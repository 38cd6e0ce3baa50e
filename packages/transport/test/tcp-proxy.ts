/** A TCP relay in front of a server, so that a test can cut or refuse connections at will. */
import { createConnection, createServer, type Server, type Socket } from "node:net";

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<() => void>();
  #refusing = false;
  /** The URL given, with the relay's own host and port. */
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** Listens on a free port of 127.0.0.1 and relays to the host and port of `url`. */
  static to(url: string): Promise<TcpProxy> {
    const { hostname: host, port } = new URL(url);
    return new Promise((resolve) => {
      const server = createServer((near) => {
        if (proxy.#refusing) return void near.resetAndDestroy();
        const far = createConnection({ host, port: Number(port) });
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const) {
          proxy.#sockets.add(one);
          proxy.#tell();
          one.on("error", () => other.destroy());
          one.on("close", () => {
            proxy.#sockets.delete(one);
            proxy.#tell();
            other.destroy();
          });
          one.pipe(other);
        }
      });
      let proxy: TcpProxy;
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (!address || typeof address !== "object") throw new Error("no port");
        const own = new URL(url);
        own.hostname = "127.0.0.1";
        own.port = String(address.port);
        proxy = new TcpProxy(server, own.href);
        resolve(proxy);
      });
    });
  }

  /** Ends every new connection at once, until `relay`. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Keeps what comes from here on, on the connections that there are, until `relay`. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  relay(): void {
    this.#refusing = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Resolves while somebody is connected. */
  get connected(): Promise<void> {
    return this.#until(() => this.#sockets.size > 0);
  }

  /** Resolves while nobody is connected. */
  get idle(): Promise<void> {
    return this.#until(() => this.#sockets.size === 0);
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

  /** Ends every connection at once, without a farewell; new ones are relayed again. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }
}
