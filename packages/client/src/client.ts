/** An ESME: connects, binds, sends every command, answers requests, and reconnects. */
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
  LinkError,
  mayIssueAfter,
  type RequestOptions,
  type ResponseOf,
  Stats,
} from "@esme/session";
import { type ClientSettings, checkCallbacks, clientSettingsOf } from "./client-settings.ts";
import { Connection } from "./connection.ts";
import {
  type ClientEvents,
  type ClientState,
  type ClientStats,
  type Emit,
  refuseUnknownEvents,
} from "./events.ts";
import { InboundQueue } from "./inbound-queue.ts";
import {
  type Bind,
  type BindFields,
  bindCommandOf,
  type ClientOptions,
  type CommandFields,
} from "./options.ts";

/** The promise of the response to a request. */
export type Response<C extends RequestName, T extends VendorTlvs = NoVendorTlvs> = Promise<
  ResponseOf<C, T>
>;

/**
 * An ESME. It connects over TCP, TLS or any stream, binds, sends every command, answers the requests of
 * the SMSC, and with `reconnect` connects again after the connection was lost.
 *
 * It extends EventEmitter because programs for Node.js expect that of a connection.
 */
export class Client<in out T extends VendorTlvs = NoVendorTlvs> extends EventEmitter<
  ClientEvents<T>
