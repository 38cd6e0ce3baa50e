/** `GET /health` for load balancers and orchestrators, where `http_bind` asks for it. */
import { createServer, type Server } from "node:http";

/** What the worker's parts say of themselves. */
export interface Health {
  /** `ok` when every component is. */
  readonly health: "ok" | "down";
  readonly components: Readonly<
    Record<string, { readonly health: "ok" | "down"; readonly state?: string }>
  >;
}

/** `health` from the components. */
export function healthOf(components: Health["components"]): Health {
  const down = Object.values(components).some(({ health }) => health === "down");
  return { health: down ? "down" : "ok", components };
}

/** Where to listen: `host:port`, `[IPv6]:port`, or `unix:/path`; undefined when it is none. */
export function parseBind(
  bind: string,
): { path: string } | { host: string; port: number } | undefined {
  const [, path] = /^unix:(\/.+)$/.exec(bind) ?? [];
  if (path !== undefined) return { path };
  const [, six, host = six, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(bind) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

/** Answers `/health` with 200 or 500 and the state as JSON, everything else with 404. */
export class HealthServer {
  readonly #server: Server;

  constructor(health: () => Health) {
    this.#server = createServer((request, response) => {
      const known = request.url === "/health" && request.method === "GET";
      const body = known ? health() : { error: "not found, ask for GET /health" };
      const status = !known ? 404 : "health" in body && body.health === "ok" ? 200 : 500;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(`${JSON.stringify(body)}\n`);
    });
  }

  /** The TCP port in use; 0 for a socket file. */
  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Rejects with the system's error, EADDRINUSE when the place is taken. */
  listen(bind: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(parseBind(bind), () => resolve());
    });
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
