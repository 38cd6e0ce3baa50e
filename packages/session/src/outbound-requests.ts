/** The requests of this side: taken from the queue, numbered, in flight, and ended exactly once. */
import { type Codec, type CommandName, commands, type Pdu, type PduInput, Status } from "@esme/pdu";
import { LAST_SEQUENCE_NUMBER, type Sequencer } from "@esme/sequencers";
import type { Alarm, PeerTime } from "./deadlines.ts";
import { asError, LinkError, StatusError, TimeoutError } from "./errors.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { carriesMessage, type Lifecycle, mayEverIssue, stateBoundBy } from "./lifecycle.ts";
import type { Settings } from "./options.ts";
import {
  type Outcome,
  ownNumberOf,
  PendingRequest,
  type PendingRequestInit,
} from "./pending-request.ts";
import type { Consumer, RequestQueue } from "./request-queue.ts";
import type { Stats } from "./stats.ts";
import type { Logger, Trace } from "./trace.ts";
import { isPromise } from "./user-code.ts";
import { Window } from "./window.ts";

/**
 * A request that ended this many sessions is rejected, not put back into its queue: it would end one
 * session after the other.
 */
const MOST_BINDS_LOST = 3;

/** How many timed-out requests are remembered: an answer to one of them is `late`, not unknown. */
const REMEMBERED = 1_000;

/** What {@link OutboundRequests} works with. */
export interface OutboundRequestsInit {
  readonly codec: Codec;
  readonly sequencer: Sequencer;
  readonly settings: Pick<Settings, "window">;
  readonly queue: Pick<
    RequestQueue,
    | ("attach" | "retain" | "isForOthers" | "isShared" | "peek" | "take" | "refuse" | "giveBack")
    | ("readyAt" | "accepted" | "refused" | "pausedUntil")
  >;
  /** Whether the queue is this session's own, and ends with it. */
  readonly ownsQueue: boolean;
  readonly lifecycle: Lifecycle;
  readonly writer: FrameWriter;
  readonly alarm: Alarm;
  readonly peerTime: PeerTime;
  readonly stats: Stats;
  readonly trace: Trace;
  readonly logger: Logger;
  /** A request that brings no message succeeded; called before its promise resolves. */
  readonly onSuccess: (command: CommandName, response: Pdu) => void;
  /** The peer refused with a throttling status; the queue pauses until then. */
  readonly onThrottled: (error: StatusError, until: number) => void;
  /** Whether a link that is gone gives what was in flight back to the queue. */
  readonly resend: boolean;
  /** A response came that no request waited for. */
  readonly onStray: (pdu: Pdu, late: boolean) => void;
  /** A request was refused that a bound session may make. */
  readonly onBindLost: (reason: LinkError) => void;
  /** The sequencer failed where that ends no request. */
  readonly onError: (error: Error) => void;
}

/** Everything from the queue to the last response. */
export class OutboundRequests implements Consumer {
  readonly #init: OutboundRequestsInit;
  readonly #window = new Window();
  /** bind, unbind and enquire_link: they make, keep and end the session and wait for nothing. */
  readonly #urgent: PendingRequest[] = [];
  /** Sequence numbers of requests that timed out. */
  readonly #overdue = new Set<number>();
  #drawn: number | undefined = undefined;
  /** How often in a row the sequencer gave a number that is in flight. */
  #repeats = 0;
  #spare = LAST_SEQUENCE_NUMBER;
  #drawing = false;
  #detach: () => void = () => {};
  /** Rejects what waits in a queue of this session's own. */
  readonly #release: ((reason: LinkError) => void) | undefined;

  constructor(init: OutboundRequestsInit) {
    this.#init = init;
    this.#release = init.ownsQueue ? init.queue.retain() : undefined;
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
    const { lifecycle } = this.#init;
    return lifecycle.state === "OPEN" || lifecycle.refusalOfSending(command, frame) === undefined;
  }

