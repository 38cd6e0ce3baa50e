/** One SMPP session over any duplex stream, for either side of it. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import {
  type Codec,
  type CommandName,
  commands,
  decode,
  encode,
  isResponse,
  type NoVendorTlvs,
  type Pdu,
  type PduInput,
  type PduInputOf,
  type RequestName,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import type { Sequencer } from "@esme/sequencers";
import { type Callbacks, CallbackTable } from "./callbacks.ts";
import { asError, LinkError } from "./errors.ts";
import { ownFrame } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { InboundRequests, type Reader } from "./inbound-requests.ts";
import { isKeepAlive, KeepAlive } from "./keep-alive.ts";
import { Lifecycle, type Role, type SessionState, stateBoundBy } from "./lifecycle.ts";
import {
  type RequestOptions,
  type RequestQueueOptions,
  requestQueueOptionsOf,
  type SessionValues,
  type Settings,
  settingsOf,
} from "./options.ts";
import { OutboundRequests } from "./outbound-requests.ts";
import { PduReader } from "./pdu-reader.ts";
import { ownNumberOf, type ResponseOf } from "./pending-request.ts";
import { type Logger, Reporter, type SessionEvents, silentLogger } from "./reporter.ts";
import { limitedCodec, RequestQueue } from "./request-queue.ts";
import { sequenceFrom } from "./sequence-numbers.ts";
import { Shutdown } from "./shutdown.ts";
import { type SessionStats, Stats } from "./stats.ts";
import { type Timer, Timers } from "./timers.ts";

/** Options of a {@link Session}. Times are milliseconds, 0 switches a timer off. */
export interface SessionOptions<in out T extends VendorTlvs = NoVendorTlvs>
  extends RequestQueueOptions<T>,
    SessionValues {
  /** Which end of the link this side is. */
  role: Role;
  /** Source of the sequence numbers of requests. Default: in memory, from `firstSequenceNumber`. */
  sequencer?: Sequencer | undefined;
  /** Functions that get the PDUs of both sides and answer the requests of the peer. */
  callbacks?: Callbacks<NoInfer<T>> | undefined;
  /** Gets what the session does and what it survives. Default: no logger. */
  logger?: Logger | undefined;
  /**
   * A queue that outlives this session, and that several sessions may take from: waiting requests
   * stay in it when a session ends. It has its own codec, times and rates; those of the session do
   * not count for requests then.
   */
  queue?: RequestQueue<NoInfer<T>> | undefined;
  /**
   * Asked before each write: false ends the session at once with LinkError `fenced`, and no octet is
   * written. For whoever may lose the right to a session, and must not use it after that, even if the
   * process was frozen meanwhile. A throw counts as false.
   */
  mayWrite?: (() => boolean) | undefined;
  /** Counters that outlive this session. */
  stats?: Stats | undefined;
}

/**
 * One SMPP session, in the role of an ESME or of an SMSC, over anything that carries octets.
 *
 * Requests beyond the window wait in order; every request is settled exactly once. What the peer
 * sends wrong is answered and reported, never thrown. The stream belongs to the session from now on.
 *
 * It extends EventEmitter because that is what listeners of connections expect in Node.js.
 */
export class Session<in out T extends VendorTlvs = NoVendorTlvs> extends EventEmitter<
  SessionEvents<T>
