/** What can be set about a server, its limits and defaults. */
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import { type Codec, encode, type NoVendorTlvs, type VendorTlvs } from "@esme/pdu";
import { type SessionOptions, sessionOptions } from "@esme/session";
import { checkOptions, number, numberWithin, type OptionTable, oneOf, time } from "@esme/settings";
import type { Account } from "./binds/accounts.ts";
import type { BindDecision } from "./binds/admission.ts";
import { checkCallbacks, type ServerCallbacks } from "./callbacks.ts";
import { addressSet } from "./port/peer.ts";
import type { ProxyProtocol } from "./port/proxy-header.ts";
import type { BindAttempt, ServerSession } from "./server-session.ts";

const numbers = {
  /** Connections to the port at one time; one more is closed at once. Default 10,000. */
  maxSessions: number(10_000, 1),
  /**
   * Connections of one address at one time, of IPv6 of one /64; one more is closed at once. Raise it
   * for a balancer without `proxyProtocol`, which has one address. Default 1,000.
   */
  maxSessionsPerAddress: number(1_000, 1),
  /**
   * Sessions that an account may have bound at one time, unless it says otherwise itself; one more is
   * answered ESME_RALYBND. Default 100.
   */
  maxSessionsPerAccount: number(100, 0),
  /**
   * Refused binds of one address in a minute; after that its binds are refused unseen and its new
   * connections closed, until the minute is over. Default 100.
   */
  maxRefusedBindsPerAddress: number(100, 1),
  /** Milliseconds for `onBind`; later the bind is answered ESME_RSYSERR. Default 10,000. */
  onBindTimeout: time(10_000, 1),
  /** Milliseconds for the PROXY header, and for the TLS handshake. Default 10,000. */
  handshakeTimeout: time(10_000, 1),
  /** Messages that may be on their way to one account; one more is `queue_full`. Default 10,000. */
  queueLimit: number(10_000, 0),
  /** Octets that they may take; each counts 512 besides its fields. Default 16,777,216 (16 MiB). */
  queueOctets: number(16 << 20, 0),
  /** Messages that may be on their way to all accounts together. Default 500,000. */
  totalQueueLimit: number(500_000, 0),
  /** Octets that the messages for all accounts may take. Default 268,435,456 (256 MiB). */
  totalQueueOctets: number(256 << 20, 0),
  /** How often a message is sent at most. Default 10. */
  attempts: number(10, 1),
  /** Milliseconds that a message waits after a temporary error before it is sent again. Default 2,000. */
  retryDelay: time(2_000),
  /** Requests without an answer for each session. Default 10. */
  window: number(10, 1),
};

/** The numbers among the options, complete. */
type Numbers = { readonly [K in keyof typeof numbers]: number };

/** The options of a session that the server sets itself. */
type ReservedOption =
  | "role"
  | "name"
  | "callbacks"
  | "unhandled"
  | "peerVersion"
  | "queue"
  | "onLinkLoss"
  | "stats";

/** The options of `Session` in `@esme/session` that are those of every session of a server. */
export type PassedOptions<T extends VendorTlvs = NoVendorTlvs> = Omit<
  SessionOptions<T>,
  ReservedOption
>;

/** Options of one session: see `sessionOptions`. */
export type OwnSessionOptions<T extends VendorTlvs = NoVendorTlvs> = Omit<
  SessionOptions<T>,
  Exclude<ReservedOption, "name" | "peerVersion">
>;

/**
 * Settings of an `SmppServer`. Times are milliseconds. Timers, window, codec, rate and logging are
 * those of `SessionOptions` in `@esme/session`, for every session.
 */