  /** Requests in flight that take a place in the window. */
  get inFlight(): number {
    return this.#window.used;
  }

  /** No request is overdue before this time. */
  get nextDeadline(): number {
    return this.#init.peerTime.when(this.#window.nextDeadline);
  }

  /** Takes a request that passes the queue. Throws PduError. */
  enterUrgent(
    pdu: PduInput & { command: CommandName },
    timeout: number,
    signal: AbortSignal | undefined,
    outcome: Outcome,
  ): void {
    const ownNumber = ownNumberOf(pdu);
    const frame = this.#init.codec.encode(pdu, 0);
    const { command } = pdu;
    const pending = this.#urgentOf({ command, ownNumber, frame, timeout, answered: true }, outcome);
    if (signal !== undefined) pending.abortOn(signal, () => {});
    this.#init.writer.schedule();
  }

  /**
   * Writes a PDU that nobody answers, with a number of the sequencer: at once, unless that number
   * takes its time.
   */
  sendUnanswered(command: CommandName, frame: Uint8Array): void {
    const outcome = { resolve: () => {}, reject: this.#init.onError };
    const ownNumber = undefined;
    this.#urgentOf({ command, ownNumber, frame, timeout: 0, answered: false }, outcome);
    const now = performance.now();
    // Not left to the next fill: before that, a close would write what is in the writer, and no more.
    while (this.#launch(this.#nextUrgent(), now));
    this.#init.writer.schedule();
  }

  /** Puts what may leave now into the writer; called right before it writes. */
  fill(): void {
    const now = performance.now();
    for (;;) {
      const urgent = this.#urgent.length === 0 ? undefined : this.#nextUrgent();
      if (!this.#launch(urgent ?? this.#nextOfQueue(now), now)) return;
    }
  }

  /** A response came: it ends the request that it belongs to. */
  receive(pdu: Pdu, now: number): void {
    const number = pdu.sequence_number === 0 ? this.#numberOfZero(pdu) : pdu.sequence_number;
    const pending = this.#window.get(number);
    if (
      pending !== undefined &&
      (pdu.command === commands[pending.command].response || answers(pdu, pending.command))
    ) {
      this.#settle(number, pending, pdu, now);
    } else this.#onStray(pdu);
  }

  /** Ends the requests whose time for a response is over. */
  expire(now: number): void {
    for (const [number, pending] of this.#window.expire(this.#init.peerTime.at(now))) {
      this.#init.trace.response(pending.command, undefined, now - pending.writtenAt);
      this.#overdue.add(number);
      if (this.#overdue.size > REMEMBERED) this.#forgetOldest();
      pending.reject(new TimeoutError("response_timeout", pending.command, true, pending.timeout));
    }
  }

  /**
   * The link is gone: everything in flight ends, or with `resend` goes back to its place in the
   * queue. What waits in a queue that outlives the session is not touched.
   */
  abandon(reason: LinkError): void {
    this.#detach();
    for (const pending of this.#window.clear()) {
      if (pending.counted && this.#init.resend) this.#init.queue.giveBack(pending, true);
      else pending.reject(reason.for(pending.command, true));
    }
    for (const pending of this.#urgent.splice(0)) {
      pending.reject(reason.for(pending.command, false));
    }
    this.#release?.(reason);
  }

  /**
   * A peer that cannot read a bind answers generic_nack with number 0: it is about the only request
   * there was. Later such a nack may be about a response of ours.
   */
  #numberOfZero({ command }: Pdu): number {
    if (command !== "generic_nack") return 0;
    const [number, only] = this.#window.only ?? [];
    const isBind = only !== undefined && stateBoundBy(only.command) !== undefined;
    return isBind && number !== undefined ? number : 0;
  }

  /** Never answered: two peers that nack each other's nacks would not end. */
  #onStray(pdu: Pdu): void {
    const { stats, logger, onStray } = this.#init;
    const { command, sequence_number } = pdu;
    // Said once: it belongs to a request that ran out of time.
    const late = this.#overdue.delete(sequence_number);
    stats.stray++;
    logger.warn(
      { command, sequence_number, late },
      late ? "a response came after its request had timed out" : "a response nobody asked for",
    );
    onStray(pdu, late);
  }

  #settle(number: number, pending: PendingRequest, response: Pdu, now: number): void {
    const { lifecycle, queue, stats, trace, onSuccess, onThrottled } = this.#init;
    this.#window.remove(number);
    trace.response(pending.command, response.command_status, now - pending.writtenAt);
    if (response.command_status === Status.ESME_ROK && response.command !== "generic_nack") {
      queue.accepted(pending, now);
      if (!carriesMessage(pending.command)) onSuccess(pending.command, response);
      pending.resolve(response);
      return;
    }
    const error = new StatusError(pending.command, response);
    const isBoundEsme = lifecycle.role === "esme" && lifecycle.isBound;
    if (isBoundEsme && saysUnbound(pending.command, response)) {
      pending.bindsLost++;
      if (pending.bindsLost < MOST_BINDS_LOST) {
        this.#loseBind(pending, error);
        return;
      }
    }
    if (pending.counted && queue.refused(pending, error, now)) {
      stats.throttled++;
      onThrottled(error, queue.pausedUntil);
    } else pending.reject(error);
  }

  /** The peer refused what our state allows: it is the bind that it lost, and nothing was taken. */
  #loseBind(pending: PendingRequest, cause: StatusError): void {
    const { resend, queue, onBindLost } = this.#init;
    const reason = new LinkError("bind_lost", `the SMSC lost the bind: ${cause.message}`, {
      cause,
    });
    if (pending.counted && resend) queue.giveBack(pending, false);
    else pending.reject(reason);
    onBindLost(reason);
  }

  #urgentOf(
    init: Omit<PendingRequestInit, "waitTimeout" | "counted">,
    outcome: Outcome,
  ): PendingRequest {
    const all = { ...init, waitTimeout: 0, counted: false };
    const pending = new PendingRequest(all, outcome, performance.now());
    this.#urgent.push(pending);
    return pending;
  }

