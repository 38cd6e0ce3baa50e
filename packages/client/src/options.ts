/** The options of a client. */
import type { ConnectionOptions } from "node:tls";
import type { NoVendorTlvs, PduInputOf, RequestName, VendorTlvs } from "@esme/pdu";
import type { BindCommand, SessionOptions } from "@esme/session";
import type { ReconnectOptions } from "./back-off.ts";
import type { StreamSource } from "./connect/dial.ts";

/** The direction of messages: `transmitter` to the SMSC, `receiver` from it, `transceiver` both. */
export type BindMode = "transmitter" | "receiver" | "transceiver";

/**
 * The fields of a request, without its command.
 *
 * Without vendor TLVs this is one type, however it is written: the compiler cannot compare the fields of
 * a PDU under two names of the same TLVs (TS2590).
 */
export type CommandFields<
  C extends RequestName,
  T extends VendorTlvs = NoVendorTlvs,
> = NoVendorTlvs extends T ? Omit<PduInputOf<C>, "command"> : Omit<PduInputOf<C, T>, "command">;

/** The fields of a bind: `system_id`, `password`, `system_type`, `interface_version`, ... */
export type BindFields = CommandFields<"bind_transceiver">;

/** A bind that the client makes after every connect (SMPP 3.4 section 4.1). */
export interface Bind extends BindFields {
  /**
   * `transmitter` sends, `receiver` receives, `transceiver` does both over one connection
   * (bind_transceiver is new in SMPP 3.4).
   */
  mode: BindMode;
}

/** A bind as a request; the three have the same fields. */
export type BindRequest<T extends VendorTlvs> = { command: "bind_transceiver" } & PduInputOf<
  "bind_transceiver",
  T
>;

/**
 * Settings of a {@link Client}. Times are milliseconds, 0 switches a timer off. Window, timers,
 * rate, throttling, callbacks and logger are those of `SessionOptions` in `@esme/session`.
 *
 * The default `codec` accepts a PDU that breaks a rule and can still be read (a field over its limit,
 * octets left over), and emits `tolerated`: a message must not be lost because of its form. Another
 * codec decides by its own options: `createCodec()` refuses such PDUs with an error status,
 * `createCodec({ tlvs, tolerate })` accepts them.
 *
 * Clients with the same `queue` share one order and one rate; each has its own window. `waitTimeout`,
 * `requestTimeout`, rate and throttling are then those of the queue.
 */
export interface ClientOptions<in out T extends VendorTlvs = NoVendorTlvs>
  extends Omit<SessionOptions<T>, "role" | "stats"> {
  /**
   * Address and bind in one line: `smpp://system_id:password@host:2775`, or `ssmpp://` for TLS. Only
   * the host is needed. The default port is 2775, with TLS 3550. An IPv6 address stands in brackets.
   * `/ ? # @ : %` in system_id and password are percent-encoded.
   *
   * Replaces `host`, `port` and `tls`: a TypeError when one of these is given too. `ssmpp://` checks the
   * certificate against the authorities of Node.js; for an own `ca`, or other options of TLS, give
   * `host`, `port`, `tls: { ca }` and `bind` instead of `url`.
   *
   * With a system_id or password the client binds after every connect, as transceiver unless `bind`
   * has another mode. Other fields of the bind stand in `bind`.
   */
  url?: string | undefined;
  /** Name or address of the SMSC, without scheme or port. Default `localhost`. */
  host?: string | undefined;
  /** TCP port, 1 to 65,535. Default 2775, with `tls` 3550 (the registered ports of smpp and ssmpp). */
  port?: number | undefined;
  /**
   * TLS: `true`, or the options of `tls.connect` (`ca`, `cert`, `key`, `servername`, ...). The
   * certificate and the name of the SMSC are checked unless `rejectUnauthorized` is false. `ca`, `cert`
   * and `key` are the contents of the files (PEM), not their paths. Default: no TLS.
   */
  tls?: boolean | ConnectionOptions | undefined;
  /**
   * A stream to use instead of a socket, or a function that makes one for each attempt to connect. When
   * the function returns undefined, the client connects to `host` and `port`.
   */
  stream?: StreamSource | undefined;
  /**
   * Milliseconds for one attempt to connect, TLS handshake included. 0: the limit of the system.
   * Default 10,000.
   */
  connectTimeout?: number | undefined;
  /**
   * Bind after every connect: `connect()` then resolves when bound. Without it, call
   * `bindTransceiver`, `bindTransmitter` or `bindReceiver` after `connect()`.
   */
  bind?: Bind | undefined;
  /**
   * Connect again after a connection was lost or could not be made. Default false. With `true` or an
   * object requests wait meanwhile (see `waitTimeout`, `maxWaiting`, `onLinkLoss`).
   */
  reconnect?: boolean | ReconnectOptions | undefined;
}

const bindCommands = {
  transmitter: "bind_transmitter",
  receiver: "bind_receiver",
  transceiver: "bind_transceiver",
} as const satisfies Record<BindMode, BindCommand>;

/** The command that binds in this mode. */
export function bindCommandOf(mode: BindMode): BindCommand {
  return bindCommands[mode];
}

/** A bind as a request. */
export function bindRequestOf<T extends VendorTlvs>({ mode, ...fields }: Bind): BindRequest<T> {
  // The three binds have the same fields; the compiler cannot see that for a mode not known yet.
  return { ...fields, command: bindCommandOf(mode) } as BindRequest<T>;
}
