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
  responseTo,
  Status,
  type VendorTlvs,
} from "@esme/pdu";
import { InMemorySequencer, type Sequencer } from "@esme/sequencers";
import { Alarm } from "./alarm.ts";
import { type Callbacks, CallbackTable, type Direction, noAnswer } from "./callbacks.ts";
import { LinkError, StatusError, TimeoutError } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Lane, type LaneOptions } from "./lane.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { Outbox } from "./outbox.ts";
import { type Outcome, Pending, type RequestOptions } from "./pending.ts";
import {
  isBound,
  mayEverIssue,
  mayIssue,
  type Role,
  type SessionState,
  stateBoundBy,
} from "./states.ts";
import { type Counts, Stats } from "./stats.ts";
import { Window } from "./window.ts";

/** Settings of a {@link Session}. Times are milliseconds, 0 switches a timer off. */
export interface SessionOptions<T extends VendorTlvs = NoVendorTlvs> extends LaneOptions<T> {
  /** Which end of the link this side is. */
  role: Role;
  /** Source of the sequence numbers of requests. Default: in memory, from 1. */
  sequencer?: Sequencer | undefined;
  /** Requests that may be in flight at one time. Default 10. */
  window?: number | undefined;
  /**
   * ESME: time for the response to a bind. SMSC: time from the connection to a successful bind
   * (session_init_timer, SMPP 3.4 section 2.9). Default 30,000.
   */
  bindTimeout?: number | undefined;
  /** How long {@link Session.unbind} waits for what is in flight, then for unbind_resp. Default 5,000. */
  unbindTimeout?: number | undefined;
  /** Silence after which the peer gets an enquire_link. Default 30,000. */
  enquireLinkInterval?: number | undefined;
  /** How long it may then stay silent. Default 10,000. */
  enquireLinkTimeout?: number | undefined;
  /** Time without a message in either direction after which the session is unbound. Default 0. */
  inactivityTimeout?: number | undefined;
  /** How long the rest of a PDU may take after its first octets. Default 30,000. */
  partialPduTimeout?: number | undefined;
  /** The longest PDU accepted, in octets. Default 65,536. */
  maxPduLength?: number | undefined;
  /** Inbound requests with the callbacks at one time. Default 100. */
  inboundConcurrency?: number | undefined;
  /** Inbound requests that may wait for a callback before reading stops. Default 1,000. */
  inboundBacklog?: number | undefined;
  callbacks?: Callbacks<T> | undefined;
  logger?: Logger | undefined;
  /**
   * A queue that outlives this session: waiting requests stay in it when the session ends. It comes
   * with its own times and rates, those given here do not count then.
   */
  lane?: Lane<T> | undefined;
  /** With a `lane`: what becomes of requests in flight when the link dies. Default `reject`. */
  onLinkLoss?: "reject" | "resend" | undefined;
  /** Counters that outlive this session. */
  stats?: Stats | undefined;
}

/** What a {@link Session} tells its listeners. */
export interface SessionEvents {
  /** A bind succeeded; with the bind_*_resp (ESME) or the bind_* (SMSC) that was received. */
  bound: [pdu: Pdu];
  /** unbind was exchanged; `by` says who asked. */
  unbound: [by: "us" | "peer"];
  /** The connection is over; `reason.code` says why. */
  close: [reason: LinkError];
  /** Something went wrong that the session survived: a callback threw, a PDU could not be decoded. */
  error: [error: Error];
  /** A response that no request waited for; `late` when its request had timed out. */
  stray: [pdu: Pdu, late: boolean];
  /** The peer asked to slow down; `until` is when sending goes on, on the clock of `performance.now()`. */
  throttled: [error: StatusError, until: number];
}

/** What {@link Session.stats} tells. */
export interface SessionStats extends Counts {
  state: SessionState;
  /** Size of the window. */
  window: number;
  /** Requests in flight, and waiting to be written. */
  inFlight: number;
  waiting: number;
  /** Inbound requests with the callbacks, and waiting for them. */
  inboundRunning: number;
  inboundWaiting: number;
  /** Messages per second allowed at present, by configuration or by a throttling peer. */
  rate: number;
}