  /** The oldest urgent request that may be sent; those before it that may not are refused. */
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

  /** The oldest request of the queue, if it may leave now. What nobody may ever send is refused. */
  #nextOfQueue(now: number): PendingRequest | undefined {
    const { queue, settings, alarm, lifecycle } = this.#init;
    while (this.#window.used < settings.window && lifecycle.mayTakeFrom(queue)) {
      const head = queue.peek();
      if (head === undefined) return undefined;
      const refusal = lifecycle.refusalOfSending(head.command, head.frame);
      if (refusal === undefined) {
        const readyAt = queue.readyAt(head, now);
        if (readyAt <= now) return head;
        alarm.set(readyAt, now);
        return undefined;
      }
      if (mayEverIssue(lifecycle.role, head.command) && queue.isForOthers(head)) {
        return undefined;
      }
      queue.refuse(refusal);
    }
    return undefined;
  }

  /** Numbers and writes this request. False: there is none, or its number takes its time. */
  #launch(next: PendingRequest | undefined, now: number): boolean {
    if (next === undefined) return false;
    let number: number | undefined;
    try {
      number = next.ownNumber ?? this.#draw();
    } catch (error) {
      this.#goWithout(asError(error));
      return true;
    }
    if (number === undefined) return false;
    if (next === this.#urgent[0]) this.#urgent.shift();
    else if (next === this.#init.queue.peek()) this.#init.queue.take();
    if (this.#window.has(number)) next.reject(inFlight(next.command, number));
    else this.#write(next, number, now);
    return true;
  }

  /** A number that is not in flight; undefined when the sequencer has to be waited for. */
  #draw(): number | undefined {
    if (this.#drawing) return undefined;
    // Of one more draw than there are requests in flight, one is free, also after the sequencer
    // began again at 1, if it is any good.
    for (;;) {
      const number = this.#drawn ?? this.#init.sequencer.next();
      this.#drawn = undefined;
      if (typeof number !== "number" && isPromise(number)) return this.#await(number);
      if (!isSequenceNumber(number)) throw noNumber(returned(number));
      if (!this.#window.has(number)) {
        this.#repeats = 0;
        return number;
      }
      if (++this.#repeats > this.#window.size) break;
    }
    this.#repeats = 0;
    throw noNumber("hands out only numbers that are in flight");
  }

  #await(number: PromiseLike<number>): undefined {
    this.#drawing = true;
    number.then(
      (drawn) => {
        this.#drawing = false;
        if (isSequenceNumber(drawn)) this.#drawn = drawn;
        else this.#goWithout(noNumber(returned(drawn)));
        this.#init.writer.schedule();
      },
      (error: unknown) => {
        this.#drawing = false;
        this.#goWithout(asError(error));
        this.#init.writer.schedule();
      },
    );
    return undefined;
  }

  /**
   * The sequencer gave no number. What keeps the session gets one of its own, from the far end of the
   * range: a store that is out of reach must not end the link, too. A message fails with the
   * sequencer's words; the next one asks again.
   */
  #goWithout(error: Error): void {
    if (this.#nextUrgent() !== undefined) {
      this.#init.onError(error);
      while (this.#window.has(this.#spare)) this.#spare--;
      this.#drawn = this.#spare--;
      return;
    }
    const head = this.#init.queue.peek();
    if (head === undefined) return;
    this.#init.queue.take();
    head.reject(error);
  }

  #write(pending: PendingRequest, number: number, now: number): void {
    const { lifecycle, alarm, writer, stats, peerTime } = this.#init;
    pending.writeAs(number, now, peerTime.at(now));
    if (pending.counted) stats.waited(now - pending.madeAt);
    if (pending.answered) {
      this.#window.add(number, pending);
      alarm.set(peerTime.when(pending.deadline), now);
    }
    writer.add(lifecycle.fit(pending.frame), pending.command);
  }

  #forgetOldest(): void {
    for (const number of this.#overdue) {
      this.#overdue.delete(number);
      return;
    }
  }
}

