/** Refuses options that cannot be meant, before anything is done with them. */
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { type Codec, type CommandName, commands, isPduError, type VendorTlvs } from "@esme/pdu";
import { type Callbacks, sessionOptions } from "@esme/session";
import {
  checkOptions,
  didYouMean,
  nearestName,
  numberWithin,
  type OptionTable,
  time,
  typeName,
} from "@esme/settings";
import { type Bind, type BindMode, bindRequestOf, type ClientOptions } from "./options.ts";

// Those that a client gives its sessions itself.
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

/** What is written here by many, and where it belongs. */
const elsewhere: Readonly<Record<string, string>> = {
  mode: "give it in bind: { mode, system_id, password }",
  system_id: "give it in bind: { mode, system_id, password }",
  password: "give it in bind: { mode, system_id, password }",
  system_type: "give it in bind: { mode, system_id, password, system_type }",
  interface_version: "give it in bind: { mode, system_id, password, interface_version }",
};

const modes: readonly string[] = ["transmitter", "receiver", "transceiver"] satisfies BindMode[];

/** Their names in other software. */
const shortModes: ReadonlyMap<string, BindMode> = new Map([
  ["tx", "transmitter"],
  ["rx", "receiver"],
  ["trx", "transceiver"],
]);

/** Options of `tls.connect` that are set by hand; Node.js has more, and they change. */
const tlsNames = [
  ...["ca", "cert", "key", "passphrase", "pfx", "servername", "rejectUnauthorized"],
  ...["minVersion", "maxVersion", "ciphers", "checkServerIdentity"],
];

// The compiler knows when a callback has a name of neither kind.
const callbackOptions = {
  ...Object.fromEntries(Object.keys(commands).map((name) => [name, "function"] as const)),
  ...({ all_commands: "function", malformed: "function" } as const satisfies OptionTable<
    Omit<Callbacks, CommandName>
  >),
};

/**
 * Throws TypeError for an unknown option, a wrong type or a mode that is none, RangeError for a number
 * out of its limits. Never with a value that may be a secret.
 */
export function checkClientOptions(options: unknown): void {
  if (typeof options === "string") {
    throw new TypeError(
      'Client: expected an object of options, got a string: new Client({ url: "smpp://system_id:password@smsc.example:2775" })',
    );
  }
  if (typeof options === "object" && options !== null) {
    const name = Object.keys(options).find((each) => Object.hasOwn(elsewhere, each));
    if (name !== undefined)
      throw new TypeError(`Client: unknown option ${name}: ${elsewhere[name]}`);
  }
  checkOptions("Client", options, clientOptions);
  // All of these were checked just now.
  const { host, tls, bind, callbacks } = options as ClientOptions;
  if (host !== undefined) checkHost(host);
  if (typeof tls === "object") checkTlsNames(tls);
  if (bind !== undefined) checkMode(bind);
  if (callbacks !== undefined) checkCallbacks(callbacks);
}

/** Throws TypeError for a field of the bind that this codec does not know, or one of another type. */
export function checkBind<T extends VendorTlvs>(bind: Bind, codec: Codec<T>): void {
  try {
    codec.encode(bindRequestOf<T>(bind), 0);
  } catch (error) {
    // What does not fit is the answer of connect(), as what the SMSC refuses.
    const isMistake = isPduError(error) && mistakes.has(error.code);
    if (isMistake) throw new TypeError(`Client: bind: ${error.message}`, { cause: error });
  }
}

const mistakes: ReadonlySet<string> = new Set(["unknown_field", "wrong_type"]);

/** The words have no host: one that is a URL may have a password. */
function checkHost(host: string): void {
  if (isIP(host) !== 0 || /^[^\s:/@?#]+$/.test(host)) return;
  throw new TypeError(
    "Client: host is no name or address: give the name alone, without scheme, port or blanks; the port is the option port, TLS the option tls; a whole URL is the option url",
  );
}

/** Misspelt, an option would be ignored: a demand for a newer TLS, for example. */
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

/** Throws TypeError for a name that is no command's, and for no function. */
export function checkCallbacks(callbacks: unknown): void {
  checkOptions("callbacks", callbacks, callbackOptions, { noun: "callback" });
}