> {
  readonly #settings: Settings;
  readonly #codec: Codec;
  readonly #logger: Logger;
  readonly #stats: Stats;
  readonly #reporter: Reporter;
  readonly #lifecycle: Lifecycle;
  readonly #queue: RequestQueue<T>;
  readonly #callbacks: CallbackTable;
  readonly #timers: Timers;
  readonly #keepAlive: KeepAlive;
  readonly #bindTimer: Timer;
  readonly #keepAliveTimer: Timer;
  readonly #writer: FrameWriter;
  readonly #outbound: OutboundRequests;
  readonly #inbound: InboundRequests;
  readonly #shutdown: Shutdown;
  readonly #reader: PduReader;
  #bindsRefused = 0;

  /** Throws TypeError for an unknown option or a wrong type, RangeError for a number out of range. */
  constructor(stream: Duplex, options: SessionOptions<T>) {
    super();
    const settings = settingsOf(options);
    const {
      role,
      name = "",
      logPdus = "none",
      logger = silentLogger,
      stats = new Stats(),
    } = options;
    const reporter = new Reporter({ emitter: this, name, stats, logger, logPdus });
    const lifecycle = new Lifecycle(role, options.peerVersion);
    const callbacks = new CallbackTable(reporter.error);
    if (options.callbacks !== undefined) callbacks.set(options.callbacks);
    const now = performance.now();
    const keepAlive = new KeepAlive(
      {
        interval: settings.enquireLinkInterval,
        always: settings.enquireLinkAlways,
        timeout: settings.enquireLinkTimeout,
        inactivity: settings.inactivityTimeout,
      },
      now,
    );
    const afterWork = this.#afterWork;
    const timers = new Timers(afterWork);
    // Inside, vendor TLVs are keys like any other: their types matter only in the public methods.
    const anyLengthCodec = (options.codec ?? { encode, decode }) as Codec;
    const codec = limitedCodec(anyLengthCodec, settings.maxOutboundPduLength);
    const queue = options.queue ?? new RequestQueue(requestQueueOptionsOf(options));
    const sequencer = options.sequencer ?? sequenceFrom(options.firstSequenceNumber);
    // From here on the stream has listeners: what throws for an option stands above.
    const writer = new FrameWriter(stream, {
      onFrame: this.#onFrame,
      onTurn: this.#onTurn,
      mayWrite: options.mayWrite && harmless(options.mayWrite, reporter),
      onForbidden: this.#onForbidden,
    });
    const parts = {
      stream,
      settings,
      stats,
      logger,
      reporter,
      lifecycle,
      callbacks,
      keepAlive,
      timers,
      codec,
      queue,
      writer,
      afterWork,
    };
    this.#settings = settings;
    this.#codec = codec;
    this.#logger = logger;
    this.#stats = stats;
    this.#reporter = reporter;
    this.#lifecycle = lifecycle;
    this.#queue = queue;
    this.#callbacks = callbacks;
    this.#timers = timers;
    this.#keepAlive = keepAlive;
    this.#writer = writer;
    this.#bindTimer = timers.create("real", () => {
      const what = `no bind within ${settings.bindTimeout} ms`;
      void this.#shutdown.end(new LinkError("inactive", what), "flush");
    });
    this.#outbound = new OutboundRequests({
      ...parts,
      sequencer,
      ownsQueue: options.queue === undefined,
      resend: options.queue !== undefined && options.onLinkLoss === "resend",
      onSuccess: (command, response) => this.#onSuccess(command, response, "us"),
    });
    this.#inbound = new InboundRequests({
      ...parts,
      onAnswered: (pdu, response) => this.#onAnswered(pdu, response),
    });
    const withRequests = { ...parts, outbound: this.#outbound, inbound: this.#inbound };
    this.#shutdown = new Shutdown(withRequests);
    this.#reader = new PduReader({
      ...withRequests,
      codec: anyLengthCodec,
      shutdown: this.#shutdown,
    });
    this.#keepAliveTimer = timers.create("peer", (time) => this.#checkKeepAlive(time));
    if (role === "smsc") this.#bindTimer.start(settings.bindTimeout, now);
    this.#outbound.attach();
    this.#shutdown.endIfOver();
  }

  /** Which end of the link this side is. */
  get role(): Role {
    return this.#lifecycle.role;
  }

  get state(): SessionState {
    return this.#lifecycle.state;
  }

  /** Whether messages can flow: the state is BOUND_TX, BOUND_RX or BOUND_TRX. */
  get isBound(): boolean {
    return this.#lifecycle.isBound;
  }

  /**
   * The SMPP version of the peer: `interface_version` of its bind, `sc_interface_version` of its
   * response (0x34 is 3.4), or the option `peerVersion`. Undefined before, and when it states none.
   */
  get peerVersion(): number | undefined {
    return this.#lifecycle.peerVersion;
  }

  /** Replaces all callbacks: see {@link Callbacks}. */
  setCallbacks(callbacks: Callbacks<NoInfer<T>>): void {
    this.#callbacks.set(callbacks);
  }

  /**
   * Hands every received request, except enquire_link and unbind, to one reader, after its callback
   * was called; the answer waits for the promise that the reader returns. Undefined removes it.
   */
  setReader(reader: Reader | undefined): void {
    this.#inbound.setReader(reader);
  }

  /**
   * Sends a request and waits for its response.
   *
   * Rejects with exactly one of: StatusError (refused), TimeoutError (not answered, or not sent in
   * time), LinkError (the link is gone, or the state or the version forbids it), AbortError (the
   * caller's signal), PduError (a field does not fit or the PDU is too long, nothing was sent),
   * RangeError (an invalid `timeout`). A success with a damaged body resolves with the fields that
   * could be read, see {@link ResponseOf}.
   */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<ResponseOf<C, T>> {
    const response = new Promise<Pdu>((resolve, reject) => {
      this.#lifecycle.checkSending(pdu.command);
      if (!urgent.has(pdu.command)) this.#queue.enter(pdu, options, { resolve, reject });
      else this.#outbound.ask(pdu, options).then(resolve, reject);
    });
    // A promise resolves only with a response to its command.
    return response as Promise<ResponseOf<C, T>>;
  }

  /**
   * Sends a PDU that has no response: outbind, alert_notification, generic_nack, or a response that
   * the caller makes. A request among them without a number gets one from the sequencer. Throws
   * LinkError when the state or the version forbids it, PduError when a field does not fit or the
   * PDU is too long.
   */
  send(pdu: PduInput<T>): void {
    this.#lifecycle.checkSending(pdu.command);
    // The codec of this session knows its vendor TLVs.
    const plain = pdu as PduInput;
    const number = ownNumberOf(plain);
    const frame = this.#codec.encode(plain, number ?? 0);
    const refusal = this.#lifecycle.refusalOfSending(pdu.command, frame);
    if (refusal !== undefined) throw refusal;
    if (number === undefined && isRequest(plain)) {
      this.#outbound.sendUnanswered(plain.command, frame);
      return;
    }
    this.#writer.add(this.#lifecycle.frameForPeer(frame), pdu.command);
    this.#writer.schedule();
  }

  /**
   * Ends the session in the agreed way: takes no new requests, waits up to `unbindTimeout` for
   * requests that wait or are in flight and for running callbacks, exchanges unbind, and closes.
   * Resolves when the connection is closed; never rejects.
   */
  unbind(): Promise<void> {
    return this.#shutdown.unbind();
  }

  /** Closes the connection now. Everything unfinished rejects with LinkError `closed`. */
  close(): Promise<void> {
    const reason = new LinkError("closed", "the session was closed on this side");
    return this.#shutdown.end(reason, "flush");
  }

  /** A snapshot of state, window, queue and counts. */
  stats(): SessionStats {
    return {
      state: this.state,
      window: this.#settings.window,
      inFlight: this.#outbound.inFlight,
      waiting: this.#queue.size,
      inboundRunning: this.#inbound.running,
      inboundWaiting: this.#inbound.waiting,
      rate: this.#queue.rate,
      ...this.#stats.counts(),
    };
  }

  /** It is time to write. */
  readonly #onTurn = (): void => {
    this.#outbound.fill();
    this.#writer.flush();
    this.#reader.updateReading();
  };

  readonly #onForbidden = (): void => {
    const what = "this side may not write to the session any more (mayWrite)";
    void this.#shutdown.end(new LinkError("fenced", what), "drop");
  };

  /** A frame is about to be written. */
  readonly #onFrame = (frame: Uint8Array, command: string): void => {
    this.#reporter.pdu("out", command, frame);
    if (this.#settings.inactivityTimeout > 0 && !isKeepAlive(command)) {
      this.#keepAlive.onActivity(this.#timers.peerTime.at(performance.now()));
    }
    if (this.#writer.congested) this.#reader.updateReading();
    if (this.#callbacks.wants(command)) this.#showOwn(frame);
  };

  /** Shows the callbacks a frame of this side; a codec of the user's own may not read it. */
  #showOwn(frame: Uint8Array): void {
    let pdu: Pdu;
    try {
      pdu = this.#codec.decode(ownFrame(frame));
    } catch (error) {
      this.#reporter.error(asError(error));
      return;
    }
    this.#callbacks.show(pdu, "out");
  }

  /** Something is done: there may be room in the window, room to read, or nothing left to wait for. */
  readonly #afterWork = (): void => {
    if (this.#queue.size > 0) this.#writer.schedule();
    this.#reader.updateReading();
    if (this.#lifecycle.isEnding) this.#shutdown.onWorkDone();
  };

  /** A request of the peer was answered. */
  #onAnswered(pdu: Pdu, response: PduInput): void {
    if (pdu.command === "unknown") return;
    const isBind = stateBoundBy(pdu.command) !== undefined;
    if (response.command_status === Status.ESME_ROK) {
      // From here on the version of this side counts: the response itself had to state it.
      if (isBind) this.#lifecycle.noteVersion(response);
      this.#onSuccess(pdu.command, pdu, "peer");
    } else if (isBind && this.state === "OPEN") {
      // So many in a row: the peer tries passwords.
      this.#bindsRefused++;
      if (this.#bindsRefused < this.#settings.maxRefusedBinds) return;
      const what = `${this.#bindsRefused} binds of the peer were refused (maxRefusedBinds)`;
      void this.#shutdown.end(new LinkError("binds_refused", what), "linger");
    }
  }

  /** A request of this side (`us`) or of the peer succeeded: a bind or an unbind changes the state. */
  #onSuccess(command: CommandName, pdu: Pdu, by: "us" | "peer"): void {
    if (command === "unbind") this.#shutdown.unbound(by);
    const state = stateBoundBy(command);
    if (state === undefined || !this.#lifecycle.bind(state)) return;
    if (by === "us") this.#lifecycle.notePeerVersion(pdu);
    this.#logger.info({ state }, "bound");
    this.#reporter.state(state);
    this.#bindTimer.stop();
    this.#keepAliveTimer.startUntil(this.#keepAlive.nextAt, performance.now());
    this.#writer.schedule();
    this.#reporter.emit("bound", pdu);
  }

  #checkKeepAlive(now: number): void {
    if (!this.#lifecycle.isBound) return;
    switch (this.#keepAlive.check(this.#timers.peerTime.at(now))) {
      case "enquire":
        // Only silence ends the link: the result of this request does not matter.
        this.#outbound
          .ask({ command: "enquire_link" })
          .catch((err: Error) => this.#logger.debug({ err }, err.message));
        break;
      case "silent":
        void this.#shutdown.end(
          new LinkError("silent", "the peer did not answer enquire_link"),
          "drop",
        );
        break;
      case "inactive":
        this.#logger.info({}, "nothing to do for the inactivity time: unbinding");
        void this.unbind();
        break;
      case undefined:
        break;
    }
    this.#keepAliveTimer.startUntil(this.#keepAlive.nextAt, now);
  }
}

/** Commands that do not wait for the window: they make, keep and end the session itself. */
const urgent: ReadonlySet<CommandName> = new Set<CommandName>([
  "bind_transmitter",
  "bind_receiver",
  "bind_transceiver",
  "enquire_link",
  "unbind",
]);

/** Whether it is a request: a response has the number of its request. */
function isRequest(pdu: PduInput): pdu is PduInput & { command: CommandName } {
  return pdu.command !== "unknown" && !isResponse(commands[pdu.command].id);
}

/** The same, and a throw of it is an error of the user's, and no leave. */
function harmless(mayWrite: () => boolean, reporter: Reporter): () => boolean {
  return () => {
    try {
      return mayWrite();
    } catch (error) {
      reporter.error(asError(error));
      return false;
    }
  };
}
