/** The worker's HTTP server: routes to answers, and answers for everything else. */
import { once } from "node:events";
import { lstat, unlink } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect } from "node:net";
import type { HttpBind } from "../config/values/http-bind.ts";
import type { Logger } from "../log/logger.ts";
import { foreignPage } from "./foreign-page.ts";

/** What a route answers. */
export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/** A request, and what it can be answered with. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** One path under one method. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** The answer, or undefined when `handle` answers by itself. */
  readonly handle: (exchange: Exchange) => Promise<Reply | undefined> | Reply | undefined;
}

/** A reply with a body of JSON. */
export function json(status: number, value: object, headers: OutgoingHttpHeaders = {}): Reply {
  const type = { "content-type": "application/json" };
  return { status, headers: { ...type, ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** How long peers may take, in milliseconds, and how many there may be. */
const usualLimits = {
  /** Connections at a time; further ones are closed at once. Streams have places among them. */
  maxConnections: 256,
  /** Without a single octet in either direction, as with a reader that takes nothing of its answer. */
  timeout: 60_000,
  /** For the headers of a request, and for all of it. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often the two are looked at. */
  connectionsCheckingInterval: 5_000,
  /** For the next request on the same connection. */
  keepAliveTimeout: 5_000,
} as const;

type Limits = Record<keyof typeof usualLimits, number>;

/** How long `close` leaves to answers that are on their way, in milliseconds. */
const closeTimeout = 1_000;

/** Serves routes on one address, to everything but pages of others. HEAD is answered wherever GET is. */
export class HttpServer {
  readonly #server: Server;
  readonly #routes: readonly Route[];
  readonly #logger: Logger;
  readonly #answering = new Set<ServerResponse>();

  constructor(routes: readonly Route[], logger: Logger, limits: Partial<Limits> = {}) {
    this.#routes = routes;
    this.#logger = logger;
    const { maxConnections, timeout, ...options } = { ...usualLimits, ...limits };
    this.#server = createServer(options, (request, response) => {
      void this.#answer(request, response);
    });
    Object.assign(this.#server, { maxConnections, timeout });
  }

  /** The TCP port in use; 0 for a socket file. */
  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Rejects with the system's error, EADDRINUSE when another process answers there. */
  async listen(bind: HttpBind): Promise<void> {
    try {
      await this.#bindTo(bind);
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || !("path" in bind) || !(await isLeftOver(bind.path))) throw error;
      await unlink(bind.path);
      await this.#bindTo(bind);
    }
  }

  /** Takes no more requests, and lets those being answered finish for a second. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const over = AbortSignal.timeout(closeTimeout);
    const answered = [...this.#answering].map((response) =>
      once(response, "close", { signal: over }),
    );
    await Promise.allSettled(answered);
    // Some clients connect in advance: such a connection would be waited for.
    this.#server.closeAllConnections();
    await closed;
  }

  #bindTo(bind: HttpBind): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(bind, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#answering.add(response);
    response.once("close", () => this.#answering.delete(response));
    // Ignore clients that disconnect early.
    response.on("error", () => {});
    try {
      const reply = await this.#replyTo(request, response);
      if (reply !== undefined) send(request, response, reply);
    } catch (err) {
      // The peer went away before it had said all.
      if (request.destroyed && !request.complete) return;
      this.#logger.error({ err, path: request.url }, "an HTTP request failed");
      if (response.headersSent) response.destroy();
      else send(request, response, json(500, { error: "failed, see the worker's log" }));
    }
  }

  async #replyTo(request: IncomingMessage, response: ServerResponse): Promise<Reply | undefined> {
    if (response.socket === null) return pipelined;
    const refusal = foreignPage(request);
    if (refusal !== undefined) return json(403, { error: refusal });
    const target = `http://worker${request.url}`;
    if (!URL.canParse(target)) return json(400, { error: "the path cannot be read" });
    const { pathname, searchParams: query } = new URL(target);
    const here = this.#routes.filter(({ path }) => path === pathname);
    if (here.length === 0) return json(404, { error: "not found", ...this.#directory() });
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = here.find((candidate) => candidate.method === method);
    if (route !== undefined) return route.handle({ request, response, query });
    const allow = here.flatMap((one) => (one.method === "GET" ? ["GET", "HEAD"] : [one.method]));
    return json(
      405,
      { error: `${pathname} is for ${allow.join(", ")}`, ...this.#directory() },
      { allow: allow.join(", ") },
    );
  }

  #directory(): { paths: string[] } {
    return { paths: this.#routes.map(({ method, path }) => `${method} ${path}`) };
  }
}

/**
 * The answer to a request that did not wait for the one before it: one read can bring thousands, and
 * the answers to all of them would be held for a reader who need not take them.
 */
const pipelined = json(
  400,
  { error: "a request has to wait for the answer to the one before it on its connection" },
  { connection: "close" },
);

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // Unread body bytes would be parsed as the next request.
    ...(!request.complete && { connection: "close" }),
    "content-length": Buffer.byteLength(reply.body),
    ...reply.headers,
  });
  // Node.js leaves the body out where the request was HEAD.
  response.end(reply.body);
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
