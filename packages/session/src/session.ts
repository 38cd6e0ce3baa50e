/** One SMPP session over any duplex stream, for either side of it. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import {
  type Codec,
  type CommandName,
  commands,
  decode,
  encode,
  FrameError,
  Framer,
  type NoVendorTlvs,
  type Pdu,
  PduError,
  type PduInput,
  type PduInputOf,
  type PduOf,
  type RequestName,
  type ResponseNameOf,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import { InMemorySequencer } from "@esme/sequencers";
import { Alarm } from "./alarm.ts";
import { Answers, type Reader } from "./answers.ts";
import { type Callbacks, CallbackTable } from "./callbacks.ts";
import { LinkError, type StatusError } from "./errors.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Lane } from "./lane.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { numberOption } from "./number-option.ts";
import {
  DEFAULT_WINDOW,
  type SessionEvents,
  type SessionOptions,
  type SessionStats,
} from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { Outcome, RequestOptions } from "./pending.ts";
import { Requests } from "./requests.ts";
import {
  type BoundState,
  isBound,
  mayEverIssue,
  mayIssue,
  type Role,
  type SessionState,
  stateBoundBy,
} from "./states.ts";
import { Stats } from "./stats.ts";

/** How long a connection may linger after our last words before it is torn down, in milliseconds. */
const LINGER = 1_000;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * One SMPP session, in the role of an ESME or of an SMSC, over anything that carries octets.
 *
 * Requests beyond the window wait in order; every request ends exactly once. What the peer sends
 * wrong is answered and reported, never thrown. The stream belongs to the session from now on.
 *
 * It extends EventEmitter because that is what listeners of connections expect in Node.js.
 */
export class Session<
  in out T extends VendorTlvs = NoVendorTlvs,
