/** The settings of a client: its options, checked, with their defaults. */
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import {
  type Codec,
  type CommandName,
  commands,
  createCodec,
  isPduError,
  type PduError,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import {
  type Callbacks,
  type Logger,
  RequestQueue,
  requestQueueOptionsOf,
  type SessionOptions,
  type Stats,
  sequenceFrom,
  sessionOptions,
  silentLogger,
} from "@esme/session";
import {
  checkOptions,
  didYouMean,
  nearestName,
  numberWithin,
  type OptionTable,
  time,
  typeName,
} from "@esme/settings";
import { type BackOff, backOffOf } from "./back-off.ts";
import type { DialOptions } from "./connect/dial.ts";
import { locationOf } from "./connect/url.ts";
import { type Bind, type BindMode, bindRequestOf, type ClientOptions } from "./options.ts";

/** The options of a client with their defaults. */
export interface ClientSettings<in out T extends VendorTlvs> {
  readonly dial: DialOptions;
  /** The options of each session; the callbacks may be replaced later. */
  readonly session: SessionOptions<T> & {
    readonly window: number;
    readonly queue: RequestQueue<T>;
    readonly codec: Codec<T>;
    readonly logger: Logger;
    readonly stats: Stats;
  };
  /** The bind of every connection. */
  readonly bind: Bind | undefined;
  /** Undefined without `reconnect`. */
  readonly backOff: BackOff | undefined;
}

// The client itself sets these two for its sessions.
const { role: _role, stats: _stats, ...ofSession } = sessionOptions;

const clientOptions = {
  ...ofSession,
  url: "string",
  host: "string",
  port: numberWithin({ least: 1, most: 65_535 }),
  tls: ["boolean", "object"],
  stream: ["object", "function"],
  connectTimeout: time(10_000),
  bind: "object",
  reconnect: ["boolean", "object"],
} as const satisfies OptionTable<ClientOptions>;

const throttleStatuses = [Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL];

/** Fields of a bind, which are often written beside it, and where they belong. */
const bindFields: Readonly<Record<string, string>> = {
  mode: "give it in bind: { mode, system_id, password }",
  system_id: "give it in bind: { mode, system_id, password }",
  password: "give it in bind: { mode, system_id, password }",
  system_type: "give it in bind: { mode, system_id, password, system_type }",
  interface_version: "give it in bind: { mode, system_id, password, interface_version }",
};

const modes: readonly string[] = ["transmitter", "receiver", "transceiver"] satisfies BindMode[];

/** The names of the modes in other software. */
const shortModes: ReadonlyMap<string, BindMode> = new Map([
  ["tx", "transmitter"],
  ["rx", "receiver"],
  ["trx", "transceiver"],
]);

/** The usual options of `tls.connect`; Node.js has more, and they change with its version. */
const tlsNames = [
  ...["ca", "cert", "key", "passphrase", "pfx", "servername", "rejectUnauthorized"],
  ...["minVersion", "maxVersion", "ciphers", "checkServerIdentity"],
];

// The compiler checks that these are all names of callbacks.
const callbackOptions = {
  ...Object.fromEntries(Object.keys(commands).map((name) => [name, "function"] as const)),
  ...({ all_commands: "function", malformed: "function" } as const satisfies OptionTable<
    Omit<Callbacks, CommandName>
  >),
};

/**
 * Checks the options and fills in the defaults. `onTolerated` is for the default codec.
 *
 * Throws TypeError for an unknown option or field of `bind`, a wrong type, an unknown mode, a bad `url`;
 * RangeError for a number out of its limits. No error has a value that may be a secret.
 */
export function clientSettingsOf<T extends VendorTlvs>(
  options: ClientOptions<T>,
  stats: Stats,
  onTolerated: (problem: PduError) => void,
): ClientSettings<T> {
  checkClientOptions(options);
  const {
    url: _,
    host,
    port,
    tls,
    bind,
    stream,
    connectTimeout,
    reconnect,
    ...session
  } = {
    ...options,
    ...locationOf(options),
  };
  const dial = {
    host: host ?? "localhost",
    port: port ?? (tls ? 3550 : 2775),
    tls: tls ?? false,
    connectTimeout: connectTimeout ?? clientOptions.connectTimeout.default,
    stream,
  };
  const shared = {
    ...session,
    name: options.name ?? `${dial.host}:${dial.port}`,
    window: options.window ?? clientOptions.window.default,
    sequencer: options.sequencer ?? sequenceFrom(options.firstSequenceNumber),
    // Without a codec there are no vendor TLVs.
    codec: options.codec ?? (createCodec({ tolerate: onTolerated }) as Codec as Codec<T>),
    logger: options.logger ?? silentLogger,
    throttleStatuses: options.throttleStatuses ?? throttleStatuses,
  };
  if (bind !== undefined) checkBind(bind, shared.codec);
  const queue = options.queue ?? new RequestQueue(requestQueueOptionsOf(shared));
  return {
    dial,
    session: { ...shared, role: "esme", queue, stats },
    bind,
    backOff: reconnect ? backOffOf(reconnect === true ? {} : reconnect) : undefined,
  };
}

/** Throws TypeError for a name that is no command, and for a value that is no function. */
export function checkCallbacks(callbacks: unknown): void {
  checkOptions("callbacks", callbacks, callbackOptions, { noun: "callback" });
}

function checkClientOptions(options: unknown): void {
  if (typeof options === "string") {
    throw new TypeError(
      'Client: expected an object of options, got a string: new Client({ url: "smpp://system_id:password@smsc.example:2775" })',
    );
  }
  if (typeof options === "object" && options !== null) {
    const name = Object.keys(options).find((each) => Object.hasOwn(bindFields, each));
    if (name !== undefined)
      throw new TypeError(`Client: unknown option ${name}: ${bindFields[name]}`);
  }
  checkOptions("Client", options, clientOptions);
  // checkOptions narrowed their types.
  const { host, tls, bind, callbacks } = options as ClientOptions;
  if (host !== undefined) checkHost(host);
  if (typeof tls === "object") checkTlsNames(tls);
  if (bind !== undefined) checkMode(bind);
  if (callbacks !== undefined) checkCallbacks(callbacks);
}

/** Throws TypeError for a field of the bind that this codec does not know, or of a wrong type. */
function checkBind<T extends VendorTlvs>(bind: Bind, codec: Codec<T>): void {
  try {
    codec.encode(bindRequestOf<T>(bind), 0);
  } catch (error) {
    // connect() rejects with the other errors, such as a value that is too long.
    const isMistake = isPduError(error) && mistakes.has(error.code);
    if (isMistake) throw new TypeError(`Client: bind: ${error.message}`, { cause: error });
  }
}

const mistakes: ReadonlySet<string> = new Set(["unknown_field", "wrong_type"]);

/** The error does not have the host: it may be a URL with a password. */
function checkHost(host: string): void {
  if (isIP(host) !== 0 || /^[^\s:/@?#]+$/.test(host)) return;
  throw new TypeError(
    "Client: host is no name or address: give the name without scheme, port and blanks; for a port, for TLS and for a URL there are the options port, tls and url",
  );
}

/** Node.js ignores an option with a wrong name, for example a `minVersion` of TLS. */
function checkTlsNames(tls: ConnectionOptions): void {
  for (const name of Object.keys(tls)) {
    const hint = tlsNames.includes(name) ? "" : didYouMean(name, tlsNames);
    if (hint !== "") throw new TypeError(`Client: tls: unknown option ${name}${hint}`);
  }
}

function checkMode({ mode }: { readonly mode?: unknown }): void {
  const isWord = typeof mode === "string";
  if (isWord && modes.includes(mode)) return;
  const meant = isWord
    ? (shortModes.get(mode.toLowerCase()) ?? nearestName(mode, modes))
    : undefined;
  const [came, hint] =
    meant === undefined
      ? [isWord ? "another word" : typeName(mode), ""]
      : [JSON.stringify(mode), `, did you mean ${meant}?`];
  throw new TypeError(`Client: bind.mode: expected ${modes.join(", ")}, got ${came}${hint}`);
}