/** Requests that may be in flight when nothing else is said. */
export const DEFAULT_WINDOW = 10;

/** How long a connection may linger after our last words before it is torn down, in milliseconds. */
const LINGER = 1_000;
/** Numbers of timed-out requests that are remembered, to call their answers late. */
const REMEMBERED = 1_000;
const OK = Status.ESME_ROK;

/**
 * One SMPP session, in the role of an ESME or of an SMSC, over anything that carries octets.
 *
 * Requests beyond the window wait in order; every request ends exactly once. What the peer sends
 * wrong is answered and reported, never thrown. The stream belongs to the session from now on.
 *
 * It extends EventEmitter because that is what listeners of connections expect in Node.js.
 */
export class Session<T extends VendorTlvs = NoVendorTlvs> extends EventEmitter<SessionEvents> {
  readonly role: Role;
  readonly #peer: Role;
  readonly #stream: Duplex;
  readonly #codec: Codec;
  readonly #sequencer: Sequencer;
  readonly #windowSize: number;
  readonly #times: { request: number; bind: number; unbind: number; partialPdu: number };
  readonly #onLinkLoss: "reject" | "resend";
  readonly #logger: Logger;
  readonly #stats: Stats;
  readonly #framer: Framer;
  readonly #lane: Lane<T>;
  readonly #ownsLane: boolean;
  readonly #window = new Window();
  /** bind, unbind and enquire_link: they pass everything else. */
  readonly #urgent: Pending[] = [];
  readonly #callbacks = new CallbackTable();
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #alarm: Alarm;
  readonly #keepAlive: KeepAlive;
  /** Sequence numbers of requests that timed out. */
  readonly #overdue = new Set<number>();
  #reader: ((pdu: Pdu) => Promise<void> | undefined) | undefined = undefined;
  #state: SessionState = "OPEN";
  #bindDeadline: number;
  #partialDeadline = Number.POSITIVE_INFINITY;
  /** Set while the last requests are awaited before an unbind. */
  #drained: (() => void) | undefined = undefined;
  #drainDeadline = Number.POSITIVE_INFINITY;
  #unbinding: Promise<void> | undefined = undefined;
  #drawn: number | undefined = undefined;
  #drawing = false;
  /** Frames behind a bind response, held until its promise was seen. */
  #held: Uint8Array[] | undefined = undefined;
  #reading = true;
  /** What ends the session when the connection closes from now on. */
  #farewell = new LinkError("closed_by_peer", "the peer closed the connection");
  #lingerDeadline = Number.POSITIVE_INFINITY;
  readonly #closed: Promise<void>;
  #onClosed: () => void = () => {};

