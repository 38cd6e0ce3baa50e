/** What a client can be told, and what it assumes otherwise. */
import type { ConnectionOptions } from "node:tls";
import type { NoVendorTlvs, PduInputOf, RequestName, VendorTlvs } from "@esme/pdu";
import type { BindCommand, SessionOptions } from "@esme/session";
import type { ReconnectOptions } from "./back-off.ts";
import type { StreamSource } from "./connect/dial.ts";

/** Which way messages flow: to the SMSC, from it, or both. */
export type BindMode = "transmitter" | "receiver" | "transceiver";

/**
 * The fields of a request, without its command.
 *
 * Without vendor TLVs it is one and the same type wherever it is written; the compiler gives up
 * comparing the fields of a PDU under two names of the same TLVs (TS2590).
 */
export type CommandFields<
  C extends RequestName,
  T extends VendorTlvs = NoVendorTlvs,
> = NoVendorTlvs extends T ? Omit<PduInputOf<C>, "command"> : Omit<PduInputOf<C, T>, "command">;

/** The fields of a bind: `system_id`, `password`, `system_type`, `interface_version`, ... */
export type BindFields = CommandFields<"bind_transceiver">;

/** A bind that the client makes by itself, after every connect. */
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
 * The default `codec` takes what it can read though it breaks a rule (a field over its limit, octets
 * left over), and tells with the event `tolerated`: a message must not be lost for a form. A codec of
 * one's own is as strict as it was made: `createCodec()` refuses such PDUs, with an error status, and
 * `createCodec({ tlvs, tolerate })` takes them.
 *
 * A `queue` given here is shared with the other clients that have it: one queue, one order, one rate
 * for all, a window each. `waitTimeout`, `requestTimeout`, rate and throttling are the queue's then.
 */
export interface ClientOptions<in out T extends VendorTlvs = NoVendorTlvs>
  extends Omit<SessionOptions<T>, "role" | "stats"> {
  /**
   * Where the SMSC is and as whom to bind, in one line: `smpp://system_id:password@host:2775`, with
   * `ssmpp://` for TLS. Instead of `host`, `port` and `tls`; an IPv6 address stands in brackets; the port
   * is 2775 or, with TLS, 3550 where it is absent. Only the host is needed. What may end a part of a URL
   * (`/ ? # @ : %`) is percent-encoded in system_id and password.
   *
   * With a system_id or password the client binds after every connect, as transceiver unless `bind`
   * has another mode; the other fields of the bind stand there.
   */
  url?: string | undefined;
  /** Name or address of the SMSC, without scheme or port. Default `localhost`. */
  host?: string | undefined;
  /** TCP port, 1 to 65,535. Default 2775, with `tls` 3550 (those registered for smpp and secure smpp). */
  port?: number | undefined;
  /**
   * TLS: `true`, or the options of `tls.connect` (`ca`, `cert`, `key`, `servername`, ...). The
   * SMSC's certificate and name are checked unless `rejectUnauthorized: false` says otherwise. `ca`,
   * `cert` and `key` are what is in the files (PEM), not their paths. Default: no TLS.
   */
  tls?: boolean | ConnectionOptions | undefined;
  /**
   * A ready stream to use instead, or what makes one for every attempt to connect; when that gives
   * undefined, `host` and `port` are dialled.
   */
  stream?: StreamSource | undefined;
  /** Milliseconds for the connection, TLS handshake included; 0 as long as the system waits. Default 10,000. */
  connectTimeout?: number | undefined;
  /**
   * Bind by itself after every connect: then `connect()` resolves when bound. Without it, call
   * `bindTransceiver`, `bindTransmitter` or `bindReceiver` after `connect()`.
   */
  bind?: Bind | undefined;
  /**
   * Come back after the link was lost. Default false. With `true` or an object `connect()` keeps
   * trying, and requests made meanwhile wait (see `waitTimeout`, `maxWaiting`, `onLinkLoss`).
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
