/** One SMPP session over any duplex stream, for either side of it. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import {
  type Codec,
  type CommandName,
  commands,
  decode,
  decodeDamaged,
  encode,
  type FrameError,
  isPduError,
  isResponse,
  type NoVendorTlvs,
  type Pdu,
  type PduError,
  type PduInput,
  type PduInputOf,
  type RequestName,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import { type Callbacks, CallbackTable } from "./callbacks.ts";
import { asError, LinkError, type StatusError } from "./errors.ts";
import { FrameWriter } from "./frame-writer.ts";
import { InboundRequests, type Reader } from "./inbound-requests.ts";
import { Lifecycle, type Role, type SessionState, stateBoundBy } from "./lifecycle.ts";
import {
  type SessionEvents,
  type SessionOptions,
  type SessionStats,
  type Settings,
  settingsOf,
} from "./options.ts";
import { OutboundRequests } from "./outbound-requests.ts";
import { ownFrame } from "./own-frame.ts";
import { isResponseFrame, PduReader } from "./pdu-reader.ts";
import { ownNumberOf, type RequestOptions, type ResponseOf, timesOf } from "./pending-request.ts";
import { limited, RequestQueue, requestQueueOptionsOf } from "./request-queue.ts";
import { sequenceFrom } from "./sequence.ts";
import { Shutdown } from "./shutdown.ts";
import { Stats } from "./stats.ts";
import { Timers } from "./timers.ts";
import { type Logger, silentLogger, Trace } from "./trace.ts";
import { emitTo } from "./user-code.ts";

/**
 * One SMPP session, in the role of an ESME or of an SMSC, over anything that carries octets.
 *
 * Requests beyond the window wait in order; every request ends exactly once. What the peer sends
 * wrong is answered and reported, never thrown. The stream belongs to the session from now on.
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
  readonly #trace: Trace;
  readonly #lifecycle: Lifecycle;
  readonly #queue: RequestQueue<T>;
  readonly #callbacks = new CallbackTable();
  readonly #timers: Timers;
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
    const { role, name = "", logPdus = "none", logger = silentLogger } = options;
    const stats = options.stats ?? new Stats();
    // Inside, vendor TLVs are keys like any other: their types matter only in the public methods.
    const codec = (options.codec ?? { encode, decode }) as Codec;
    const parts = {
      stream,
      settings,
      stats,
      logger,
      codec: limited(codec, settings.maxOutboundPduLength),
      trace: new Trace({ name, stats, logger, logPdus }),
      lifecycle: new Lifecycle(role, options.peerVersion),
      queue: options.queue ?? new RequestQueue(requestQueueOptionsOf(options)),
      onError: (error: Error) => this.#report(error),
      onTolerated: (problem: PduError | LinkError) => this.#onTolerated(problem),
    };
    this.#settings = settings;
    this.#codec = parts.codec;
    this.#logger = logger;
    this.#stats = stats;
    this.#trace = parts.trace;
    this.#lifecycle = parts.lifecycle;
    this.#queue = parts.queue;
    this.#timers = new Timers(
      {
        ...parts,
        nextOfRequests: () => this.#outbound.nextDeadline,
        checkOthers: (now) => this.#checkTime(now),
        enquire: () => this.#enquire(),
        onInactive: () => void this.unbind(),
        end: (reason, mode) => void this.#shutdown.end(reason, mode),
        afterCheck: this.#afterWork,
      },
      performance.now(),
    );
    const timers = this.#timers;
    const { alarm, deadlines, peerTime } = timers;
    const writer = new FrameWriter(stream, {
      onFrame: this.#onFrameOut,
      onTurn: () => {
        this.#outbound.fill();
        writer.flush();
        this.#reader.readOn();
      },
    });
    this.#writer = writer;
    this.#outbound = new OutboundRequests({
      ...parts,
      writer,
      alarm,
      peerTime,
      sequencer: options.sequencer ?? sequenceFrom(options.firstSequenceNumber),
      ownsQueue: options.queue === undefined,
      resend: options.queue !== undefined && options.onLinkLoss === "resend",
      onSuccess: (command, response) => this.#onDone(command, response, "us"),
      onThrottled: (error, until) => this.#onThrottled(error, until),
      onStray: (pdu, late) => this.#tell("stray", pdu, late),
      onBindLost: (reason) => this.#shutdown.lose(reason),
    });
    this.#inbound = new InboundRequests({
      ...parts,
      writer,
      callbacks: this.#callbacks,
      onAnswered: (pdu, response) => this.#onAnswered(pdu, response),
      onRoom: this.#afterWork,
    });
    this.#shutdown = new Shutdown({
      ...parts,
      deadlines,
      writer,
      isIdle: () => this.#isIdle,
      isAnswered: () => this.#outbound.inFlight === 0,
      askUnbind: () => this.#ask({ command: "unbind" }),
      onUnbound: (by) => this.#onUnbound(by),
      onEnd: (reason) => this.#onEnd(reason),
      onClosed: (reason) => this.#tell("close", reason),
    });
    this.#reader = new PduReader({
      ...parts,
      deadlines,
      codec,
      timers,
      writer,
      inbound: this.#inbound,
      onPdu: this.#onPduIn,
      onUnreadable: (frame, error, now) => this.#onUnreadable(frame, error, now),
      afterPdus: this.#afterWork,
      onBroken: (error) => this.#hangUp(error),
    });
    if (options.callbacks !== undefined) this.#callbacks.set(options.callbacks);
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
   * response (0x34 is 3.4), or the option `peerVersion`. Undefined before, and when it does not say.
   */
  get peerVersion(): number | undefined {
    return this.#lifecycle.peerVersion;
  }

  /** Replaces all callbacks: see {@link Callbacks}. */
  setCallbacks(callbacks: Callbacks<NoInfer<T>>): void {
    this.#callbacks.set(callbacks);
  }

  /**
   * Shows every received request, enquire_link and unbind aside, to one reader, after its callback
   * was called; the answer waits for the promise that the reader returns. Undefined ends it.
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
   * RangeError (a `timeout` that is none). A success whose body is damaged resolves with what can be
   * read of it, see {@link ResponseOf}.
   */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<ResponseOf<C, T>> {
    const response = new Promise<Pdu>((resolve, reject) => {
      this.#lifecycle.checkSending(pdu.command);
      if (!urgent.has(pdu.command)) this.#queue.enter(pdu, options, { resolve, reject });
      else this.#ask(pdu, options).then(resolve, reject);
    });
    // A promise resolves with nothing but what answers its command.
    return response as Promise<ResponseOf<C, T>>;
  }

  /**
   * Sends a PDU that has no response: outbind, alert_notification, generic_nack, or a response of
   * one's own making. Requests among them get a number of the sequencer, if they have none. Throws
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
    if (number === undefined && isNumbered(plain)) {
      this.#outbound.sendUnanswered(plain.command, frame);
      return;
    }
    this.#writer.add(this.#lifecycle.fit(frame), pdu.command);
    this.#writer.schedule();
  }

  /**
   * Ends the session in the agreed way: takes no new requests, waits for those that wait and are in
   * flight and for running callbacks, up to `unbindTimeout`, exchanges unbind, and closes.
   * Resolves when the connection is closed; never rejects.
   */
  unbind(): Promise<void> {
    return this.#shutdown.unbind();
  }

  /** Closes the connection now. Everything unfinished ends with LinkError `closed`. */
  close(): Promise<void> {
    return this.#shutdown.end(
      new LinkError("closed", "the session was closed on this side"),
      "flush",
    );
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

  /** Sends a request that waits for nothing. */
  #ask(pdu: PduInput & { command: RequestName }, options?: RequestOptions): Promise<Pdu> {
    if (stateBoundBy(pdu.command) !== undefined) this.#lifecycle.say(pdu);
    return new Promise((resolve, reject) => {
      const defaults = { timeout: this.#timeoutOf(pdu.command), waitTimeout: 0 };
      const { timeout } = timesOf(pdu.command, options, defaults);
      this.#outbound.enterUrgent(pdu, timeout, options?.signal, { resolve, reject });
    });
  }

  #timeoutOf(command: RequestName): number {
    const { unbindTimeout, requestTimeout, bindTimeout } = this.#settings;
    if (command === "unbind") return unbindTimeout;
    return stateBoundBy(command) === undefined ? requestTimeout : bindTimeout;
  }

  readonly #onFrameOut = (frame: Uint8Array, command: string): void => {
    this.#trace.pdu("out", command, frame);
    if (this.#settings.inactivityTimeout > 0 && !isKeepAlive(command))
      this.#timers.active(performance.now());
    if (this.#writer.congested) this.#reader.readOn();
    if (this.#callbacks.wants(command)) this.#showOwn(frame);
  };

  /** Shows the callbacks what is about to be written; a codec of the user's own may not read it. */
  #showOwn(frame: Uint8Array): void {
    let pdu: Pdu;
    try {
      pdu = this.#codec.decode(ownFrame(frame));
    } catch (error) {
      this.#report(asError(error));
      return;
    }
    this.#inbound.show(pdu, "out");
  }

  readonly #onPduIn = (pdu: Pdu, frame: Uint8Array, now: number): void => {
    const { command } = pdu;
    this.#trace.pdu("in", command, frame);
    if (this.#settings.inactivityTimeout > 0 && !isKeepAlive(command)) this.#timers.active(now);
    if (!isResponseFrame(frame)) this.#inbound.receive(pdu, frame.length);
    else {
      if (this.#callbacks.wants(command)) this.#inbound.show(pdu, "in");
      this.#outbound.receive(pdu, now);
    }
  };

  #onUnreadable(frame: Uint8Array, error: Error, now: number): void {
    if (!isResponseFrame(frame)) {
      this.#trace.pdu("in", "malformed", frame);
      this.#report(error);
      this.#inbound.receiveMalformed(frame, error);
      return;
    }
    // The status alone decides: an application that got an error for a success would send again.
    this.#stats.damaged++;
    if (isPduError(error)) this.#onTolerated(error);
    else this.#report(error);
    const damaged = true as const;
    const readable = decodeDamaged(ownFrame(frame));
    this.#onPduIn(Object.assign(readable, { damaged }), frame, now);
  }

  /** A request of the peer was answered. */
  #onAnswered(pdu: Pdu, response: PduInput): void {
    if (pdu.command === "unknown") return;
    if (response.command_status !== Status.ESME_ROK) {
      this.#onRefused(pdu.command);
      return;
    }
    // What this side says of its version counts from here on: the response itself had to carry it.
    if (stateBoundBy(pdu.command) !== undefined) this.#lifecycle.say(response);
    this.#onDone(pdu.command, pdu, "peer");
  }

  /** A request of the peer was refused: so many binds in a row are somebody who tries passwords. */
  #onRefused(command: CommandName): void {
    if (this.state !== "OPEN" || stateBoundBy(command) === undefined) return;
    this.#bindsRefused++;
    if (this.#bindsRefused < this.#settings.maxRefusedBinds) return;
    const what = `${this.#bindsRefused} binds of the peer were refused (maxRefusedBinds)`;
    void this.#shutdown.end(new LinkError("binds_refused", what), "linger");
  }

  /** A request that may change the state succeeded; with the peer's PDU of the two. */
  #onDone(command: CommandName, pdu: Pdu, by: "us" | "peer"): void {
    if (command === "unbind") this.#shutdown.unbound(by);
    const state = stateBoundBy(command);
    if (state === undefined || !this.#lifecycle.bind(state)) return;
    if (by === "us") this.#lifecycle.hear(pdu);
    this.#logger.info({ state }, "bound");
    this.#trace.state(state);
    this.#timers.onBound();
    this.#writer.schedule();
    this.#tell("bound", pdu);
  }

  #onThrottled(error: StatusError, until: number): void {
    const delay = Math.round(until - performance.now());
    this.#logger.warn({ status: error.statusName, delay }, "the peer asks to slow down");
    this.#tell("throttled", error, until);
  }

  #onTolerated(problem: PduError | LinkError): void {
    this.#stats.tolerated++;
    this.#logger.warn({ err: problem }, `tolerated: ${problem.message}`);
    this.#tell("tolerated", problem);
  }

  #onUnbound(by: "us" | "peer"): void {
    this.#trace.state("UNBOUND");
    this.#reader.readOn();
    this.#tell("unbound", by);
  }

  #onEnd(reason: LinkError): void {
    this.#timers.alarm.clear();
    this.#reader.stop();
    this.#inbound.clear();
    this.#outbound.abandon(reason);
    this.#trace.state("CLOSED");
  }

  #hangUp(error: FrameError): void {
    if (this.state === "CLOSED") return;
    this.#stats.malformed++;
    this.#inbound.refuseFrame(error);
    const isEarly = this.state === "OPEN" && error.limit === this.#settings.maxBindLength;
    const hint = isEarly ? "; before the bind the limit is maxBindLength" : "";
    const reason = new LinkError("untrusted_length", `${error.message}${hint}`, { cause: error });
    void this.#shutdown.end(reason, "linger");
  }

  #report(error: Error): void {
    this.#logger.warn({ err: error }, error.message);
    emitTo(this, "error", [error], (err) =>
      this.#logger.error({ err }, `a listener of the event error failed: ${err.message}`),
    );
  }

  /** All events but `error` leave here. PDUs come with the TLVs of the codec, which is one for T. */
  #tell<E extends keyof SessionEvents>(event: E, ...args: SessionEvents[E]): void {
    emitTo(this, event, args, (error) => this.#report(error));
  }

  get #isIdle(): boolean {
    // What waits in a shared queue is for the others to take.
    const waiting = this.#queue.isShared ? 0 : this.#queue.size;
    return this.#outbound.inFlight + waiting + this.#inbound.running === 0;
  }

  /** Something was finished: there may be a free place in the window, room to read, or nothing left to wait for. */
  readonly #afterWork = (): void => {
    if (this.#queue.size > 0) this.#writer.schedule();
    this.#reader.readOn();
    if (this.#lifecycle.isEnding) this.#shutdown.onWorkDone();
  };

  #checkTime(now: number): void {
    this.#outbound.expire(now);
    this.#shutdown.check(now);
  }

  #enquire(): void {
    // Silence is what ends a link, not this request; the timers see to it.
    this.#ask({ command: "enquire_link" }).catch((err: Error) =>
      this.#logger.debug({ err }, err.message),
    );
  }
}

/** What does not count as activity. */
function isKeepAlive(command: string): boolean {
  return command === "enquire_link" || command === "enquire_link_resp";
}

/** Commands that wait for nothing: they make, keep and end the session itself. */
const urgent: ReadonlySet<CommandName> = new Set<CommandName>([
  "bind_transmitter",
  "bind_receiver",
  "bind_transceiver",
  "enquire_link",
  "unbind",
]);

/** Whether it is a request: what answers one has the number of that. */
function isNumbered(pdu: PduInput): pdu is PduInput & { command: CommandName } {
  return pdu.command !== "unknown" && !isResponse(commands[pdu.command].id);
}
