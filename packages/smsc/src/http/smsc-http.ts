/** The HTTP server of a message centre: its web page, its API, and a stream of what happens. */

import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { SmppError } from "@esme/pdu";
import { type Logger, silentLogger } from "@esme/session";
import { checkOptions, type OptionTable, quoted, reasonOf, shortened } from "@esme/settings";
import { checked, InputError } from "../input/input.ts";
import { PduLog, type PduLogOptions } from "../log/pdu-log.ts";
import { type PageFile, pageFiles, pagePolicy } from "../page-files.ts";
import type { Smsc } from "../smsc.ts";
import { jsonOf } from "./body.ts";
import { doorFor } from "./door.ts";
import { isHostName, refusalOf } from "./guard.ts";
import { type ApiContext, ApiError, Raw, type Route } from "./routes/route.ts";
import { routeFor } from "./routes/routes.ts";
import { Conversations } from "./views/conversations.ts";
import { Faults } from "./views/fault-list.ts";
import { Live } from "./views/live.ts";
import { SessionRates } from "./views/session-rates.ts";

/** Settings of {@link SmscHttp}. */
export interface SmscHttpOptions {
  /** How much the log of PDUs keeps; `false`: no log. Default 16 MiB and 50,000 PDUs. */
  readonly log?: PduLogOptions | false | undefined;
  /** Texts of phones that are kept: the last ones. Default 2,000. */
  readonly texts?: number | undefined;
  /** Octets that they may take in memory. Default 16,777,216 (16 MiB). */
  readonly textOctets?: number | undefined;
  /** Names by which it may be called, besides IP addresses and localhost: no scheme, no port. Default: none. */
  readonly hosts?: readonly string[] | undefined;
  /** Hears of requests that failed for no fault of theirs. Default: nobody. */
  readonly logger?: Logger | undefined;
}

const table = {
  log: ["object", "boolean"],
  texts: "number",
  textOctets: "number",
  hosts: "array",
  logger: ["object", "function"],
} as const satisfies OptionTable<SmscHttpOptions>;

/**
 * Serves one message centre over HTTP. There is no password: whoever reaches the port may see
 * every text and do everything, so it listens on loopback unless told otherwise.
 *
 * It keeps the process alive only while it listens, and ends with `close`, not with the message
 * centre.
 */
export class SmscHttp {
  readonly #context: ApiContext;
  readonly #hosts: readonly string[];
  readonly #logger: Logger;
  readonly #unwatch: readonly (() => void)[];
  #page: ReadonlyMap<string, PageFile> = new Map();
  /** Settled once it listens or does not; undefined before it is to. */
  #server: Promise<Server> | undefined;
  #closed = false;
  #clock: NodeJS.Timeout | undefined;
  #address: AddressInfo | undefined;

