/** An ESME: connects, binds, sends every command, stays connected. */
import { EventEmitter } from "node:events";
import {
  type NoVendorTlvs,
  type Pdu,
  PduError,
  type PduInputOf,
  type RequestName,
  type VendorTlvs,
} from "@esme/pdu";
import {
  type Callbacks,
  emitTo,
  mayIssueAfter,
  type RequestOptions,
  type ResponseOf,
  silentLogger,
} from "@esme/session";
import { checkClientOptions } from "./check-options.ts";
import { locationOf } from "./connect/url.ts";
import {
  type ClientEvents,
  type ClientState,
  type ClientStats,
  refuseUnknownEvents,
  type Tell,
} from "./events.ts";
import { Intake } from "./intake.ts";
import { Link, notConnected } from "./link.ts";
import type { BindFields, ClientOptions, CommandFields } from "./options.ts";

/** The promise of the response to a request. */
export type Response<C extends RequestName, T extends VendorTlvs = NoVendorTlvs> = Promise<
  ResponseOf<C, T>
>;

/**
 * An ESME. Connects over TCP, TLS or any stream, binds, sends every command, answers what comes,
 * and with `reconnect` comes back when the link is lost.
 *
 * It extends EventEmitter because that is what listeners of connections expect in Node.js.
 */
export class Client<in out T extends VendorTlvs = NoVendorTlvs> extends EventEmitter<
  ClientEvents<T>
