/** The requests of this side: taken from the queue, numbered, written, and settled exactly once. */
import {
  type Codec,
  type CommandName,
  commands,
  type Pdu,
  type PduInput,
  type RequestName,
  Status,
} from "@esme/pdu";
import type { Sequencer } from "@esme/sequencers";
import { asError, LinkError, StatusError, TimeoutError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { type Lifecycle, stateBoundBy } from "./lifecycle.ts";
import { type RequestOptions, type Settings, timesOf } from "./options.ts";
import {
  type Outcome,
  ownNumberOf,
  PendingRequest,
  type PendingRequestInit,
} from "./pending-request.ts";
import type { Reporter } from "./reporter.ts";
import type { Consumer, RequestSource } from "./request-queue.ts";
import { SequenceNumbers } from "./sequence-numbers.ts";
import type { Stats } from "./stats.ts";
import type { Timer, Timers } from "./timers.ts";

/**
 * A request after which so many sessions lost their bind is rejected, not put back into its queue: it
 * would end one session after the other. One with an `onLinkLoss` of its own counts for itself.
 */
const MOST_BINDS_LOST = 3;

/** How many timed-out requests are remembered, so that a late answer is known as late. */
const REMEMBERED = 1_000;

/** What {@link OutboundRequests} works with. */
export interface OutboundRequestsInit {
  readonly codec: Codec;
  readonly sequencer: Sequencer;
  readonly settings: Settings;
  readonly queue: RequestSource;
  /** Whether the queue belongs to this session alone, and ends with it. */
  readonly ownsQueue: boolean;
  /** Whether requests in flight go back into the queue when the link is lost. */
  readonly resend: boolean;
  readonly lifecycle: Lifecycle;
  readonly writer: FrameWriter;
  readonly timers: Timers;
  readonly stats: Stats;
  readonly reporter: Reporter;
  /** Called when a request without a message succeeded, before its promise resolves. */
  readonly onSuccess: (command: CommandName, response: Pdu) => void;
}

/** Everything from the queue to the last response. */
export class OutboundRequests implements Consumer {
  readonly #init: OutboundRequestsInit;
  /** Requests in flight, by sequence number. */
  readonly #inFlight = new Map<number, PendingRequest>();
  /** How many of them take a place in the window. */
  #used = 0;
  /**
   * Runs until a response may be overdue. Responses do not stop it: finding the next deadline at each
   * response would cost more than looking at all requests when the timer is over.
   */
  readonly #responseTimer: Timer;
  /** bind, unbind and enquire_link: they do not wait for the window. */
  readonly #urgent: PendingRequest[] = [];
  /** Sequence numbers of requests that timed out. */
  readonly #overdue = new Set<number>();
  readonly #numbers: SequenceNumbers;
  #detach: () => void = () => {};
  /** Rejects what waits in a queue of this session's own. */
  readonly #release: ((reason: LinkError) => void) | undefined;

  constructor(init: OutboundRequestsInit) {
    this.#init = init;
    this.#release = init.ownsQueue ? init.queue.retain() : undefined;
    this.#responseTimer = init.timers.create("peer", (now) => this.#expire(now));
    this.#numbers = new SequenceNumbers(init.sequencer, this.#inFlight, (error) => {
      if (error !== undefined) this.#onNoNumber(error);
      init.writer.schedule();
    });
  }

  /** Takes requests from the queue from now on. */
  attach(): void {
    this.#detach = this.#init.queue.attach(this);
  }

  /** The queue has work. */
  onRequest(): void {
    this.#init.writer.schedule();
  }

  /** Whether this session may send the request, now or when it is bound. */
  maySend({ command, frame }: PendingRequest): boolean {
    return this.#init.lifecycle.mayStillSend(command, frame);
  }

  /** Requests in flight that take a place in the window. */
  get inFlight(): number {
    return this.#used;
  }

  /** Sends a request that does not wait in the queue. Rejects with PduError, and as `Session.request`. */
  ask(pdu: PduInput & { command: RequestName }, options?: RequestOptions): Promise<Pdu> {
    const { lifecycle, codec, writer } = this.#init;
    const { command } = pdu;
    if (stateBoundBy(command) !== undefined) lifecycle.noteVersion(pdu);
    return new Promise((resolve, reject) => {
      const defaults = { timeout: this.#timeoutOf(command), waitTimeout: 0 };
      const { timeout } = timesOf(command, options, defaults);
      const ownNumber = ownNumberOf(pdu);
      const frame = codec.encode(pdu, 0);
      const init = { command, ownNumber, frame, timeout, hasResponse: true };
      const pending = this.#addUrgent(init, { resolve, reject });
      if (options?.signal !== undefined) pending.abortOn(options.signal, () => {});
      writer.schedule();
    });
  }

  /**
   * Writes a PDU that has no response, with a number of the sequencer: at once, unless the sequencer
   * must be waited for.
   */
  sendUnanswered(command: CommandName, frame: Uint8Array): void {
    const { reporter, writer } = this.#init;
    const outcome = { resolve: () => {}, reject: reporter.error };
    const init = { command, frame, ownNumber: undefined, timeout: 0, hasResponse: false };
    this.#addUrgent(init, outcome);
    const now = performance.now();
    // Not left to the next fill: a close before that writes only what is in the writer.
    while (this.#send(this.#nextUrgent(), now));
    writer.schedule();
  }

  /** Hands everything that may leave now to the writer; called right before it writes. */
  fill(): void {
    const now = performance.now();
    for (;;) {
      const urgent = this.#urgent.length === 0 ? undefined : this.#nextUrgent();
      if (!this.#send(urgent ?? this.#nextOfQueue(now), now)) return;
    }
  }

  /** A response came: it settles the request that it belongs to. */
  receive(pdu: Pdu, now: number): void {
    const number = pdu.sequence_number === 0 ? this.#numberOfZero(pdu) : pdu.sequence_number;
    const pending = this.#inFlight.get(number);
    if (
      pending !== undefined &&
      (pdu.command === commands[pending.command].response || canAnswer(pdu, pending.command))
    ) {
      this.#inFlight.delete(number);
      this.#settle(pending, pdu, now);
    }
    // Not answered: two peers that nack each other's nacks would never end.
    else this.#init.reporter.stray(pdu, this.#overdue.delete(pdu.sequence_number));
  }

  /**
   * The link is gone: everything in flight is rejected or, as `onLinkLoss` says, goes back to its
   * place in the queue. What waits in a queue that outlives the session stays there.
   */
  abandon(reason: LinkError): void {
    this.#detach();
    const pending = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#used = 0;
    for (const request of pending) {
      const error = reason.for(request.command, true);
      if (this.#goesBack(request, error)) this.#init.queue.giveBack(request, true);
      else request.reject(error);
    }
    for (const request of this.#urgent.splice(0)) {
      request.reject(reason.for(request.command, false));
    }
    this.#release?.(reason);
  }

  #timeoutOf(command: RequestName): number {
    const { unbindTimeout, requestTimeout, bindTimeout } = this.#init.settings;
    if (command === "unbind") return unbindTimeout;
    return stateBoundBy(command) === undefined ? requestTimeout : bindTimeout;
  }

  #addUrgent(
    init: Omit<PendingRequestInit, "waitTimeout" | "isQueued">,
    outcome: Outcome,
  ): PendingRequest {
    const all = { ...init, waitTimeout: 0, isQueued: false };
    const pending = new PendingRequest(all, outcome, performance.now());
    this.#urgent.push(pending);
    return pending;
  }

  /** The oldest urgent request that may be sent; those before it that may not are rejected. */
  #nextUrgent(): PendingRequest | undefined {
    for (;;) {
      const next = this.#urgent[0];
      if (next === undefined) return undefined;
      const { command, frame, settled } = next;
      const refusal = settled ? undefined : this.#init.lifecycle.refusalOfSending(command, frame);
      if (refusal === undefined && !settled) return next;
      this.#urgent.shift();
      if (refusal !== undefined) next.reject(refusal);
    }
  }

  /** The oldest request of the queue, if it may leave now. What nobody may ever send is rejected. */
  #nextOfQueue(now: number): PendingRequest | undefined {
    const { queue, settings, timers, lifecycle } = this.#init;
    const { priorityWindow, window } = settings;
    const most = Math.max(1, window - priorityWindow);
    while (this.#used < window && lifecycle.mayTakeFrom(queue)) {
      const head = queue.peek();
      // One with priority would be the head.
      if (head === undefined || (this.#used >= most && !head.hasPriority)) return undefined;
      const refusal = lifecycle.refusalOfSending(head.command, head.frame);
      if (refusal === undefined) {
        const readyAt = queue.readyAt(head, now);
        if (readyAt <= now) return head;
        timers.wakeAt(readyAt, now);
        return undefined;
      }
      if (lifecycle.mayEverSend(head.command) && queue.isForOthers(head)) return undefined;
      queue.refuse(head, refusal);
    }
    return undefined;
  }

  /** Numbers and writes this request. False: there is none, or the sequencer must be waited for. */
  #send(next: PendingRequest | undefined, now: number): boolean {
    if (next === undefined) return false;
    const { queue, lifecycle, writer, stats, timers } = this.#init;
    let number: number | undefined;
    try {
      number = next.ownNumber ?? this.#numbers.next();
    } catch (error) {
      this.#onNoNumber(asError(error));
      return true;
    }
    if (number === undefined) return false;
    // A sequencer is code of the user: while it ran, the request may have been aborted or rejected.
    if (next === this.#urgent[0]) this.#urgent.shift();
    else if (next === queue.peek()) queue.take(next);
    if (this.#inFlight.has(number)) {
      next.reject(numberInFlight(next.command, number));
      return true;
    }
    next.writeAs(number, now, timers.peerTime.at(now));
    if (next.isQueued) stats.waited(now - next.createdAt);
    if (next.hasResponse) {
      this.#inFlight.set(number, next);
      if (next.isQueued) this.#used++;
      this.#responseTimer.startUntil(next.deadline, now);
    }
    writer.add(lifecycle.frameForPeer(next.frame), next.command);
    return true;
  }

  /**
   * The sequencer returned no number. bind, unbind and enquire_link get one of the session's own: a
   * store that is out of reach must not end the link, too. A message is rejected with the sequencer's
   * error; the next one asks again.
   */
  #onNoNumber(error: Error): void {
    const { reporter, queue } = this.#init;
    if (this.#nextUrgent() !== undefined) {
      reporter.error(error);
      this.#numbers.useSpare();
      return;
    }
    const head = queue.peek();
    if (head === undefined) return;
    queue.take(head);
    head.reject(error);
  }

  #settle(pending: PendingRequest, response: Pdu, now: number): void {
    const { lifecycle, queue, reporter, onSuccess } = this.#init;
    if (pending.isQueued) this.#used--;
    reporter.response(pending.command, response.command_status, now - pending.writtenAt);
    if (response.command_status === Status.ESME_ROK && response.command !== "generic_nack") {
      if (pending.isMessage) queue.accepted(now);
      else onSuccess(pending.command, response);
      pending.resolve(response);
      return;
    }
    const error = new StatusError(pending.command, response);
    const isBoundEsme = lifecycle.role === "esme" && lifecycle.isBound;
    if (isBoundEsme && meansUnbound(pending.command, response)) {
      pending.bindsLost++;
      if (pending.onLinkLoss !== undefined || pending.bindsLost < MOST_BINDS_LOST) {
        this.#loseBind(pending, error);
        return;
      }
    }
    if (pending.isQueued && queue.refused(pending, error, now)) {
      reporter.throttled(error, queue.pausedUntil);
    } else pending.reject(error);
  }

  /** The peer refused what our state allows: it lost the bind, and did not act on the request. */
  #loseBind(pending: PendingRequest, cause: StatusError): void {
    const { lifecycle, queue } = this.#init;
    const what = `the SMSC lost the bind: ${cause.message}`;
    const reason = new LinkError("bind_lost", what, { cause });
    if (this.#goesBack(pending, reason)) queue.giveBack(pending, false);
    else pending.reject(reason);
    lifecycle.loseBind(reason);
  }

  /** Whether a request that was in flight takes its place in the queue again. */
  #goesBack({ isQueued, onLinkLoss }: PendingRequest, error: LinkError): boolean {
    const { resend, reporter } = this.#init;
    if (!isQueued || onLinkLoss === undefined) return isQueued && resend;
    try {
      return onLinkLoss(error) === "resend";
    } catch (thrown) {
      reporter.error(asError(thrown));
      return false;
    }
  }

  /** Rejects the requests whose time for a response is over. */
  #expire(now: number): void {
    const { reporter, timers } = this.#init;
    const peerNow = timers.peerTime.at(now);
    const overdue = [...this.#inFlight].filter(([, { deadline }]) => deadline <= peerNow);
    for (const [number, { isQueued }] of overdue) {
      this.#inFlight.delete(number);
      if (isQueued) this.#used--;
    }
    for (const { deadline } of this.#inFlight.values()) {
      this.#responseTimer.startUntil(deadline, now);
    }
    for (const [number, pending] of overdue) {
      const { command, timeout } = pending;
      reporter.response(command, undefined, now - pending.writtenAt);
      this.#overdue.add(number);
      if (this.#overdue.size > REMEMBERED) this.#forgetOldest();
      pending.reject(new TimeoutError("response_timeout", command, true, timeout));
    }
  }

  #forgetOldest(): void {
    for (const number of this.#overdue) {
      this.#overdue.delete(number);
      return;
    }
  }

  /**
   * A peer that cannot read a bind answers generic_nack with number 0: it refuses the only request
   * there is. Later such a nack may refuse a response of ours.
   */
  #numberOfZero({ command }: Pdu): number {
    if (command !== "generic_nack" || this.#inFlight.size !== 1) return 0;
    const [only] = this.#inFlight;
    return only !== undefined && stateBoundBy(only[1].command) !== undefined ? only[0] : 0;
  }
}

/**
 * Whether `pdu`, which is not the response to `request`, can be its answer all the same: any refusal
 * can. Some peers answer one kind of bind with the response to another.
 */
function canAnswer(pdu: Pdu, request: CommandName): boolean {
  return (
    pdu.command_status !== Status.ESME_ROK ||
    pdu.command === "generic_nack" ||
    (stateBoundBy(request) !== undefined && pdu.command.startsWith("bind_"))
  );
}

/** Whether a refusal of `request` means that the session is not bound, though a bind succeeded. */
function meansUnbound(request: CommandName, { command, command_status }: Pdu): boolean {
  // A second bind is refused for being one, and after an unbind the session ends anyway.
  if (request === "unbind" || stateBoundBy(request) !== undefined) return false;
  return (
    command_status === Status.ESME_RINVBNDSTS ||
    command_status === Status.ESME_RBINDFAIL ||
    command === "enquire_link_resp"
  );
}

function numberInFlight(command: string, number: number): LinkError {
  const what = `sequence_number ${number} is in flight`;
  return new LinkError("sequence_number", `${command} was not sent: ${what}`);
}