  constructor(stream: Duplex, options: SessionOptions<T>) {
    super();
    const now = performance.now();
    this.role = options.role;
    this.#peer = options.role === "esme" ? "smsc" : "esme";
    this.#stream = stream;
    // Inside, vendor TLVs are keys like any other; which there are matters at the door alone.
    this.#codec = (options.codec ?? { encode, decode }) as Codec;
    this.#sequencer = options.sequencer ?? new InMemorySequencer();
    this.#windowSize = options.window ?? DEFAULT_WINDOW;
    this.#times = {
      request: options.requestTimeout ?? 30_000,
      bind: options.bindTimeout ?? 30_000,
      unbind: options.unbindTimeout ?? 5_000,
      partialPdu: options.partialPduTimeout ?? 30_000,
    };
    this.#onLinkLoss = options.onLinkLoss ?? "reject";
    this.#logger = options.logger ?? silentLogger;
    this.#stats = options.stats ?? new Stats();
    this.#framer = new Framer({ maxPduLength: options.maxPduLength ?? 65_536 });
    this.#ownsLane = options.lane === undefined;
    this.#lane = options.lane ?? new Lane(options);
    this.#keepAlive = new KeepAlive(
      {
        interval: options.enquireLinkInterval ?? 30_000,
        timeout: options.enquireLinkTimeout ?? 10_000,
        inactivity: options.inactivityTimeout ?? 0,
      },
      now,
    );
    this.#inbox = new Inbox(
      {
        concurrency: options.inboundConcurrency ?? 100,
        backlog: options.inboundBacklog ?? 1_000,
      },
      (pdu) => this.#serve(pdu),
      () => this.#afterWork(),
    );
    this.#outbox = new Outbox(stream, () => this.#fill());
    this.#alarm = new Alarm((at) => this.#onAlarm(at));
    this.#bindDeadline =
      options.role === "smsc" && this.#times.bind > 0
        ? now + this.#times.bind
        : Number.POSITIVE_INFINITY;
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    if (options.callbacks !== undefined) this.setCallbacks(options.callbacks);
    this.#lane.attach(() => this.#outbox.schedule());
    stream.on("data", this.#onData);
    stream.on("end", this.#onEnd);
    stream.on("error", this.#onStreamError);
    stream.on("close", this.#onStreamClose);
    this.#alarm.set(Math.min(this.#keepAlive.nextAt, this.#bindDeadline), now);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Replaces all callbacks: see {@link Callbacks}. */
  setCallbacks(callbacks: Callbacks<T>): void {
    this.#callbacks.set(callbacks);
  }

  /**
   * Shows every received request, enquire_link and unbind aside, to one reader, after its callback
   * was called; the answer waits for the promise that the reader returns. Undefined ends it.
   */
  setReader(reader: ((pdu: Pdu) => Promise<void> | undefined) | undefined): void {
    this.#reader = reader;
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
      const outcome = { resolve, reject };
      if (isUrgent(pdu.command)) this.#enterUrgent(pdu, options, outcome);
      else this.#lane.enter(pdu, options, outcome);
    });
    // A promise resolves with nothing but what answers() let pass for this command.
    return response as Promise<PduOf<ResponseNameOf<C>, T>>;
  }

  /**
   * Sends a PDU that has no response: outbind, alert_notification, generic_nack, or a response of
   * one's own making. Throws LinkError when the state forbids it, PduError when a field does not fit.
   */
  send(pdu: PduInput<T>): void {
    this.#refuseUnlessAllowed(pdu.command);
    this.#write(this.#codec.encode(pdu as PduInput), pdu.command);
  }

  /**
   * Ends the session in the agreed way: takes no new requests, waits for what is waiting and in
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
      inFlight: this.#window.used,
      waiting: this.#lane.size,
      inboundRunning: this.#inbox.running,
      inboundWaiting: this.#inbox.waiting,
      rate: this.#lane.rate,
      ...this.#stats.counts(),
    };
  }

  // Sending.

  #refuseUnlessAllowed(command: CommandName | "unknown"): void {
    if (this.#state === "CLOSED" || this.#state === "UNBOUND" || this.#unbinding !== undefined) {
      throw new LinkError(
        this.#state === "CLOSED" ? "closed" : "unbound",
        `${command} was not sent: the session is ${this.#state === "CLOSED" ? "closed" : "being unbound"}`,
      );
    }
    if (command === "unknown" || mayIssue(this.role, this.#state, command)) return;
    throw new LinkError(
      "wrong_state",
      mayEverIssue(this.role, command)
        ? `${command} was not sent: not allowed in state ${this.#state} (allowed: ${commands[command].issuers[this.role].join(", ")})`
        : `${command} was not sent: an ${this.role.toUpperCase()} never sends it`,
    );
  }

  #enterUrgent(
    pdu: PduInput & { command: RequestName },
    options: RequestOptions | undefined,
    outcome: Outcome,
  ): void {
    const timeout = options?.timeout ?? this.#defaultTimeout(pdu.command);
    const pending = new Pending(
      {
        command: pdu.command,
        frame: this.#codec.encode(pdu, 0),
        ownNumber: pdu.sequence_number,
        timeout,
        waitTimeout: 0,
        counted: false,
      },
      outcome,
      performance.now(),
    );
    this.#urgent.push(pending);
    if (options?.signal !== undefined) pending.obey(options.signal, () => {});
    this.#outbox.schedule();
  }

  #defaultTimeout(command: RequestName): number {
    if (command === "unbind") return this.#times.unbind;
    return stateBoundBy(command) === undefined ? this.#times.request : this.#times.bind;
  }

  /** Puts what may leave now into the outbox; called right before it writes. */
  #fill(): void {
    const now = performance.now();
    for (;;) {
      const next = this.#nextUrgent() ?? this.#nextOfLane(now);
      if (next === undefined) return;
      try {
        const number = next.ownNumber ?? this.#draw();
        if (number === undefined) return;
        this.#remove(next);
        this.#launch(next, number, now);
      } catch (error) {
        this.#remove(next);
        next.reject(asError(error));
      }
    }
  }

  #nextUrgent(): Pending | undefined {
    while (this.#urgent[0]?.settled) this.#urgent.shift();
    return this.#urgent[0];
  }

  /** Takes the request whose turn it is out of where it waits. */
  #remove(next: Pending): void {
    if (next === this.#urgent[0]) this.#urgent.shift();
    else if (next === this.#lane.peek()) this.#lane.take();
  }

  #nextOfLane(now: number): Pending | undefined {
    if (!isBound(this.#state) || this.#window.used >= this.#windowSize) return undefined;
    const head = this.#lane.peek();
    if (head === undefined) return undefined;
    const readyAt = this.#lane.readyAt(head, now);
    if (readyAt <= now) return head;
    this.#alarm.set(readyAt, now);
    return undefined;
  }

  #draw(): number | undefined {
    if (this.#drawing) return undefined;
    // Never a number in flight, also after the sequencer began again: of one more draws than there
    // are requests in flight, one is free, if the sequencer is any good.
    for (let tries = this.#window.size; tries >= 0; tries--) {
      const number = this.#drawn ?? this.#sequencer.next();
      this.#drawn = undefined;
      if (typeof number !== "number") return this.#await(number);
      if (!this.#window.has(number)) return number;
    }
    throw new LinkError(
      "sequence_number",
      "not sent: the sequencer hands out only numbers that are in flight",
    );
  }

  #await(number: Promise<number>): undefined {
    this.#drawing = true;
    number.then(
      (drawn) => {
        this.#drawing = false;
        this.#drawn = drawn;
        this.#outbox.schedule();
      },
      (error: unknown) => {
        this.#drawing = false;
        // The request that asked fails with the sequencer's own words; the next one asks again.
        const next = this.#nextUrgent() ?? this.#lane.peek();
        if (next !== undefined) this.#remove(next);
        next?.reject(asError(error));
        this.#outbox.schedule();
      },
    );
    return undefined;
  }

  #launch(pending: Pending, number: number, now: number): void {
    if (this.#window.has(number)) {
      throw new LinkError(
        "sequence_number",
        `${pending.command} was not sent: sequence_number ${number} is in flight`,
      );
    }
    pending.writeAs(number, now);
    this.#window.add(number, pending);
    this.#alarm.set(pending.deadline, now);
    this.#announce(pending.frame, pending.command);
    this.#outbox.add(pending.frame);
    if (pending.command !== "enquire_link") this.#keepAlive.active(now);
  }

  /** Writes a frame that nothing waits for. */
  #write(frame: Uint8Array, command: string): void {
    this.#announce(frame, command);
    this.#outbox.add(frame);
    this.#outbox.schedule();
    if (this.#outbox.congested) this.#readOn();
  }

  /** Shows a frame to the callbacks, right before it is written. */
  #announce(frame: Uint8Array, command: string): void {
    this.#stats.sent(command);
    if (this.#callbacks.wants(command)) this.#show(this.#codec.decode(frame), "out");
  }

  // Receiving.

  readonly #onData = (chunk: Uint8Array): void => {
    const now = performance.now();
    this.#keepAlive.heard(now);
    try {
      this.#take(this.#framer.push(chunk), now);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#take(error.frames, now);
      this.#hangUp(error);
      return;
    }
    this.#watchPartial(now);
  };

  #watchPartial(now: number): void {
    if (this.#framer.pending === 0 || this.#times.partialPdu === 0) {
      this.#partialDeadline = Number.POSITIVE_INFINITY;
    } else {
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
      // Peers send deliver_sm in the same segment as the bind response: what waits for the bind
      // gets a turn to install its callbacks before the first message is handed out.
      if (before === "OPEN" && isBound(this.#state) && index + 1 < frames.length) {
        this.#hold(frames.slice(index + 1));
        return;
      }
    }
    if (this.#inbox.full) this.#readOn();
  }

  #hold(frames: Uint8Array[]): void {
    this.#held = frames;
    this.#readOn();
    setImmediate(() => {
      const held = this.#held ?? [];
      this.#held = undefined;
      if (this.#state === "CLOSED") return;
      this.#take(held, performance.now());
      this.#readOn();
    });
  }

  #receive(frame: Uint8Array, now: number): void {
    let pdu: Pdu;
    try {
      pdu = this.#codec.decode(frame);
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      this.#onMalformed(frame, error, now);
      return;
    }
    this.#stats.received(pdu.command);
    if (isResponse(frame)) this.#onResponse(pdu, now);
    else this.#onRequest(pdu, now);
  }

  #onResponse(pdu: Pdu, now: number): void {
    this.#show(pdu, "in");
    const pending = this.#window.get(pdu.sequence_number);
    if (pending === undefined || !answers(pdu, pending.command)) {
      const late = this.#overdue.delete(pdu.sequence_number);
      this.#stats.stray++;
      this.#logger.warn(
        { command: pdu.command, sequence_number: pdu.sequence_number, late },
        late
          ? "a response came after its request had timed out"
          : "a response that nobody asked for",
      );
      this.emit("stray", pdu, late);
      return;
    }
    this.#window.remove(pdu.sequence_number);
    this.#stats.answered(pdu.command_status, now - pending.writtenAt);
    if (pdu.command !== "enquire_link_resp") this.#keepAlive.active(now);
    if (pdu.command_status === OK && pdu.command !== "generic_nack")
      this.#succeed(pending, pdu, now);
    else this.#fail(pending, new StatusError(pending.command, pdu), now);
    this.#afterWork();
  }

  #succeed(pending: Pending, pdu: Pdu, now: number): void {
    this.#lane.accepted(pending, now);
    const state = stateBoundBy(pending.command);
    if (state !== undefined) this.#becomeBound(state, pdu);
    pending.resolve(pdu);
  }

  #fail(pending: Pending, error: StatusError, now: number): void {
    if (!pending.counted || !this.#lane.refused(pending, error, now)) {
      pending.reject(error);
      return;
    }
    this.#stats.throttled++;
    const until = this.#lane.pausedUntil;
    this.#logger.warn(
      { status: error.statusName, milliseconds: Math.round(until - now) },
      "the peer asks to slow down",
    );
    this.emit("throttled", error, until);
  }

  #becomeBound(state: SessionState, pdu: Pdu): void {
    this.#state = state;
    this.#bindDeadline = Number.POSITIVE_INFINITY;
    this.#logger.info({ state }, "bound");
    this.#outbox.schedule();
    this.emit("bound", pdu);
  }

  #onRequest(pdu: Pdu, now: number): void {
    if (pdu.command === "unknown") {
      this.#show(pdu, "in");
      this.#answer(pdu, undefined);
      return;
    }
    const refusal = this.#refusalOf(pdu.command);
    if (refusal !== undefined) {
      this.#logger.warn({ command: pdu.command, state: this.#state }, "not allowed in this state");
      this.#answer(pdu, { command_status: refusal });
      return;
    }
    if (pdu.command === "enquire_link") {
      void this.#serve(pdu);
      return;
    }
    this.#keepAlive.active(now);
    // unbind does not wait for callbacks that are busy, and what ends nothing needs no place.
    if (pdu.command === "unbind") void this.#serve(pdu);
    else this.#inbox.add(pdu);
  }

  #refusalOf(command: CommandName): number | undefined {
    if (mayIssue(this.#peer, this.#state, command)) return undefined;
    if (!mayEverIssue(this.#peer, command)) return Status.ESME_RINVCMDID;
    if (stateBoundBy(command) !== undefined) return Status.ESME_RALYBND;
    return Status.ESME_RINVBNDSTS;
  }

  /** Hands a received request to its callback and answers with what that says. Never rejects. */
  #serve(pdu: Pdu): Promise<void> | void {
    let answer: unknown;
    try {
      this.#callbacks.all?.(pdu, "in");
      answer = this.#callbacks.get(pdu.command)?.(pdu, "in");
    } catch (error) {
      this.#answerError(pdu, error);
      return;
    }
    const taken = this.#read(pdu);
    if (taken !== undefined) answer = Promise.all([answer, taken]).then(([first]) => first);
    if (!isPromise(answer)) {
      this.#answer(pdu, answer);
      return;
    }
    return Promise.resolve(answer).then(
      (late) => this.#answer(pdu, late),
      (error) => this.#answerError(pdu, error),
    );
  }

  /** Calls the callbacks whose return value does not count. */
  #show(pdu: Pdu, direction: Direction): void {
    try {
      this.#callbacks.all?.(pdu, direction);
      const result = this.#callbacks.get(pdu.command)?.(pdu, direction);
      if (isPromise(result)) result.then(undefined, (error) => this.#report(asError(error)));
    } catch (error) {
      this.#report(asError(error));
    }
  }

  /** Offers a received request to the reader; the promise says when it was taken. */
  #read(pdu: Pdu): Promise<void> | undefined {
    if (pdu.command === "enquire_link" || pdu.command === "unbind") return undefined;
    if (this.#reader !== undefined) return this.#reader(pdu);
    if (this.#callbacks.get(pdu.command) === undefined) this.#stats.unhandled++;
    return undefined;
  }

  #answerError(pdu: Pdu, thrown: unknown): void {
    this.#report(asError(thrown));
    this.#answer(pdu, { command_status: statusOf(thrown) });
  }

  /** Answers a received request; `answer` is what its callback returned. */
  #answer(pdu: Pdu, answer: unknown): void {
    if (answer === noAnswer || !isAnswerable(pdu)) return;
    if (this.#state === "CLOSED" || (this.#state === "UNBOUND" && pdu.command !== "unbind")) {
      this.#stats.unanswered++;
      return;
    }
    // encode refuses what is not a field of the response, whatever a callback made of it.
    const fields = (typeof answer === "object" && answer !== null ? answer : {}) as {
      command_status?: number;
    };
    const command_status = typeof answer === "number" ? answer : (fields.command_status ?? OK);
    const response = responseTo(pdu, { ...fields, command_status });
    let frame: Uint8Array;
    try {
      frame = this.#codec.encode(response);
    } catch (error) {
      this.#answerError(pdu, error);
      return;
    }
    this.#write(frame, response.command);
    if (command_status !== OK || pdu.command === "unknown") return;
    const state = stateBoundBy(pdu.command);
    if (state !== undefined) this.#becomeBound(state, pdu);
    if (pdu.command === "unbind") this.#becomeUnbound("peer");
  }

  /** A PDU that cannot be decoded: answered when it was a request, the end of its request otherwise. */
  #onMalformed(frame: Uint8Array, error: PduError, now: number): void {
    this.#stats.malformed++;
    this.#report(error);
    const { sequence_number, command_status } = error;
    if (isResponse(frame)) {
      this.#onMalformedResponse(frame, error, now);
      return;
    }
    const command = nameById.get(error.command_id ?? 0);
    const response = command === undefined ? null : commands[command].response;
    if (command !== undefined && response === null) return;
    const input: PduInput = {
      command: response ?? "generic_nack",
      command_status,
      sequence_number,
    };
    this.#write(this.#codec.encode(input), input.command);
  }

  #onMalformedResponse(frame: Uint8Array, error: PduError, now: number): void {
    const { sequence_number } = error;
    const pending = this.#window.get(sequence_number);
    if (pending === undefined) {
      this.#stats.stray++;
      return;
    }
    const header = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const command_status = header.getUint32(8);
    this.#window.remove(sequence_number);
    this.#stats.answered(command_status, now - pending.writtenAt);
    // The body is unreadable, but whether the peer said yes or no stands in the header.
    if (command_status === OK) pending.reject(error);
    else {
      const body = frame.subarray(16);
      const command_id = header.getUint32(4);
      const response: Pdu = {
        command: "unknown",
        command_id,
        command_status,
        sequence_number,
        body,
      };
      this.#fail(pending, new StatusError(pending.command, response), now);
    }
    this.#afterWork();
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
    if (this.#drained === undefined) return;
    if (this.#window.used === 0 && this.#lane.size === 0 && this.#inbox.running === 0)
      this.#drained();
  }

  /** Reads, or stops reading, as the room for what is read allows. */
  #readOn(): void {
    const reading = this.#held === undefined && !this.#inbox.full && !this.#outbox.congested;
    if (reading === this.#reading || this.#state === "CLOSED") return;
    this.#reading = reading;
    if (reading) this.#stream.resume();
    else this.#stream.pause();
  }

  // Time.

  #onAlarm(now: number): void {
    for (const [number, pending] of this.#window.expire(now)) {
      this.#stats.timeouts++;
      this.#overdue.add(number);
      if (this.#overdue.size > REMEMBERED) this.#overdue.delete(firstOf(this.#overdue));
      pending.reject(new TimeoutError(pending.command, true, pending.timeout));
    }
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
      this.#window.nextDeadline,
      this.#bindDeadline,
      this.#partialDeadline,
      this.#drainDeadline,
      this.#lingerDeadline,
      isBound(this.#state) ? this.#keepAlive.nextAt : Number.POSITIVE_INFINITY,
    );
    if (next < Number.POSITIVE_INFINITY) this.#alarm.set(next, now);
  }

  #keepAlong(now: number): void {
    switch (this.#keepAlive.check(now)) {
      case "enquire":
        this.#enterUrgent({ command: "enquire_link" }, undefined, {
          resolve: () => {},
          // Silence is what ends a link, not this request; the keep-alive sees to it.
          reject: (error) => this.#logger.debug({ err: error }, "enquire_link was not answered"),
        });
        break;
      case "silent":
        this.#end(new LinkError("silent", "the peer did not answer enquire_link"), "drop");
        break;
      case "inactive":
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
      try {
        await new Promise<Pdu>((resolve, reject) =>
          this.#enterUrgent({ command: "unbind" }, undefined, { resolve, reject }),
        );
      } catch (error) {
        this.#logger.warn({ err: error }, "unbind was not answered");
      }
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
        this.#drainDeadline = Number.POSITIVE_INFINITY;
        resolve();
      };
      this.#afterWork();
    });
  }

  /** unbind was exchanged: nothing more is written, answers on their way are still read for a while. */
  #becomeUnbound(by: "us" | "peer"): void {
    if (this.#state === "CLOSED" || this.#state === "UNBOUND") return;
    this.#state = "UNBOUND";
    this.#logger.info({ by }, "unbound");
    const asked = by === "us" ? "this side" : "the peer";
    this.#farewell = new LinkError("unbound", `${asked} unbound the session`);
    this.#outbox.flush();
    this.#stream.end();
    const now = performance.now();
    this.#lingerDeadline = now + LINGER;
    this.#alarm.set(this.#lingerDeadline, now);
    this.emit("unbound", by);
  }

  #hangUp(error: FrameError): void {
    this.#stats.malformed++;
    const { command_status, sequence_number } = error;
    this.#write(
      this.#codec.encode({ command: "generic_nack", command_status, sequence_number }),
      "generic_nack",
    );
    this.#end(new LinkError("untrusted_length", error.message, { cause: error }), "linger");
  }

  readonly #onEnd = (): void => {
    this.#end(this.#farewell, "flush");
  };

  readonly #onStreamClose = (): void => {
    this.#end(this.#farewell, "drop");
    this.#onClosed();
  };

  readonly #onStreamError = (error: Error): void => {
    this.#end(new LinkError("stream_error", error.message, { cause: error }), "drop");
  };

  /**
   * The one place where a session ends. `drop` tears the connection down, `flush` writes the last
   * words first, `linger` also waits for the peer to close, so that it surely reads them.
   */
  #end(reason: LinkError, manner: "flush" | "linger" | "drop"): void {
    if (this.#state === "CLOSED") return;
    if (manner !== "drop") this.#outbox.flush();
    this.#state = "CLOSED";
    this.#alarm.clear();
    this.#outbox.close();
    this.#inbox.clear();
    this.#stream.off("data", this.#onData);
    this.#drained?.();
    this.#abandon(reason);
    this.#logger.info({ code: reason.code }, `closed: ${reason.message}`);
    void this.#closed.then(() => this.emit("close", reason));
    this.#hangUpStream(manner);
    if (this.#stream.closed) this.#onClosed();
  }

  #hangUpStream(manner: "flush" | "linger" | "drop"): void {
    const destroy = () => this.#stream.destroy();
    if (manner === "drop" || this.#stream.destroyed) destroy();
    else if (manner === "flush") this.#stream.end(destroy);
    else {
      // What the peer still sends is read and forgotten, or its closing would never be seen.
      this.#stream.resume();
      this.#stream.end();
      const timer = setTimeout(destroy, LINGER);
      void this.#closed.then(() => clearTimeout(timer));
    }
  }

  /** Gives every request that is under way its outcome, or its place in the lane back. */
  #abandon(reason: LinkError): void {
    for (const pending of this.#window.clear()) {
      if (pending.counted && !this.#ownsLane && this.#onLinkLoss === "resend") {
        this.#lane.giveBack(pending);
      } else pending.reject(reason.for(pending.command, true));
    }
    for (const pending of this.#urgent.splice(0))
      pending.reject(reason.for(pending.command, false));
    if (this.#ownsLane) this.#lane.rejectAll(reason);
  }
}

const nameById: ReadonlyMap<number, CommandName> = new Map(
  // The keys of the table are the names of the commands; Object.entries forgets it.
  (Object.entries(commands) as [CommandName, { id: number }][]).map(([name, { id }]) => [id, name]),
);

/** Commands that wait for nothing: they make, keep and end the session itself. */
function isUrgent(command: CommandName): boolean {
  return command === "enquire_link" || command === "unbind" || stateBoundBy(command) !== undefined;
}

/** Bit 31 of command_id marks a response (SMPP 3.4 section 5.1.2.1). */
function isResponse(frame: Uint8Array): boolean {
  return ((frame[4] ?? 0) & 0x80) !== 0;
}

function isAnswerable(pdu: Pdu): boolean {
  return pdu.command === "unknown" || commands[pdu.command].response !== null;
}

/**
 * Whether `pdu` can be the answer to `request`: its response, or any refusal. Some peers answer one
 * kind of bind with the response to another.
 */
function answers(pdu: Pdu, request: RequestName): boolean {
  return (
    pdu.command === commands[request].response ||
    pdu.command_status !== OK ||
    pdu.command === "generic_nack" ||
    (stateBoundBy(request) !== undefined && pdu.command.startsWith("bind_"))
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The command_status that a thrown error asks for. */
function statusOf(thrown: unknown): number {
  if (thrown instanceof PduError || thrown instanceof FrameError) return Status.ESME_RSYSERR;
  const status =
    typeof thrown === "object" && thrown !== null && "command_status" in thrown
      ? thrown.command_status
      : undefined;
  return typeof status === "number" && status > 0 ? status : Status.ESME_RSYSERR;
}

function firstOf(numbers: Set<number>): number {
  for (const number of numbers) return number;
  return 0;
}
