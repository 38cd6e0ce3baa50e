/** A table of routes as what Node.js's HTTP server calls for each request. */
import type {
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from "node:http";
import { pipeline, Readable } from "node:stream";
import { shortened } from "@esme/settings";
import { TrieRouter } from "hono/router/trie-router";
import type { Guard } from "./guard.ts";
import { HttpError } from "./http-error.ts";

/** What a route answers. Without a body it is empty. */
export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array | Readable;
}

/** A request, and what it can be answered with. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What stands in the places of the path, decoded. */
  readonly places: Readonly<Record<string, string>>;
  /** Behind the question mark, not decoded. */
  readonly query: string;
  /** Of every answer: for routes that answer by themselves. */
  readonly headers: OutgoingHttpHeaders;
}

/** One path under one method. HEAD is answered wherever GET is. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** `{name}` stands for one segment. */
  readonly path: string;
  /** The answer, or undefined when `handle` answers by itself. */
  readonly handle: (exchange: Exchange) => Promise<Reply | undefined> | Reply | undefined;
}

/** What is the same for all routes. */
export interface ListenerOptions {
  readonly routes: readonly Route[];
  /** Of every answer. */
  readonly headers: OutgoingHttpHeaders;
  /** Where the paths are listed, for those who ask for another; with its colon. Default: nowhere. */
  readonly directory?: string;
  /** Why a request is not let in, whatever its path. */
  readonly guard: Guard;
  /** The answer to what was thrown: an {@link HttpError}, or a fault of the server's own. */
  readonly failed: (error: unknown, request: IncomingMessage) => Reply;
}

/** A reply with a body of JSON. */
export function json(status: number, value: object, headers: OutgoingHttpHeaders = {}): Reply {
  const type = { "content-type": "application/json" };
  return { status, headers: { ...type, ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** Answers every request, with the route for it or with what keeps it from one. */
export function listenerOf(options: ListenerOptions): RequestListener {
  const { routes, headers, directory = "", guard, failed } = options;
  const router = new TrieRouter<Route["handle"]>();
  for (const { method, path, handle } of routes) {
    router.add(method, path.replaceAll(/\{(\w+)\}/g, ":$1"), handle);
  }
  const methods = [...new Set(routes.map(({ method }) => method))];

  const replyTo = (
    request: IncomingMessage,
    response: ServerResponse,
  ): ReturnType<Route["handle"]> => {
    if (response.socket === null) throw pipelined();
    const refusal = guard(request);
    if (refusal !== undefined) throw refusal;
    const { method = "GET", url = "/" } = request;
    const { path, query } = targetOf(url);
    const [[match], found] = router.match(method === "HEAD" ? "GET" : method, path);
    if (match === undefined) throw withoutRoute(method, path);
    const [handle, places] = match;
    return handle({ request, response, query, headers, places: placesOf(places, found) });
  };

  const withoutRoute = (method: string, path: string): HttpError => {
    const here = methods.filter((other) => router.match(other, path)[0].length > 0);
    const shown = shortened(path);
    if (here.length === 0) return new HttpError(404, "not_found", `no ${shown} here${directory}`);
    const allow = here.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one])).join(", ");
    const message = `${shown} takes ${allow}, not ${method}`;
    return new HttpError(405, "bad_method", message, { allow });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Ignore clients that disconnect early.
    response.on("error", ignore);
    try {
      const reply = await replyTo(request, response);
      if (reply !== undefined) send(request, response, headers, reply);
    } catch (error) {
      // What is thrown at once comes before the parser is at the end of the request: a connection with an
      // unfinished request would be closed.
      if (!request.complete) await Promise.resolve();
      // The peer went away before it had said all.
      if (request.destroyed && !request.complete) return;
      const reply = failed(error, request);
      if (response.headersSent) response.destroy();
      else send(request, response, headers, reply);
    }
  };

  return (request, response) => {
    // `failed` may throw as well: it calls a logger of somebody else.
    answer(request, response).catch(() => response.destroy());
  };
}

const ignore = (): void => {};

/**
 * The answer to a request that did not wait for the one before it: one read can bring thousands, and
 * the answers to all of them would be held for a reader who need not take them.
 */
function pipelined(): HttpError {
  const message = "a request has to wait for the answer to the one before it on its connection";
  return new HttpError(400, "pipelined", message, { connection: "close" });
}

/** The path and the query of a request's target, which may be a whole URL (RFC 9112, 3.2.2). */
function targetOf(url: string): { path: string; query: string } {
  const begin = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  if (begin < 0) throw new HttpError(400, "bad_path", `${shortened(url)} is no path`);
  const end = url.indexOf("?");
  if (end < 0) return { path: begin === 0 ? url : url.slice(begin), query: "" };
  return { path: url.slice(begin, end), query: url.slice(end + 1) };
}

/** `found` has what the router found, `places` where in it each name is; or each name with its value. */
function placesOf(
  places: Readonly<Record<string, string | number>>,
  found: readonly string[] = [],
): Record<string, string> {
  const decoded = Object.entries(places).map(([name, place]) => {
    const segment = typeof place === "number" ? (found[place] ?? "") : place;
    return [name, unescaped(segment)] as const;
  });
  return Object.fromEntries(decoded);
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    const message = `${shortened(segment)} is not percent-encoded UTF-8`;
    throw new HttpError(400, "bad_path", message);
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  common: OutgoingHttpHeaders,
  { status, headers, body = "" }: Reply,
): void {
  const head: OutgoingHttpHeaders = { ...common, ...headers };
  // Unread body bytes would be parsed as the next request.
  if (!request.complete) head["connection"] = "close";
  // RFC 9110, 8.6: none with 204.
  if (!(body instanceof Readable) && status !== 204) {
    head["content-length"] = Buffer.byteLength(body);
  }
  response.writeHead(status, head);
  if (!(body instanceof Readable)) {
    // Head and body are one write. Node.js leaves the body out where the request was HEAD.
    response.end(body);
  } else if (request.method === "HEAD") {
    body.destroy();
    response.end();
  } else {
    // What breaks off is destroyed on both sides.
    pipeline(body, response, ignore);
  }
}