  /** Throws TypeError for an option that there is not or of another type, RangeError for one that cannot work. */
  constructor(smsc: Smsc, options: SmscHttpOptions = {}) {
    checkOptions("SmscHttp", options, table);
    const { log: logged = {}, texts, textOctets, hosts = [], logger = silentLogger } = options;
    const log = new PduLog(logged === false ? { octets: 65_536, entries: 1 } : logged);
    const sources = {
      smsc,
      log,
      conversations: new Conversations({ texts, octets: textOctets }),
      rates: new SessionRates(),
      faults: new Faults(smsc),
    };
    this.#context = { ...sources, live: new Live(sources) };
    this.#hosts = hosts.map(checkedHost);
    this.#logger = logger;
    this.#unwatch = [
      sources.conversations.watch(smsc),
      ...(logged === false ? [] : [log.watch(smsc)]),
    ];
  }

  /** Where the page is; empty while it does not listen. */
  get url(): string {
    if (this.#address === undefined) return "";
    const { address, family, port } = this.#address;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}/`;
  }

  /**
   * Begins to listen. Rejects with the system's error, EADDRINUSE when the port is taken, or with
   * SmppError `listening` when it listens already, `closed` when it was closed before or meanwhile.
   */
  async listen({ port = 8775, host = "127.0.0.1" } = {}): Promise<this> {
    if (this.#server !== undefined) {
      throw new SmppError("listening", "the HTTP server listens already: make another one");
    }
    if (this.#closed) throw closed();
    this.#server = this.#open(port, host);
    const server = await this.#server.catch((error: unknown) => {
      this.#server = undefined;
      throw error;
    });
    if (this.#closed) throw closed();
    const address = server.address();
    if (address !== null && typeof address === "object") this.#address = address;
    const { rates, smsc } = this.#context;
    this.#clock = setInterval(() => rates.sample(smsc.sessions, Date.now()), 1_000);
    this.#clock.unref();
    return this;
  }

  /** Ends all streams, stops listening, and lets go of the message centre, which goes on. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#unwatch) end();
    clearInterval(this.#clock);
    this.#context.live.close();
    this.#context.rates.close();
    this.#address = undefined;
    // A server that does not listen yet cannot be closed: Node.js looks up the address first.
    const server = await this.#server?.catch(() => undefined);
    if (!server?.listening) return;
    const stopped = once(server, "close");
    server.close();
    server.closeAllConnections();
    await stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(port: number, host: string): Promise<Server> {
    this.#page = pageFiles();
    const server = doorFor((request, response) => void this.#serve(request, response));
    server.listen(port, host);
    await once(server, "listening");
    server.on("error", ({ message }: Error) => {
      this.#logger.error({ error: message }, "an HTTP connection could not be accepted");
    });
    return server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of headers) response.setHeader(name, value);
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else this.#refuse(response, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET" } = request;
    const refusal = refusalOf(method, request.headers, this.#hosts);
    if (refusal !== undefined) {
      throw new ApiError(refusal.status, refusal.code, refusal.message);
    }
    const { pathname, searchParams } = urlOf(request);
    const file = this.#page.get(pathname);
    if (file !== undefined) return sendFile(request, response, file);
    const { route, path } = routeFor(method, pathname);
    const given = route.bodySchema === undefined ? undefined : await jsonOf(request);
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const asked = {
      path: checked(route.pathSchema, path),
      query: checked(route.querySchema, Object.fromEntries(searchParams)),
      body: route.bodySchema === undefined ? undefined : checked(route.bodySchema, given),
      given,
      signal: gone.signal,
    };
    await send(request, response, route, await route.handle(asked, this.#context));
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const { status, code, message } = apiErrorOf(error);
    if (status === 500) {
      this.#logger.error({ error: shortened(message) }, "an HTTP request failed");
    }
    // The rest of a body that was too long is not read.
    if (status === 413) response.setHeader("connection", "close");
    response.setHeader("content-type", "application/json");
    const told = { code, message: shortened(message, longestMessage) };
    response.writeHead(status).end(JSON.stringify({ error: told }));
  }
}

/** Characters of an error: what is wrong with a request is said of its first faults. */
const longestMessage = 2_000;

/** Throws RangeError for what no header Host would ever say. */
function checkedHost(host: string): string {
  if (isHostName(host)) return host.toLowerCase();
  throw new RangeError(`hosts has ${quoted(host)}: expected names without scheme and port`);
}

function closed(): SmppError {
  return new SmppError("closed", "the HTTP server was closed: make another one to listen");
}

/** Of every answer: nothing of it is for other sites, nor to be kept. */
const headers = new Map([
  ["cache-control", "no-store"],
  ["content-security-policy", pagePolicy],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
]);

function urlOf({ url = "/" }: IncomingMessage): URL {
  try {
    return new URL(url, "http://localhost");
  } catch {
    throw new ApiError(400, "bad_path", `${quoted(url)} is no path`);
  }
}

function sendFile({ method }: IncomingMessage, response: ServerResponse, file: PageFile): void {
  if (method !== "GET" && method !== "HEAD") {
    throw new ApiError(405, "bad_method", `the page takes GET, not ${method}`);
  }
  response.setHeader("content-type", file.type);
  response.setHeader("content-length", file.octets.length);
  response.end(method === "HEAD" ? undefined : file.octets);
}

async function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status }: Route,
  answer: unknown,
): Promise<void> {
  const { type, body, filename } =
    answer instanceof Raw ? answer : new Raw("application/json", JSON.stringify(answer) ?? "");
  if (body !== "") response.setHeader("content-type", type);
  if (filename !== undefined) {
    response.setHeader("content-disposition", `attachment; filename="${filename}"`);
  }
  response.writeHead(status);
  if (typeof body === "string") {
    response.end(method === "HEAD" ? undefined : body);
  } else if (method === "HEAD") {
    body.destroy();
    response.end();
  } else {
    await pipeline(body, response);
  }
}

function apiErrorOf(error: unknown): Pick<ApiError, "status" | "code" | "message"> {
  if (error instanceof ApiError) return error;
  if (error instanceof InputError)
    return { status: 400, code: "bad_input", message: error.message };
  const message = reasonOf(error);
  return { status: 500, code: "failed", message };
}