> {
  readonly #settings: ClientSettings<T>;
  readonly #connection: Connection<T>;
  /** Received requests for `listen()` and `readOnePdu()`; undefined before the first call. */
  #inbound: InboundQueue<Pdu<T>> | undefined = undefined;

  /**
   * Connects nothing yet: see {@link connect}.
   *
   * Throws TypeError for an unknown option or field of `bind`, with the nearest known name, and for a
   * wrong type; RangeError for a number out of its limits.
   */
  constructor(options: ClientOptions<T> = {}) {
    super();
    const stats = new Stats();
    const emit: Emit<T> = (event, ...args) =>
      emitTo(this, event, args, (err) => {
        logger.error({ err, event }, `a listener of the event ${event} failed: ${err.message}`);
        if (event !== "error") emit("error", err);
      });
    const settings = clientSettingsOf<T>(options, stats, (problem) => {
      stats.tolerated++;
      logger.warn({ err: problem }, `tolerated: ${problem.message}`);
      emit("tolerated", problem);
    });
    const { logger } = settings.session;
    this.#settings = settings;
    refuseUnknownEvents(this);
    this.#connection = new Connection<T>(settings, emit, () => this.#inbound?.close());
  }

  /** What the client does now: see {@link ClientState}. */
  get state(): ClientState {
    return this.#connection.state;
  }

  /**
   * The SMPP version of the SMSC: `sc_interface_version` of its last response to a bind (0x34 is
   * 3.4), or the option `peerVersion`. Undefined without a session, and when the response had none
   * (SMPP 3.4 section 5.3.2.25).
   */
  get peerVersion(): number | undefined {
    return this.#connection.session?.peerVersion;
  }

  /** State, window, queue, rate, latencies, and counts over all connections. */
  stats(): ClientStats {
    const { queue, stats, window } = this.#settings.session;
    const { session, connects, state } = this.#connection;
    const none = { inFlight: 0, inboundRunning: 0, inboundWaiting: 0 };
    return {
      ...(session?.stats() ?? { ...none, ...stats.counts() }),
      window,
      waiting: queue.size,
      rate: queue.rate,
      state,
      connects,
    };
  }

  /**
   * Replaces all callbacks, also those of the option `callbacks`: a command that is not named has no
   * callback any more. Takes effect with the next PDU, and stays after a reconnect. Throws TypeError for
   * a name that is no command, and for a value that is no function.
   */
  setCallbacks(callbacks: Callbacks<NoInfer<T>>): void {
    checkCallbacks(callbacks);
    this.#connection.setCallbacks(callbacks);
  }

  /**
   * Connects, and binds when the option `bind` is given.
   *
   * Without `reconnect` it rejects with LinkError `connect_failed` or `connect_timeout`, and with the
   * StatusError, TimeoutError or LinkError of the bind; the connection is closed then. With `reconnect`
   * it tries again until it succeeds, and emits each reason as `reconnecting`. `signal`, disconnect()
   * and unbind() end it with LinkError `closed`. A program that starts without its SMSC need not
   * await it: `client.connect().catch(...)`, then the event `bound`.
   *
   * With and without `reconnect` it rejects at once with an error that no other attempt would change:
   * PduError when a field of `bind` does not fit, LinkError `connect_failed` when the TLS options cannot
   * be loaded, `version` when the bind has TLVs and says SMPP 3.3. While connected it rejects with
   * LinkError `wrong_state`.
   *
   * The errors name host and port and say what to check; `cause` is the error of the system.
   */
  connect({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#connection.connect(signal);
  }

  /**
   * Binds for both directions, after {@link connect} (SMPP 3.4 section 4.1.5). `reconnect` repeats a
   * bind that succeeded.
   *
   * Resolves with the response; its `system_id` is the one of the SMSC. Rejects like {@link request},
   * with StatusError `ESME_RINVPASWD`, `ESME_RINVSYSID`, `ESME_RALYBND` and others when it is refused.
   */
  bindTransceiver(fields: BindFields, options?: RequestOptions): Response<"bind_transceiver", T> {
    return this.#bind({ ...fields, mode: "transceiver" }, options);
  }

  /** Binds to send (SMPP 3.4 section 4.1.1). Otherwise like {@link bindTransceiver}. */
  bindTransmitter(fields: BindFields, options?: RequestOptions): Response<"bind_transceiver", T> {
    return this.#bind({ ...fields, mode: "transmitter" }, options);
  }

  /** Binds to receive (SMPP 3.4 section 4.1.3). Otherwise like {@link bindTransceiver}. */
  bindReceiver(fields: BindFields, options?: RequestOptions): Response<"bind_transceiver", T> {
    return this.#bind({ ...fields, mode: "receiver" }, options);
  }

  /**
   * Submits a message of octets to one address (SMPP 3.4 section 4.4); `sendText` of
   * `@esme/client/text` sends texts. Waits for a place in the window, for the rate, and with `reconnect`
   * for the connection.
   *
   * Resolves with the response; receipts repeat its `message_id` (up to 64 characters). Rejects like
   * {@link request}.
   */
  submitSm(
    fields: CommandFields<"submit_sm", T>,
    options?: RequestOptions,
  ): Response<"submit_sm", T> {
    // Possible in JavaScript.
    if (typeof fields.short_message === "string") return Promise.reject(isText());
    return this.#ask("submit_sm", fields, options);
  }

  /**
   * Submits a message to up to 254 addresses or distribution lists (SMPP 3.4 section 4.5). The response
   * lists refused addresses in `unsuccess_sme`. Rejects like {@link request}.
   */
  submitMulti(
    fields: CommandFields<"submit_multi", T>,
    options?: RequestOptions,
  ): Response<"submit_multi", T> {
    return this.#ask("submit_multi", fields, options);
  }

  /** Sends data of an interactive application (SMPP 3.4 section 4.7). Rejects like {@link request}. */
  dataSm(fields: CommandFields<"data_sm", T>, options?: RequestOptions): Response<"data_sm", T> {
    return this.#ask("data_sm", fields, options);
  }

  /** Queries the `message_state` of a message (SMPP 3.4 section 4.8). Rejects like {@link request}. */
  querySm(fields: CommandFields<"query_sm", T>, options?: RequestOptions): Response<"query_sm", T> {
    return this.#ask("query_sm", fields, options);
  }

  /**
   * Cancels one message that is not delivered yet, or all of one address (SMPP 3.4 section 4.9). Rejects
   * like {@link request}.
   */
  cancelSm(
    fields: CommandFields<"cancel_sm", T>,
    options?: RequestOptions,
  ): Response<"cancel_sm", T> {
    return this.#ask("cancel_sm", fields, options);
  }

  /**
   * Replaces the text of a message that is not delivered yet (SMPP 3.4 section 4.10). Rejects like
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

  /** Queries the state of a broadcast (SMPP 5.0 section 4.6.1). Rejects like {@link request}. */
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
   * Asks whether the SMSC still answers (SMPP 3.4 section 4.11), in any state of a connection. The
   * option `enquireLinkInterval` does it regularly. Rejects like {@link request}.
   */
  enquireLink(options?: RequestOptions): Response<"enquire_link", T> {
    return this.#ask("enquire_link", {}, options);
  }

  /**
   * Reports to the SMSC a PDU that was not understood (SMPP 3.4 section 4.3); it has no response. Throws
   * LinkError `closed` without a connection, PduError for numbers that do not fit.
   */
  genericNack(fields: { command_status: number; sequence_number: number }): void {
    const { session } = this.#connection;
    if (session === undefined) throw notConnected("generic_nack");
    session.send({ ...fields, command: "generic_nack" } as PduInputOf<"generic_nack", T>);
  }

  /**
   * Sends any request and waits for its response.
   *
   * Rejects with exactly one of: StatusError (refused), TimeoutError (not answered, or not sent in
   * time), LinkError (the connection was lost, `written` says whether the request was written; or the
   * state forbids the command), AbortError (`options.signal`), PduError (a field does not fit, nothing
   * was sent), TypeError or RangeError (a bad option).
   */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<ResponseOf<C, T>> {
    const { session } = this.#connection;
    if (session?.isBound) return session.request<C>(pdu, options);
    const { bindCommand, reconnects } = this.#connection;
    const waits = reconnects && bindCommand !== undefined;
    if (waits && mayIssueAfter(bindCommand, pdu.command))
      return this.#settings.session.queue.request<C>(pdu, options);
    if (session === undefined) return Promise.reject(notConnected(pdu.command));
    return session.request<C>(pdu, options);
  }

  /**
   * An async iterator over received requests: `for await (const pdu of client.listen())`. enquire_link
   * and unbind are not among them.
   *
   * From this call on requests wait in a queue. A request is answered when the loop takes it (with the
   * result of its callback, or ESME_ROK): a slow loop slows the SMSC down. With several iterators each
   * PDU goes to one of them, to the one that has waited longest.
   *
   * The iterator ends after unbind and disconnect, and when the connection is lost; with `reconnect` it
   * continues over all connections. Leaving the loop ends it too: requests in the queue and later ones
   * are then answered by their callback, without one with ESME_RX_T_APPN, so that the SMSC keeps them.
   */
  listen(): AsyncGenerator<Pdu<T>, void, undefined> {
    const inbound = this.#inbound;
    return (inbound === undefined || inbound.isClosed ? this.#openInbound() : inbound).iterate();
  }

  /**
   * The next received request: see {@link listen}. Later requests wait for the next call. Undefined
   * after the end of the connection, until connect() is called again.
   */
  readOnePdu(): Promise<Pdu<T> | undefined> {
    const inbound = this.#inbound;
    const isNew = inbound === undefined || (inbound.isClosed && this.#connection.isOpen);
    return (isNew ? this.#openInbound() : inbound).next();
  }

  /**
   * Shuts the session down: takes no new requests, waits up to `unbindTimeout` for the requests in the
   * queue and in flight and for running callbacks, exchanges unbind (SMPP 3.4 section 4.2), and closes the
   * connection. Resolves when it is closed; never rejects.
   */
  unbind(): Promise<void> {
    if (!this.#connection.isOpen) this.#inbound?.close();
    return this.#connection.unbind();
  }

  /**
   * Closes the connection now. Unfinished requests reject with LinkError `closed`. Resolves when it is
   * closed; never rejects.
   */
  disconnect(): Promise<void> {
    if (!this.#connection.isOpen) this.#inbound?.close();
    return this.#connection.disconnect();
  }

  /** {@link unbind}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unbind();
  }

  #bind(bind: Bind, options: RequestOptions | undefined): Response<"bind_transceiver", T> {
    const { session } = this.#connection;
    if (session === undefined) return Promise.reject(notConnected(bindCommandOf(bind.mode)));
    return this.#connection.bind(session, bind, options);
  }

  /** `fields` are those of the command: the public methods have the types. */
  #ask<C extends RequestName>(
    command: C,
    fields: object,
    options: RequestOptions | undefined,
  ): Response<C, T> {
    // The command stands first on purpose: V8 copies `{ command, ...fields }` into an object with a
    // shape (0.1 us), `{ ...fields, command }` into a dictionary that takes encode 3.2 us to read.
    // CommandFields removed the command. The compiler cannot see that adding it gives a request.
    return this.request<C>({ command, ...fields } as { command: C } & PduInputOf<C, T>, options);
  }

  /** From now on received requests wait for readers. */
  #openInbound(): InboundQueue<Pdu<T>> {
    const inbound = new InboundQueue<Pdu<T>>(() => this.#connection.setReader(undefined));
    this.#inbound = inbound;
    // The codec of the client made the PDU.
    this.#connection.setReader((pdu) => inbound.push(pdu as Pdu as Pdu<T>));
    return inbound;
  }
}

/** Why a PDU with this command was not sent. */
function notConnected(command: string): LinkError {
  return new LinkError("closed", `${command} was not sent: the client is not connected`);
}

function isText(): PduError {
  const what = `submit_sm: short_message is a string, expected a Uint8Array; send texts with sendText of @esme/client/text, or give octets: Buffer.from(text, "latin1")`;
  return new PduError("wrong_type", what, { field: "short_message" });
}