> {
  readonly #link: Link<T>;
  /** Where requests wait for readers; stays when it is over, until the next one begins. */
  #intake: Intake<Pdu<T>> | undefined = undefined;

  /**
   * Nothing is connected yet: see {@link connect}.
   *
   * Throws TypeError for an unknown option, a wrong type, or a field of `bind` that there is not, with
   * the nearest known name; RangeError for a number out of its limits.
   */
  constructor(options: ClientOptions<T> = {}) {
    super();
    checkClientOptions(options);
    refuseUnknownEvents(this);
    const logger = options.logger ?? silentLogger;
    const tell: Tell<T> = (event, ...args) =>
      emitTo(this, event, args, (err) => {
        logger.error({ err, event }, `a listener of the event ${event} failed: ${err.message}`);
        if (event !== "error") tell("error", err);
      });
    this.#link = new Link<T>({ ...options, ...locationOf(options) }, tell, () =>
      this.#intake?.end(),
    );
  }

  /**
   * `CLOSED`: not connected, and nothing is coming. `CONNECTING`, `RECONNECTING` (waits before the next
   * attempt). `OPEN`: connected, not bound. `BOUND_TX`, `BOUND_RX`, `BOUND_TRX`. `UNBOUND`: about to
   * close.
   */
  get state(): ClientState {
    return this.#link.state;
  }

  /**
   * The SMPP version of the SMSC: `sc_interface_version` of its last response to a bind (0x34 is
   * 3.4), or the option `peerVersion`. Undefined while there is no session, and when it did not say.
   */
  get peerVersion(): number | undefined {
    return this.#link.session?.peerVersion;
  }

  /** State, window, queue, rate, latencies, and counts over all connections. */
  stats(): ClientStats {
    return this.#link.stats();
  }

  /**
   * Replaces all callbacks, those of the option `callbacks` too; what is not named is not called any
   * more. From the next PDU on, now and after a reconnect. Throws TypeError for a name that is no
   * command's, and for no function.
   */
  setCallbacks(callbacks: Callbacks<NoInfer<T>>): void {
    this.#link.setCallbacks(callbacks);
  }

  /**
   * Connects, and binds when the option `bind` is given.
   *
   * Without `reconnect` it rejects with LinkError `connect_failed` or `connect_timeout`, and when
   * the bind fails with its StatusError, TimeoutError or LinkError; nothing stays open then. With
   * `reconnect` it keeps trying, telling each reason with `reconnecting`, until it succeeds or
   * `signal`, disconnect() or unbind() ends it with LinkError `closed`. A program that is to run
   * without its SMSC need not await it: `client.connect().catch(...)`, then `bound`.
   *
   * With or without `reconnect` it rejects at once for what can never work: PduError when a field of
   * `bind` does not fit, LinkError `connect_failed` when the TLS options cannot be loaded, `version`
   * when the bind has TLVs and says SMPP 3.3. While connected it rejects with `wrong_state`.
   *
   * The errors name host and port and say what to check; `cause` is the system's error.
   */
  connect({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#link.connect(signal);
  }

  /**
   * Binds for both directions, on a connection that is there (SMPP 3.4 section 4.1.5). With
   * `reconnect`, the same bind is made after every later connect.
   *
   * Resolves with the response; `system_id` is the SMSC's. Rejects like {@link request}, with
   * StatusError `ESME_RINVPASWD`, `ESME_RINVSYSID`, `ESME_RALYBND` and others when it is refused.
   */
  bindTransceiver(fields: BindFields, options?: RequestOptions): Response<"bind_transceiver", T> {
    return this.#link.bind({ ...fields, mode: "transceiver" }, options);
  }

  /** Binds to send (SMPP 3.4 section 4.1.1); else as {@link bindTransceiver}. */
  bindTransmitter(fields: BindFields, options?: RequestOptions): Response<"bind_transceiver", T> {
    return this.#link.bind({ ...fields, mode: "transmitter" }, options);
  }

  /** Binds to receive (SMPP 3.4 section 4.1.3); else as {@link bindTransceiver}. */
  bindReceiver(fields: BindFields, options?: RequestOptions): Response<"bind_transceiver", T> {
    return this.#link.bind({ ...fields, mode: "receiver" }, options);
  }

  /**
   * Submits a message of octets to one address (SMPP 3.4 section 4.4); `sendText` of
   * `@esme/client/text` sends texts. Waits for a place in the window, the rate, and with `reconnect`
   * for the link.
   *
   * Resolves with the response; its `message_id` (up to 64 characters) is named by receipts. Rejects
   * like {@link request}.
   */
  submitSm(
    fields: CommandFields<"submit_sm", T>,
    options?: RequestOptions,
  ): Response<"submit_sm", T> {
    // JavaScript may give a text.
    if (typeof fields.short_message === "string") return Promise.reject(isText());
    return this.#ask("submit_sm", fields, options);
  }

  /**
   * Submits a message to up to 254 addresses or lists (section 4.5). A success may be one in part:
   * `unsuccess_sme` has those that were refused. Rejects like {@link request}.
   */
  submitMulti(
    fields: CommandFields<"submit_multi", T>,
    options?: RequestOptions,
  ): Response<"submit_multi", T> {
    return this.#ask("submit_multi", fields, options);
  }

  /** Transfers data, as interactive applications do (section 4.7). Rejects like {@link request}. */
  dataSm(fields: CommandFields<"data_sm", T>, options?: RequestOptions): Response<"data_sm", T> {
    return this.#ask("data_sm", fields, options);
  }

  /** Asks for the `message_state` of a message (section 4.8). Rejects like {@link request}. */
  querySm(fields: CommandFields<"query_sm", T>, options?: RequestOptions): Response<"query_sm", T> {
    return this.#ask("query_sm", fields, options);
  }

  /**
   * Cancels one message, or all to one address, that are not delivered yet (section 4.9). Rejects like
   * {@link request}.
   */
  cancelSm(
    fields: CommandFields<"cancel_sm", T>,
    options?: RequestOptions,
  ): Response<"cancel_sm", T> {
    return this.#ask("cancel_sm", fields, options);
  }

  /**
   * Replaces the text of a message that is not delivered yet (section 4.10). Rejects like
   * {@link request}.
   */
  replaceSm(
    fields: CommandFields<"replace_sm", T>,
    options?: RequestOptions,
  ): Response<"replace_sm", T> {
    return this.#ask("replace_sm", fields, options);
  }

  /** Submits a cell broadcast (SMPP 5.0 section 4.4.1). Rejects like {@link request}. */
  broadcastSm(
    fields: CommandFields<"broadcast_sm", T>,
    options?: RequestOptions,
  ): Response<"broadcast_sm", T> {
    return this.#ask("broadcast_sm", fields, options);
  }

  /** Asks for the state of a broadcast (SMPP 5.0 section 4.6.1). Rejects like {@link request}. */
  queryBroadcastSm(
    fields: CommandFields<"query_broadcast_sm", T>,
    options?: RequestOptions,
  ): Response<"query_broadcast_sm", T> {
    return this.#ask("query_broadcast_sm", fields, options);
  }

  /** Cancels a broadcast (SMPP 5.0 section 4.6.3). Rejects like {@link request}. */
  cancelBroadcastSm(
    fields: CommandFields<"cancel_broadcast_sm", T>,
    options?: RequestOptions,
  ): Response<"cancel_broadcast_sm", T> {
    return this.#ask("cancel_broadcast_sm", fields, options);
  }

  /**
   * Asks for a sign of life (section 4.11), in any state of a connection; the keep-alive does it by
   * itself. Rejects like {@link request}.
   */
  enquireLink(options?: RequestOptions): Response<"enquire_link", T> {
    return this.#ask("enquire_link", {}, options);
  }

  /**
   * Tells the SMSC that a PDU was not understood (section 4.3). Nothing answers it. Throws LinkError
   * `closed` without a connection, PduError for numbers that do not fit.
   */
  genericNack(fields: { command_status: number; sequence_number: number }): void {
    const { session } = this.#link;
    if (session === undefined) throw notConnected("generic_nack");
    session.send({ ...fields, command: "generic_nack" } as PduInputOf<"generic_nack", T>);
  }

  /**
   * Sends any request and waits for its response.
   *
   * Rejects with exactly one of: StatusError (refused), TimeoutError (not answered, or not sent in
   * time), LinkError (`written` tells whether it was on the wire; or the state forbids the command),
   * AbortError (`options.signal`), PduError (a field does not fit, nothing was sent), TypeError or
   * RangeError (an option there is not, or of another type).
   */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<ResponseOf<C, T>> {
    const link = this.#link;
    const { session } = link;
    if (session !== undefined && session.isBound) return session.request<C>(pdu, options);
    const { bindCommand } = link;
    const waits = link.reconnects && bindCommand !== undefined;
    if (waits && mayIssueAfter(bindCommand, pdu.command))
      return link.queue.request<C>(pdu, options);
    if (session === undefined) return Promise.reject(notConnected(pdu.command));
    return session.request<C>(pdu, options);
  }

  /**
   * Received requests, one by one, for those who would rather pull: `for await (const pdu of ...)`.
   *
   * From this call on they are kept until taken, and taking one sends its answer (that of its
   * callback, or ESME_ROK): a slow loop slows the SMSC down. Each call gives an iterator of its own,
   * for the connection there is or the next one; with several each PDU goes to one of them, to the
   * one that has waited longest. It ends after unbind and disconnect, and when the link is lost; with
   * `reconnect` it goes on over all connections. Leaving the loop ends it, too: what was kept, and what comes then, is
   * answered by its callback, without one with ESME_RX_T_APPN, so that the SMSC keeps it.
   * enquire_link and unbind are not shown.
   */
  listen(): AsyncGenerator<Pdu<T>, void, undefined> {
    const intake = this.#intake;
    return (intake === undefined || intake.isOver ? this.#read() : intake).iterate();
  }

  /**
   * The next received request: see {@link listen}. Those behind it are kept for the next call, up to
   * the end of the connection; undefined after that, until connect() is called again.
   */
  readOnePdu(): Promise<Pdu<T> | undefined> {
    const intake = this.#intake;
    const isNew = intake === undefined || (intake.isOver && this.#link.isAlive);
    return (isNew ? this.#read() : intake).takeOne();
  }

  /**
   * Ends the session in the agreed way: takes no new requests, waits up to `unbindTimeout` for those
   * waiting and in flight and for running callbacks, exchanges unbind, and closes. Never rejects.
   */
  unbind(): Promise<void> {
    if (!this.#link.isAlive) this.#intake?.end();
    return this.#link.unbind();
  }

  /**
   * Closes the connection now; unfinished requests end with LinkError `closed`. Resolves when it is
   * closed; never rejects.
   */
  disconnect(): Promise<void> {
    if (!this.#link.isAlive) this.#intake?.end();
    return this.#link.disconnect();
  }

  /** The end of `await using`: {@link unbind}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unbind();
  }

  /** `fields` are those of the command, as the public methods say. */
  #ask<C extends RequestName>(
    command: C,
    fields: object,
    options: RequestOptions | undefined,
  ): Response<C, T> {
    // The command stands first on purpose: V8 copies `{ command, ...fields }` into an object with a
    // shape (0.1 us), `{ ...fields, command }` into a dictionary that takes encode 3.2 us to read.
    // CommandFields took the command out; that putting it back gives a request, no type can say.
    return this.request<C>({ command, ...fields } as { command: C } & PduInputOf<C, T>, options);
  }

  /** From now on requests are kept for readers. */
  #read(): Intake<Pdu<T>> {
    const intake = new Intake<Pdu<T>>(() => this.#link.setReader(undefined));
    this.#intake = intake;
    // The codec of the client made the PDU.
    this.#link.setReader((pdu) => intake.offer(pdu as Pdu as Pdu<T>));
    return intake;
  }
}

function isText(): PduError {
  const what = `submit_sm: short_message is of type string, expected a Uint8Array; send texts with sendText of @esme/client/text, or give octets: Buffer.from(text, "latin1")`;
  return new PduError("wrong_type", what, { field: "short_message" });
}