/**
 * Whether `pdu`, which is not the response to `request`, can be its answer all the same: any refusal
 * can. Some peers answer one kind of bind with the response to another.
 */
function answers(pdu: Pdu, request: CommandName): boolean {
  return (
    pdu.command_status !== Status.ESME_ROK ||
    pdu.command === "generic_nack" ||
    (stateBoundBy(request) !== undefined && pdu.command.startsWith("bind_"))
  );
}

/** Whether a refusal of `request` says that the session is not bound, though a bind succeeded. */
function saysUnbound(request: CommandName, { command, command_status }: Pdu): boolean {
  // A second bind is refused for being one, and after an unbind the session ends anyway.
  if (request === "unbind" || stateBoundBy(request) !== undefined) return false;
  return (
    command_status === Status.ESME_RINVBNDSTS ||
    command_status === Status.ESME_RBINDFAIL ||
    command === "enquire_link_resp"
  );
}

/** Whether a sequencer may hand this out; 0 is what some libraries begin with. */
function isSequenceNumber(number: unknown): number is number {
  return Number.isInteger(number) && Number(number) >= 0 && Number(number) <= LAST_SEQUENCE_NUMBER;
}

function returned(number: unknown): string {
  const isObject = typeof number === "object" && number !== null;
  return `returned ${isObject ? "an object" : String(number).slice(0, 40)}`;
}

function inFlight(command: string, number: number): LinkError {
  const what = `sequence_number ${number} is in flight`;
  return new LinkError("sequence_number", `${command} was not sent: ${what}`);
}

function noNumber(what: string): LinkError {
  const expected = `expected an integer from 0 to ${LAST_SEQUENCE_NUMBER} that is not in flight`;
  return new LinkError("sequence_number", `not sent: the sequencer ${what}, ${expected}`);
}
