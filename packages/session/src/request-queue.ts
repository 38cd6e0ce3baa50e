/** The queue in front of a session: order, rate, throttling. It can outlive the session. */
import {
  type Codec,
  decode,
  encode,
  type NoVendorTlvs,
  type Pdu,
  PduError,
  type PduInput,
  type PduInputOf,
  type RequestName,
  type VendorTlvs,
} from "@esme/pdu";
import { typeName } from "@esme/settings";
import { LinkError, type StatusError, TimeoutError } from "./errors.ts";
import { ownFrame } from "./frame.ts";
import {
  queueSettingsOf,
  type RequestOptions,
  type RequestQueueOptions,
  type RequestTimes,
  timesOf,
} from "./options.ts";
import { type Outcome, ownNumberOf, PendingRequest, type ResponseOf } from "./pending-request.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { SharedTimer } from "./timers.ts";

/** A session that takes from a queue. */
export interface Consumer {
  /** A request entered, or came back. */
  onRequest(): void;
  /** Whether this session may send the request, now or when it is bound. */
  maySend(pending: PendingRequest): boolean;
}

/** What a session uses of a queue: no vendor TLVs are left in its types. */
export type RequestSource = Omit<RequestQueue, "request">;

/**
 * Behind so many others a request waits in memory of its own: its frame is a view into a buffer of
 * 64 kB that the encoder shares with other sessions.
 */
const MOST_SHARED = 64;

/**
 * The same while a session takes requests: a window of them is encoded and written in one turn. With
 * a window of 100, to copy those took up to a fifth of the CPU, and the copies did not lie side by
 * side, see `joined` in frame-writer.ts (tools/bench client).
 */
const MOST_SHARED_WITH_SESSION = 256;

/** Tickets of requests with priority: each is less than any other. */
const FIRST_PRIORITY_TICKET = Number.MIN_SAFE_INTEGER;

/** Requests are removed from the array in batches of this size: `shift` for each would cost more. */
const COMPACT_AT = 1024;

/**
 * Requests that wait to be written, first in, first out: for one session or, in one order and at one
 * rate, for several.
 *
 * A request that comes back (throttled, or lost with a link under `onLinkLoss: "resend"`) takes its
 * old place, in front of all later ones. One with `priority` takes its place in front of all without.
 */
export class RequestQueue<in out T extends VendorTlvs = NoVendorTlvs> {
  readonly #codec: Codec;
  readonly #times: RequestTimes;
  readonly #maxWaiting: number;
  readonly #rateLimiter: RateLimiter;
  readonly #throttleStatuses: ReadonlySet<number>;
  /** Never sent, oldest first from `#front`. */
  #waiting: PendingRequest[] = [];
  #front = 0;
  /**
   * Those before all of `#waiting`, in the order of their tickets: with priority, or come back. Of the
   * latter never more than a window or two.
   */
  #ahead: PendingRequest[] = [];
  #nextTicket = 1;
  #nextPriorityTicket = FIRST_PRIORITY_TICKET;
  #size = 0;
  /** The sessions that take from here. */
  readonly #consumers = new Set<Consumer>();
  /** How many clients, or sessions, keep the queue open: requests wait while there is no session. */
  #retainers = 0;
  /** Why the last of them released it. */
  #released: LinkError | undefined = undefined;
  readonly #waitTimer = new SharedTimer((now) => this.#expire(now));

  /** Throws TypeError for an unknown option or a wrong type, RangeError for a number out of range. */
  constructor(options: RequestQueueOptions<T> = {}) {
    const settings = queueSettingsOf(options);
    // Inside, vendor TLVs are keys like any other: their types matter only in the public methods.
    const codec = (options.codec ?? { encode, decode }) as Codec;
    this.#codec = limitedCodec(codec, settings.maxOutboundPduLength);
    this.#times = { timeout: settings.requestTimeout, waitTimeout: settings.waitTimeout };
    this.#maxWaiting = settings.maxWaiting;
    this.#throttleStatuses = new Set(statusesOf(options.throttleStatuses ?? []));
    const { maxPerSecond, throttlePause: pause, maxThrottlePause: maxPause } = settings;
    this.#rateLimiter = new RateLimiter({ maxPerSecond, pause, maxPause }, performance.now());
  }

  /** How many requests wait. */
  get size(): number {
    return this.#size;
  }

  /** Messages per second allowed at present. */
  get rate(): number {
    return this.#rateLimiter.rate;
  }

  /** Until when throttling stops everything, on the clock of `now`. */
  get pausedUntil(): number {
    return this.#rateLimiter.pausedUntil;
  }