> extends EventEmitter<SessionEvents> {
  readonly role: Role;
  readonly #peer: Role;
  readonly #stream: Duplex;
  readonly #codec: Codec;
  readonly #times: { request: number; bind: number; unbind: number; partialPdu: number };
  readonly #windowSize: number;
  readonly #resend: boolean;
  readonly #ownsLane: boolean;
  readonly #logger: Logger;
  readonly #stats: Stats;
  readonly #lane: Lane<T>;
  readonly #framer: Framer;
  readonly #callbacks = new CallbackTable();
  readonly #alarm = new Alarm((now) => this.#onAlarm(now));
  readonly #keepAlive: KeepAlive;
  readonly #watchesActivity: boolean;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #answers: Answers;
  readonly #closed: Promise<void>;
  #onClosed: () => void = () => {};
  #state: SessionState = "OPEN";
  #bindDeadline = NEVER;
  #partialDeadline = NEVER;
  #drainDeadline = NEVER;
  #lingerDeadline = NEVER;
  /** Set while the last requests are awaited before an unbind. */
  #drained: (() => void) | undefined = undefined;
  #unbinding: Promise<void> | undefined = undefined;
  /** Why the session ends when the connection closes from now on. */
  #farewell = new LinkError("closed_by_peer", "the peer closed the connection");
  /** Frames behind a bind response, held until its promise was seen. */
  #held: Uint8Array[] | undefined = undefined;
  #reading = true;

  constructor(stream: Duplex, options: SessionOptions<T>) {
    super();
    const now = performance.now();
    this.role = options.role;
    this.#peer = options.role === "esme" ? "smsc" : "esme";
    this.#stream = stream;
    // Inside, vendor TLVs are keys like any other; which there are matters at the door alone.
    this.#codec = (options.codec ?? { encode, decode }) as Codec;
    this.#times = {
      request: numberOption("requestTimeout", options.requestTimeout, 30_000),
      bind: numberOption("bindTimeout", options.bindTimeout, 30_000),
      unbind: numberOption("unbindTimeout", options.unbindTimeout, 5_000),
      partialPdu: numberOption("partialPduTimeout", options.partialPduTimeout, 30_000),
    };
    this.#windowSize = numberOption("window", options.window, DEFAULT_WINDOW, 1);
    this.#resend = options.lane !== undefined && options.onLinkLoss === "resend";
    this.#ownsLane = options.lane === undefined;
    this.#logger = options.logger ?? silentLogger;
    this.#stats = options.stats ?? new Stats();
    this.#lane = options.lane ?? new Lane(options);
    this.#framer = new Framer({ maxPduLength: options.maxPduLength ?? 65_536 });
    const inactivity = numberOption("inactivityTimeout", options.inactivityTimeout, 0);
    this.#watchesActivity = inactivity > 0;
    this.#keepAlive = new KeepAlive(
      {
        interval: numberOption("enquireLinkInterval", options.enquireLinkInterval, 30_000),
        timeout: numberOption("enquireLinkTimeout", options.enquireLinkTimeout, 10_000),
        inactivity,
      },
      now,
    );
    this.#outbox = new Outbox(stream, {
      onFrame: (frame, command) => this.#onFrameOut(frame, command),
      beforeWrite: () => this.#requests.fill(),
      afterWrite: () => this.#readOn(),
    });
    this.#requests = new Requests({
      codec: this.#codec,
      sequencer: options.sequencer ?? new InMemorySequencer(),
      windowSize: this.#windowSize,
      lane: this.#lane,
      outbox: this.#outbox,
      alarm: this.#alarm,
      stats: this.#stats,
      isBound: () => isBound(this.#state),
      onSuccess: (command, response) => this.#onSuccess(command, response),
      onThrottled: (error, until) => this.#onThrottled(error, until),
    });
    this.#answers = new Answers({
      codec: this.#codec,
      callbacks: this.#callbacks,
      outbox: this.#outbox,
      stats: this.#stats,
      inbox: {
        concurrency: numberOption("inboundConcurrency", options.inboundConcurrency, 100, 1),
        backlog: numberOption("inboundBacklog", options.inboundBacklog, 1_000, 1),
      },
      mayAnswer: () => this.#state === "OPEN" || isBound(this.#state),
      onAnswered: (pdu, status) => this.#onAnswered(pdu, status),
      onRoom: () => this.#afterWork(),
      onError: (error) => this.#report(error),
    });
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    if (options.role === "smsc" && this.#times.bind > 0)
      this.#bindDeadline = now + this.#times.bind;
    if (options.callbacks !== undefined) this.#callbacks.set(options.callbacks);
    this.#lane.attach(() => this.#outbox.schedule());
    stream.on("data", this.#onData);
    stream.on("end", this.#onEnd);
    stream.on("error", this.#onStreamError);
    stream.on("close", this.#onStreamClose);
    this.#setAlarm(now);
  }

  get state(): SessionState {
    return this.#state;
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
    this.#answers.setReader(reader);
  }

  /**
   * Sends a request and waits for its response.
   *
   * Rejects with exactly one of: StatusError (refused), TimeoutError (not answered, or not sent in
   * time), LinkError (the link is gone or the state forbids this command), AbortError (the caller's
   * signal), PduError (a field does not fit, nothing was sent; or the response is unreadable).
   */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<PduOf<ResponseNameOf<C>, T>> {
    const response = new Promise<Pdu>((resolve, reject) => {
      this.#refuseUnlessAllowed(pdu.command);
      if (isUrgent(pdu.command)) this.#requestUrgently(pdu, { resolve, reject }, options);
      else this.#lane.enter(pdu, options, { resolve, reject });
    });
    // A promise resolves with nothing but what answers its command.
    return response as Promise<PduOf<ResponseNameOf<C>, T>>;
  }

  /**
   * Sends a PDU that has no response: outbind, alert_notification, generic_nack, or a response of
   * one's own making. Throws LinkError when the state forbids it, PduError when a field does not fit.
   */
  send(pdu: PduInput<T>): void {
    this.#refuseUnlessAllowed(pdu.command);
    // The codec of this session knows its vendor TLVs.
    this.#outbox.add(this.#codec.encode(pdu as PduInput), pdu.command);
    this.#outbox.schedule();
  }

  /**
   * Ends the session in the agreed way: takes no new requests, waits for those that wait and are in
   * flight and for running callbacks, up to `unbindTimeout`, exchanges unbind, and closes.
   * Resolves when the connection is closed; never rejects.
   */
  unbind(): Promise<void> {
    this.#unbinding ??= this.#unbind();
    return this.#unbinding;
  }

  /** Closes the connection now. Everything unfinished ends with LinkError `closed`. */
  close(): Promise<void> {
    this.#end(new LinkError("closed", "the session was closed on this side"), "flush");
    return this.#closed;
  }

  /** A snapshot of state, window, queue and counts. */
  stats(): SessionStats {
    return {
      state: this.#state,
      window: this.#windowSize,
      inFlight: this.#requests.inFlight,
      waiting: this.#lane.size,
      inboundRunning: this.#answers.running,
      inboundWaiting: this.#answers.waiting,
      rate: this.#lane.rate,
      ...this.#stats.counts(),
    };
  }

  // Sending.

  #refuseUnlessAllowed(command: CommandName | "unknown"): void {
    const state = this.#state;
    if (state === "CLOSED") {
      throw new LinkError("closed", `${command} was not sent: the session is closed`);
    }
    if (state === "UNBOUND" || this.#unbinding !== undefined) {
      throw new LinkError("unbound", `${command} was not sent: the session is being unbound`);
    }
    if (command === "unknown" || mayIssue(this.role, state, command)) return;
    const why = mayEverIssue(this.role, command)
      ? `not allowed in state ${state}, allowed in ${commands[command].issuers[this.role].join(", ")}`
      : `an ${this.role.toUpperCase()} never sends it`;
    throw new LinkError("wrong_state", `${command} was not sent: ${why}`);
  }

  #requestUrgently(
    pdu: PduInput & { command: RequestName },
    outcome: Outcome,
    options?: RequestOptions,
  ): void {
    const timeout = options?.timeout ?? this.#timeoutOf(pdu.command);
    this.#requests.enterUrgent(pdu, timeout, options?.signal, outcome);
  }

  #timeoutOf(command: RequestName): number {
    if (command === "unbind") return this.#times.unbind;
    return stateBoundBy(command) === undefined ? this.#times.request : this.#times.bind;
  }

  /** A frame joins those about to be written. */
  #onFrameOut(frame: Uint8Array, command: string): void {
    this.#stats.sent(command);
    if (this.#watchesActivity && !isKeepAlive(command)) this.#keepAlive.active(performance.now());
    if (this.#outbox.congested) this.#readOn();
    if (this.#callbacks.wants(command)) this.#answers.show(this.#codec.decode(frame), "out");
  }

  // Receiving.

  readonly #onData = (chunk: Uint8Array): void => {
    const now = performance.now();
    this.#keepAlive.heard(now);
    try {
      const frames = this.#framer.push(chunk);
      this.#watchPartial(frames.length > 0, now);
      this.#take(frames, now);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#take(error.frames, now);
      this.#hangUp(error);
    }
  };

  /** The time for a PDU runs from its first octets: a trickle does not prolong it. */
  #watchPartial(fresh: boolean, now: number): void {
    if (this.#framer.pending === 0 || this.#times.partialPdu === 0) this.#partialDeadline = NEVER;
    else if (fresh || this.#partialDeadline === NEVER) {
      this.#partialDeadline = now + this.#times.partialPdu;
      this.#alarm.set(this.#partialDeadline, now);
    }
  }

  #take(frames: readonly Uint8Array[], now: number): void {
    if (this.#held !== undefined) {
      this.#held.push(...frames);
      return;
    }
    for (let index = 0; index < frames.length; index++) {
      const frame = frames[index];
      if (frame === undefined || this.#state === "CLOSED") return;
      const before = this.#state;
      this.#receive(frame, now);
      // Peers send deliver_sm in the same segment as the bind response: who waits for the bind gets
      // a turn to install callbacks before the first message is handed out.
      if (before === "OPEN" && isBound(this.#state) && index + 1 < frames.length) {
        this.#hold(frames.slice(index + 1));
        return;
      }
    }
    this.#afterWork();
  }

  #hold(frames: Uint8Array[]): void {
    this.#held = frames;
    this.#readOn();
    setImmediate(() => {
      this.#held = undefined;
      this.#take(frames, performance.now());
    });
  }

  #receive(frame: Uint8Array, now: number): void {
    let pdu: Pdu;
    try {
      pdu = this.#codec.decode(frame);
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      this.#onUnreadable(frame, error, now);
      return;
    }
    this.#stats.received(pdu.command);
    if (!isKeepAlive(pdu.command)) this.#keepAlive.active(now);
    if (isResponse(frame)) this.#onResponse(pdu, now);
    else this.#onRequest(pdu);
  }

  #onUnreadable(frame: Uint8Array, error: PduError, now: number): void {
    this.#stats.malformed++;
    this.#report(error);
    if (!isResponse(frame)) this.#answers.refuseUnreadable(error);
    else if (!this.#requests.answerUnreadable(frame, error, now)) this.#stats.stray++;
  }

  #onResponse(pdu: Pdu, now: number): void {
    this.#answers.show(pdu, "in");
    if (this.#requests.answer(pdu, now)) return;
    // Never answered: two peers that nack each other's nacks would not end.
    const late = this.#requests.wasLate(pdu);
    this.#stats.stray++;
    this.#logger.warn(
      { command: pdu.command, sequence_number: pdu.sequence_number, late },
      late ? "a response came after its request had timed out" : "a response nobody asked for",
    );
    this.emit("stray", pdu, late);
  }

  #onRequest(pdu: Pdu): void {
    const refusal = this.#refusalOf(pdu.command);
    if (refusal === undefined) {
      this.#answers.take(pdu);
      return;
    }
    this.#answers.show(pdu, "in");
    this.#logger.warn(
      { command: pdu.command, state: this.#state },
      "refused: unknown, or wrong state",
    );
    this.#answers.refuse(pdu, refusal);
  }

  /** The command_status for a request that may not come now (SMPP 3.4 section 2.3). */
  #refusalOf(command: Pdu["command"]): number | undefined {
    if (command === "unknown") return Status.ESME_RINVCMDID;
    if (mayIssue(this.#peer, this.#state, command)) return undefined;
    if (!mayEverIssue(this.#peer, command)) return Status.ESME_RINVCMDID;
    return stateBoundBy(command) === undefined ? Status.ESME_RINVBNDSTS : Status.ESME_RALYBND;
  }

  // States.

  /** A request of ours succeeded. */
  #onSuccess(command: RequestName, response: Pdu): void {
    const state = stateBoundBy(command);
    if (state !== undefined) this.#becomeBound(state, response);
    if (command === "unbind") this.#becomeUnbound("us");
  }

  /** A request of the peer was answered. */
  #onAnswered(pdu: Pdu, command_status: number): void {
    if (command_status !== Status.ESME_ROK || pdu.command === "unknown") return;
    const state = stateBoundBy(pdu.command);
    if (state !== undefined) this.#becomeBound(state, pdu);
    if (pdu.command === "unbind") this.#becomeUnbound("peer");
  }

  #onThrottled(error: StatusError, until: number): void {
    const delay = Math.round(until - performance.now());
    this.#logger.warn({ status: error.statusName, delay }, "the peer asks to slow down");
    this.emit("throttled", error, until);
  }

  #becomeBound(state: BoundState, pdu: Pdu): void {
    if (this.#state !== "OPEN") return;
    this.#state = state;
    this.#bindDeadline = NEVER;
    this.#logger.info({ state }, "bound");
    this.#setAlarm(performance.now());
    this.#outbox.schedule();
    this.emit("bound", pdu);
  }

  /** unbind was exchanged: nothing more is written, answers on their way are still read for a while. */
  #becomeUnbound(by: "us" | "peer"): void {
    if (this.#state === "CLOSED" || this.#state === "UNBOUND") return;
    this.#state = "UNBOUND";
    const who = by === "us" ? "this side" : "the peer";
    this.#logger.info({ by }, `${who} unbound the session`);
    this.#farewell = new LinkError("unbound", `${who} unbound the session`);
    this.#outbox.flush();
    this.#stream.end();
    const now = performance.now();
    this.#lingerDeadline = now + LINGER;
    this.#alarm.set(this.#lingerDeadline, now);
    this.emit("unbound", by);
  }

  #report(error: Error): void {
    this.#logger.warn({ err: error }, error.message);
    // Without a listener EventEmitter would throw, and a peer could end the process.
    if (this.listenerCount("error") > 0) this.emit("error", error);
  }

  /** Something was finished: a place is free, reading may go on, a drain may be over. */
  #afterWork(): void {
    if (this.#lane.size > 0) this.#outbox.schedule();
    this.#readOn();
    const idle = this.#requests.inFlight + this.#lane.size + this.#answers.running === 0;
    if (idle) this.#drained?.();
  }

  /** Reads, or stops reading, as the room for what is read allows. */
  #readOn(): void {
    const reading = this.#held === undefined && !this.#answers.full && !this.#outbox.congested;
    if (reading === this.#reading || this.#state === "CLOSED") return;
    this.#reading = reading;
    if (reading) this.#stream.resume();
    else this.#stream.pause();
  }

  // Time.

  #onAlarm(now: number): void {
    this.#requests.expire(now);
    if (now >= this.#drainDeadline) this.#drained?.();
    if (now >= this.#bindDeadline) {
      this.#end(new LinkError("inactive", `no bind within ${this.#times.bind} ms`), "flush");
    }
    if (now >= this.#partialDeadline) {
      const what = `the rest of a PDU did not come within ${this.#times.partialPdu} ms`;
      this.#end(new LinkError("partial_pdu", what), "drop");
    }
    if (now >= this.#lingerDeadline) this.#end(this.#farewell, "drop");
    if (isBound(this.#state)) this.#keepAlong(now);
    if (this.#state === "CLOSED") return;
    this.#afterWork();
    this.#setAlarm(now);
  }

  #setAlarm(now: number): void {
    const next = Math.min(
      this.#requests.nextDeadline,
      this.#bindDeadline,
      this.#partialDeadline,
      this.#drainDeadline,
      this.#lingerDeadline,
      isBound(this.#state) ? this.#keepAlive.nextAt : NEVER,
    );
    if (next < NEVER) this.#alarm.set(next, now);
  }

  #keepAlong(now: number): void {
    switch (this.#keepAlive.check(now)) {
      case "enquire":
        this.#requestUrgently(
          { command: "enquire_link" },
          // Silence is what ends a link, not this request; the keep-alive sees to it.
          { resolve: () => {}, reject: (err) => this.#logger.debug({ err }, err.message) },
        );
        break;
      case "silent":
        this.#end(new LinkError("silent", "the peer did not answer enquire_link"), "drop");
        break;
      case "inactive":
        this.#logger.info({}, "nothing to do for the inactivity time: unbinding");
        void this.unbind();
        break;
      case undefined:
        break;
    }
  }

  // The end.

  async #unbind(): Promise<void> {
    if (isBound(this.#state)) {
      await this.#drain();
      await new Promise<void>((resolve) => {
        const outcome = {
          resolve: () => resolve(),
          reject: (err: Error) => {
            this.#logger.warn({ err }, "unbind was not answered");
            resolve();
          },
        };
        this.#requestUrgently({ command: "unbind" }, outcome);
      });
    }
    this.#becomeUnbound("us");
    return this.#closed;
  }

  /** Waits until nothing is under way, or `unbindTimeout` is over. */
  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const now = performance.now();
      this.#drainDeadline = now + this.#times.unbind;
      this.#alarm.set(this.#drainDeadline, now);
      this.#drained = () => {
        this.#drained = undefined;
        this.#drainDeadline = NEVER;
        resolve();
      };
      this.#afterWork();
    });
  }

  #hangUp(error: FrameError): void {
    if (this.#state === "CLOSED") return;
    this.#stats.malformed++;
    this.#answers.refuseFrame(error);
    this.#end(new LinkError("untrusted_length", error.message, { cause: error }), "linger");
  }

  readonly #onEnd = (): void => this.#end(this.#farewell, "flush");

  readonly #onStreamError = (error: Error): void =>
    this.#end(new LinkError("stream_error", error.message, { cause: error }), "drop");

  readonly #onStreamClose = (): void => {
    this.#end(this.#farewell, "drop");
    this.#onClosed();
  };

  /**
   * The one place where a session ends. `drop` tears the connection down, `flush` writes the last
   * words first, `linger` also waits for the peer to close, so that it surely reads them.
   */
  #end(reason: LinkError, manner: "flush" | "linger" | "drop"): void {
    if (this.#state === "CLOSED") return;
    if (manner !== "drop") this.#outbox.flush();
    this.#state = "CLOSED";
    this.#logger.info({ code: reason.code }, `closed: ${reason.message}`);
    this.#alarm.clear();
    this.#outbox.close();
    this.#answers.clear();
    this.#stream.off("data", this.#onData);
    this.#drained?.();
    this.#requests.abandon(reason, this.#resend);
    if (this.#ownsLane) this.#lane.rejectAll(reason);
    void this.#closed.then(() => this.emit("close", reason));
    this.#closeStream(manner);
  }

  #closeStream(manner: "flush" | "linger" | "drop"): void {
    const stream = this.#stream;
    const destroy = () => stream.destroy();
    if (manner === "drop" || stream.destroyed) destroy();
    else {
      // What the peer still sends is read and forgotten, or its closing would never be seen.
      stream.resume();
      if (manner === "flush") stream.end(destroy);
      else stream.end();
      const timer = setTimeout(destroy, LINGER);
      void this.#closed.then(() => clearTimeout(timer));
    }
    if (stream.closed) this.#onClosed();
  }
}

/** Commands that wait for nothing: they make, keep and end the session itself. */
function isUrgent(command: CommandName): boolean {
  return command === "enquire_link" || command === "unbind" || stateBoundBy(command) !== undefined;
}

/** What does not count as activity. */
function isKeepAlive(command: string): boolean {
  return command === "enquire_link" || command === "enquire_link_resp";
}

/** Bit 31 of command_id marks a response (SMPP 3.4 section 5.1.2.1). */
function isResponse(frame: Uint8Array): boolean {
  return ((frame[4] ?? 0) & 0x80) !== 0;
}
