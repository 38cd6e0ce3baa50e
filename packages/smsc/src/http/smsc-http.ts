/** The HTTP server of a message centre: its web page, its API, and a stream of what happens. */

import type { AddressInfo } from "node:net";
import { isIP } from "node:net";
import {
  HttpError,
  HttpServer,
  hostGuard,
  isHostName,
  json,
  listenerOf,
  pageRefusal,
  type Reply,
  type Route,
} from "@esme/http";
import { SmppError } from "@esme/pdu";
import { type Logger, silentLogger } from "@esme/session";
import { checkOptions, type OptionTable, quoted, reasonOf, shortened } from "@esme/settings";
import { InputError } from "../input/input.ts";
import { PduLog, type PduLogOptions } from "../log/pdu-log.ts";
import { pageFiles, pagePolicy } from "../page-files.ts";
import type { Smsc } from "../smsc.ts";
import type { ApiContext } from "./routes/context.ts";
import { routes } from "./routes/routes.ts";
import { servedRoute } from "./served-route.ts";
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
  /** Settled once it listens or does not; undefined before it is to. */
  #server: Promise<HttpServer> | undefined;
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
    this.#address = server.address;
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
    await server?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(port: number, host: string): Promise<HttpServer> {
    const known = (name: string) =>
      name === "localhost" || isIP(name) !== 0 || this.#hosts.includes(name);
    const hosts = hostGuard(known, hostsWish);
    const listener = listenerOf({
      routes: [...pageRoutes(), ...routes.map((row) => servedRoute(row, this.#context))],
      headers,
      directory: ": see /openapi.json",
      guard: (request) => hosts(request) ?? pageRefusal(request),
      failed: (error) => this.#failed(error),
    });
    const server = new HttpServer(listener, limits);
    await server.listen({ port, host });
    server.onError(({ message }) => {
      this.#logger.error({ error: message }, "an HTTP connection could not be accepted");
    });
    return server;
  }

  #failed(error: unknown): Reply {
    const { status, code, message, headers } = httpErrorOf(error);
    if (status === 500) {
      this.#logger.error({ error: shortened(message) }, "an HTTP request failed");
    }
    const told = { code, message: shortened(message, longestMessage) };
    return json(status, { error: told }, headers);
  }
}

const hostsWish = "an IP address, localhost, or a name given by the option hosts (--hosts)";

/** Streams of events and waiting requests stay open: a suite of tests has some hundred of them. */
const limits = { maxConnections: 1_000, timeout: 0 };

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
const headers = {
  "cache-control": "no-store",
  "content-security-policy": pagePolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The page as it is now: read once, a hundred kilobytes or so. */
function pageRoutes(): Route[] {
  return [...pageFiles()].map(([path, { type, octets }]) => ({
    method: "GET",
    path,
    handle: () => ({ status: 200, headers: { "content-type": type }, body: octets }),
  }));
}

function httpErrorOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof InputError) return new HttpError(400, "bad_input", error.message);
  return new HttpError(500, "failed", reasonOf(error));
}