  /** {@link enter} with a promise of the response; for requests made while there is no session. */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<ResponseOf<C, T>> {
    const response = new Promise<Pdu>((resolve, reject) =>
      this.enter(pdu, options, { resolve, reject }),
    );
    // A session resolves a request only with a response to its command.
    return response as Promise<ResponseOf<C, T>>;
  }

  /**
   * Puts a request at the end; `outcome` gets its one result. The request is encoded now, so that a
   * bad field fails at once, not when its turn comes. Throws PduError, RangeError for a bad time,
   * LinkError `queue_full`, and the reason of the release when no session is left.
   */
  enter(
    pdu: PduInput & { command: RequestName },
    options: RequestOptions | undefined,
    outcome: Outcome,
  ): void {
    if (this.#released !== undefined && this.#consumers.size === 0) {
      throw this.#released.for(pdu.command, false);
    }
    if (this.#size >= this.#maxWaiting) {
      const what = `${pdu.command} was not taken: ${this.#size} requests wait already (maxWaiting)`;
      throw new LinkError("queue_full", what);
    }
    const now = performance.now();
    const frame = this.#codec.encode(pdu, 0);
    const ownNumber = ownNumberOf(pdu);
    const { timeout, waitTimeout } =
      options === undefined ? this.#times : timesOf(pdu.command, options, this.#times);
    const { command } = pdu;
    // Each property by name: a spread here took a fifth of the CPU of a message (tools/bench client).
    const pending = new PendingRequest(
      { command, ownNumber, frame, timeout, waitTimeout, isQueued: true, hasResponse: true },
      outcome,
      now,
    );
    const most = this.#consumers.size === 0 ? MOST_SHARED : MOST_SHARED_WITH_SESSION;
    if (this.#size >= most) pending.frame = ownFrame(frame);
    if (options?.priority) {
      pending.ticket = this.#nextPriorityTicket++;
      this.#putAhead(pending);
    } else {
      pending.ticket = this.#nextTicket++;
      this.#waiting.push(pending);
    }
    this.#size++;
    if (pending.waitTimeout !== 0) this.#waitTimer.set(pending.waitDeadline, now);
    pending.onLinkLoss = options?.onLinkLoss;
    if (options?.signal !== undefined) this.#abortOn(pending, options.signal);
    for (const consumer of this.#consumers) consumer.onRequest();
  }

  /**
   * A session takes from here from now on. Several may; each takes what its window has room for.
   * The returned function stops it.
   */
  attach(consumer: Consumer): () => void {
    this.#consumers.add(consumer);
    return () => {
      this.#consumers.delete(consumer);
      this.#rejectIfReleased();
    };
  }

  /** Whether one of the sessions may send this request, or whether another session may still come. */
  isForOthers(pending: PendingRequest): boolean {
    if (this.#retainers > this.#consumers.size) return true;
    for (const consumer of this.#consumers) {
      if (consumer.maySend(pending)) return true;
    }
    return false;
  }

  /**
   * Keeps the queue open: requests wait until a session takes them. The returned function releases
   * it. When the last user releases the queue, all waiting requests are rejected with its reason, and
   * so are later ones while no session takes from here.
   */
  retain(): (reason: LinkError) => void {
    let isRetained = true;
    this.#retainers++;
    this.#released = undefined;
    return (reason) => {
      if (!isRetained) return;
      isRetained = false;
      this.#retainers--;
      if (this.#retainers > 0) return;
      this.#released = reason;
      this.rejectAll(reason);
    };
  }

  /** Whether several sessions or clients take from here. */
  get isShared(): boolean {
    return this.#consumers.size > 1 || this.#retainers > 1;
  }

  /**
   * Puts a request that was in flight back into its old place. `wasWritten`: its link was lost, and
   * the peer may have acted on it.
   */
  giveBack(pending: PendingRequest, wasWritten: boolean): void {
    if (pending.settled) return;
    this.#putAhead(pending);
    pending.waitAgain(wasWritten);
    this.#size++;
    if (pending.waitTimeout !== 0) this.#waitTimer.set(pending.waitDeadline, performance.now());
    this.#rejectIfReleased();
    for (const consumer of this.#consumers) consumer.onRequest();
  }

  /** From the end: what it must pass came back, and is no more than a window or two. */
  #putAhead(pending: PendingRequest): void {
    const older = this.#ahead.findLastIndex(({ ticket }) => ticket < pending.ticket);
    this.#ahead.splice(older + 1, 0, pending);
  }

  /** The request whose turn it is, if any; it stays. */
  peek(): PendingRequest | undefined {
    while (this.#ahead[0]?.settled) this.#ahead.shift();
    const ahead = this.#ahead[0];
    if (ahead !== undefined) return ahead;
    while (this.#waiting[this.#front]?.settled) this.#front++;
    return this.#waiting[this.#front];
  }

  /** Takes `head`, which {@link peek} returned. */
  take(head: PendingRequest): void {
    if (head === this.#ahead[0]) this.#ahead.shift();
    else this.#front++;
    this.#drop();
    if (head.isMessage) this.#rateLimiter.spend();
  }

  /** Rejects `head`, which {@link peek} returned and skips from now on: nobody may send it. */
  refuse(head: PendingRequest, reason: LinkError): void {
    head.reject(reason);
    this.#drop();
  }

  /** When `head` may leave: `now` or earlier means at once. */
  readyAt(head: PendingRequest, now: number): number {
    return head.isMessage ? this.#rateLimiter.readyAt(now) : this.#rateLimiter.pausedUntil;
  }

  /** The peer accepted a message that had left this queue. */
  accepted(now: number): void {
    this.#rateLimiter.accepted(now);
  }

  /**
   * The peer refused a request that had left this queue. True: it asked to slow down, the queue
   * pauses and the request waits again. False: the refusal is final.
   */
  refused(pending: PendingRequest, error: StatusError, now: number): boolean {
    if (!this.#throttleStatuses.has(error.status)) return false;
    this.#rateLimiter.throttled(pending.writtenAt, now);
    pending.refusal = error;
    this.giveBack(pending, false);
    return true;
  }

  /** Rejects all that wait. */
  rejectAll(error: LinkError): void {
    const all = this.#all();
    this.#waiting = [];
    this.#front = 0;
    this.#ahead = [];
    this.#size = 0;
    this.#waitTimer.clear();
    for (const pending of all) pending.reject(error.for(pending.command, pending.written));
  }

  /** Rejects what waits after the release: a session may give requests back late. */
  #rejectIfReleased(): void {
    if (this.#released !== undefined && this.#consumers.size === 0) this.rejectAll(this.#released);
  }

  #abortOn(pending: PendingRequest, signal: AbortSignal): void {
    pending.abortOn(signal, () => {
      if (!pending.isInFlight) this.#drop();
    });
  }

  /** One request less waits: taken, or settled and skipped by {@link peek} when its turn comes. */
  #drop(): void {
    this.#size--;
    // Its turn may never come, without a session; and taken ones are removed in batches.
    if (this.#waiting.length > 2 * this.#size + COMPACT_AT) this.#compact();
  }

  #all(): PendingRequest[] {
    return [...this.#ahead, ...this.#waiting.slice(this.#front)];
  }

  /** Rejects the requests whose `waitTimeout` is over. */
  #expire(now: number): void {
    for (const pending of this.#all()) {
      if (pending.settled || pending.waitDeadline > now) continue;
      const { command, written, waitTimeout, refusal } = pending;
      // If the peer asked to send it later, that answer is the more useful error.
      pending.reject(refusal ?? new TimeoutError("wait_timeout", command, written, waitTimeout));
      this.#size--;
    }
    this.#compact();
    let next = Number.POSITIVE_INFINITY;
    for (const pending of this.#all()) next = Math.min(next, pending.waitDeadline);
    // Checking a long queue costs time: at most 20 times a second.
    if (next < Number.POSITIVE_INFINITY) this.#waitTimer.set(Math.max(next, now + 50), now);
  }

  #compact(): void {
    this.#ahead = this.#ahead.filter((pending) => !pending.settled);
    this.#waiting = this.#waiting.slice(this.#front).filter((pending) => !pending.settled);
    this.#front = 0;
  }
}

/** A codec that refuses to encode PDUs of more than `limit` octets: a peer would hang up. */
export function limitedCodec(codec: Codec, limit: number): Codec {
  return {
    encode(pdu, sequenceNumber) {
      const frame = codec.encode(pdu, sequenceNumber);
      if (frame.length <= limit) return frame;
      const what = `${pdu.command} has ${frame.length} octets, more than ${limit} (maxOutboundPduLength)`;
      throw new PduError("too_long", what, { field: "command_length", limit });
    },
    decode: (frame) => codec.decode(frame),
  };
}

/** Throws TypeError for a status that is not a number: the name of a status would match no response. */
function statusesOf(statuses: readonly unknown[]): number[] {
  return statuses.map((status, index) => {
    if (typeof status === "number") return status;
    const what = `RequestQueue: throttleStatuses[${index}]`;
    const expected = "expected a number such as Status.ESME_RTHROTTLED";
    throw new TypeError(`${what}: ${expected}, got ${typeName(status)}`);
  });
}