export interface SmppServerOptions<in out T extends VendorTlvs = NoVendorTlvs>
  extends PassedOptions<T>,
    Omit<{ -readonly [K in keyof typeof numbers]?: number | undefined }, "window"> {
  /** TCP port; 0 takes a free one. Default 2775, with `tls` 3550 (registered for smpp and ssmpp). */
  port?: number | undefined;
  /** Address to listen on, `0.0.0.0` or `::` for all. Default 127.0.0.1. */
  host?: string | undefined;
  /**
   * Key and certificate: the options of `tls.createServer`. With `requestCert` and `ca` ESMEs show
   * certificates, and `onBind` gets their subject. Default: no TLS.
   */
  tls?: TlsOptions | undefined;
  /** Name of the server in bind responses, at most 15 characters. Default `esme-server`. */
  system_id?: string | undefined;
  /** Who may bind. Either this or `onBind`. */
  accounts?: readonly Account[] | undefined;
  /**
   * Decides who may bind; see {@link BindDecision}. A throw answers ESME_RSYSERR, or the error's own
   * `command_status`, and is the event `error`.
   */
  onBind?: ((attempt: BindAttempt<NoInfer<T>>) => BindDecision | Promise<BindDecision>) | undefined;
  /** Answers the requests of ESMEs. A request without a callback is refused with ESME_RINVCMDID. */
  callbacks?: ServerCallbacks<NoInfer<T>> | undefined;
  /**
   * The version of the PROXY protocol with which the connections of `trustedProxies` begin. Default:
   * none.
   */
  proxyProtocol?: ProxyProtocol | undefined;
  /**
   * Addresses and networks (`10.0.0.5`, `10.0.0.0/8`) of balancers: each of their connections must
   * begin with a PROXY header. All others are served as they come. Needed with `proxyProtocol`.
   */
  trustedProxies?: readonly string[] | undefined;
  /**
   * Gives the stream to speak over in place of an accepted one: to watch, record or disturb it.
   * Called before the SMPP session begins.
   */
  wrap?: ((stream: Duplex, session: ServerSession<NoInfer<T>>) => Duplex) | undefined;
  /** Options of one session, on top of the server's. Called before the SMPP session begins. */
  sessionOptions?:
    | ((session: ServerSession<NoInfer<T>>) => OwnSessionOptions<NoInfer<T>>)
    | undefined;
}

const {
  role: _role,
  name: _name,
  callbacks: _callbacks,
  unhandled: _unhandled,
  peerVersion: _peerVersion,
  queue: _queue,
  onLinkLoss: _onLinkLoss,
  stats: _stats,
  ...passedOptions
} = sessionOptions;

const table = {
  ...passedOptions,
  ...numbers,
  port: numberWithin({ least: 0, most: 65_535 }),
  host: "string",
  tls: "object",
  system_id: "string",
  accounts: "array",
  onBind: "function",
  callbacks: "object",
  proxyProtocol: oneOf("v1", "v2", "auto"),
  trustedProxies: "array",
  wrap: "function",
  sessionOptions: "function",
} as const satisfies OptionTable<SmppServerOptions>;

/** Options with their defaults, sorted by who takes them. */
export interface ResolvedOptions<in out T extends VendorTlvs> extends Numbers {
  readonly port: number;
  readonly host: string;
  readonly system_id: string;
  readonly isProxy: (address: string) => boolean;
  /** For every session. */
  readonly passed: PassedOptions<T>;
  readonly codec: Pick<Codec, "encode">;
}

/**
 * Checks the options and fills in the defaults. Throws TypeError for an unknown option or a wrong
 * type, RangeError for a number out of range.
 */
export function resolved<T extends VendorTlvs>(options: SmppServerOptions<T>): ResolvedOptions<T> {
  checkOptions("SmppServer", options, table);
  const { accounts, onBind, callbacks, proxyProtocol, trustedProxies, tls } = options;
  if ((accounts === undefined) === (onBind === undefined)) {
    const what = "SmppServer: expected accounts or onBind, and not both";
    throw new TypeError(`${what}; onBind: () => true lets everybody bind`);
  }
  if ((proxyProtocol === undefined) !== (trustedProxies === undefined)) {
    const what = "proxyProtocol and trustedProxies belong together";
    throw new TypeError(`SmppServer: ${what}: anybody could say where they come from`);
  }
  if (callbacks !== undefined) checkCallbacks(callbacks);
  const { port = tls === undefined ? 2775 : 3550, host = "127.0.0.1" } = options;
  const { system_id = "esme-server" } = options;
  encode({ command: "bind_transceiver_resp", system_id });
  const given: Readonly<Record<string, unknown>> = { ...options };
  const passed = Object.entries(given).filter(([name]) => Object.hasOwn(passedOptions, name));
  const complete = Object.entries(numbers).map(([name, row]) => [name, given[name] ?? row.default]);
  return {
    ...(Object.fromEntries(complete) as Numbers), // the names of the table, each with a number
    port,
    host,
    system_id,
    isProxy: addressSet("SmppServer: trustedProxies", trustedProxies ?? []),
    passed: Object.fromEntries(passed), // options of a session are optional, and these keep their types
    // Inside, vendor TLVs are keys like any other.
    codec: (options.codec ?? { encode }) as Pick<Codec, "encode">,
  };
}
