/** The queue in front of a session: order, rate, throttling. It can outlive the link. */
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
import {
  checkOptions,
  type NumberOptions,
  number,
  numbersOf,
  type OptionTable,
  time,
} from "./check-options.ts";
import { Alarm } from "./deadlines.ts";
import { LinkError, type StatusError, TimeoutError } from "./errors.ts";
import { carriesMessage } from "./lifecycle.ts";
import { ownFrame } from "./own-frame.ts";
import {
  type Outcome,
  ownNumberOf,
  PendingRequest,
  type RequestOptions,
  type ResponseOf,
  timesOf,
} from "./pending-request.ts";
import { RateLimiter } from "./rate-limiter.ts";

/** The numbers among the options of a {@link RequestQueue}: defaults and limits. */
export const queueNumbers = {
  /**
   * Time for a response in milliseconds, from the writing of the request; 0 for ever. Default 30,000.
   */
  requestTimeout: time(30_000),
  /** Milliseconds until a request must be written; 0 for ever, the default. */
  waitTimeout: time(0),
  /** Requests that may wait to be written; one more rejects with LinkError `queue_full`. Default Infinity. */
  maxWaiting: number(Number.POSITIVE_INFINITY),
  /** Messages written per second; requests that only ask about one do not count. Default Infinity. */
  maxPerSecond: number(Number.POSITIVE_INFINITY, 0.001),
  /**
   * First pause after a throttling answer, in milliseconds; it doubles while the peer keeps refusing.
   * Default 1,000.
   */
  throttlePause: number(1_000, 1),
  /** Longest such pause, in milliseconds. Default 30,000. */
  maxThrottlePause: number(30_000, 1),
  /**
   * The longest PDU written, in octets. Default 65,536. A longer one is refused with PduError
   * `too_long` before anything is written; a peer would take its length for nonsense and hang up.
   */
  maxOutboundPduLength: number(65_536, 16),
};

/** Settings of {@link RequestQueue}. Times are milliseconds. */
export interface RequestQueueOptions<in out T extends VendorTlvs = NoVendorTlvs>
  extends NumberOptions<typeof queueNumbers> {
  /** Default: the codec of the standard, without vendor TLVs. */
  codec?: Codec<T> | undefined;
  /**
   * The command_status values of responses that mean "slow down": such requests are sent again,
   * later, in their order. Default: none for a session, so that they reject with StatusError;
   * ESME_RTHROTTLED and ESME_RMSGQFUL for a client.
   */
  throttleStatuses?: readonly number[] | undefined;
}

/** What the options of a queue may be, for {@link checkOptions}. */
export const queueOptions = {
  ...queueNumbers,
  codec: "object",
  throttleStatuses: "array",
} as const satisfies OptionTable<RequestQueueOptions>;

/** Those of a session's or client's options that a {@link RequestQueue} takes. */
export function requestQueueOptionsOf<T extends VendorTlvs = NoVendorTlvs>(
  options: RequestQueueOptions<T>,
): RequestQueueOptions<T> {
  const own = Object.entries(options).filter(([name]) => Object.hasOwn(queueOptions, name));
  return Object.fromEntries(own); // options of a queue are optional, and these keep their types
}

/** A session that takes from a queue. */
export interface Consumer {
  /** A request entered, or came back. */
  onRequest(): void;
  /** Whether this session may send the request, now or when it is bound. */
  maySend(pending: PendingRequest): boolean;
}

/**
 * Behind so many others a request waits in memory of its own: its frame is a view into a buffer of
 * 64 kB that the encoder shares with other sessions.
 */
const LOOSE = 64;

/**
 * The same while a session takes requests: a window of them is made and written in one turn. With a
 * window of 100, copying those took up to a fifth of the CPU, and they no longer lay side by side,
 * see `together` in frame-writer.ts (tools/bench client).
 */
const LOOSE_WITH_SESSION = 256;

/** Taken requests are removed from the array in batches of this size: `shift` for each would cost more. */
const COMPACT_AT = 1024;

/**
 * Requests that wait to be written, first in, first out; for one session or, with one order and one
 * rate, for several.
 *
 * A request that comes back (throttled, or lost with a link whose policy is to send again) takes its
 * old place, in front of everything younger.
 */
export class RequestQueue<in out T extends VendorTlvs = NoVendorTlvs> {
  readonly #codec: Codec;
  readonly #times: Pick<PendingRequest, "timeout" | "waitTimeout">;
  readonly #maxWaiting: number;
  readonly #rateLimiter: RateLimiter;
  readonly #throttling: ReadonlySet<number>;
  /** Never sent, oldest first from `#front`. */
  #waiting: PendingRequest[] = [];
  #front = 0;
  /** Came back, by ticket. Never more than a window or two. */
  #returned: PendingRequest[] = [];
  #nextTicket = 1;
  #size = 0;
  /** The sessions that take from here. */
  readonly #consumers = new Set<Consumer>();
  /** How many clients, or sessions, keep the queue open: requests wait while there is no session. */
  #retainers = 0;
  /** Why the last of them closed it. */
  #abandoned: LinkError | undefined = undefined;
  readonly #alarm = new Alarm((now) => this.#expire(now));

  /** Throws TypeError for an unknown option or a wrong type, RangeError for a number out of range. */
  constructor(options: RequestQueueOptions<T> = {}) {
    checkOptions("RequestQueue", options, queueOptions);
    const numbers = numbersOf(options, queueNumbers);
    // Inside, vendor TLVs are keys like any other: their types matter only in the public methods.
    const codec = (options.codec ?? { encode, decode }) as Codec;
    this.#codec = limited(codec, numbers.maxOutboundPduLength);
    this.#times = { timeout: numbers.requestTimeout, waitTimeout: numbers.waitTimeout };
    this.#maxWaiting = numbers.maxWaiting;
    this.#throttling = new Set(statusesOf(options.throttleStatuses ?? []));
    const { maxPerSecond, throttlePause: pause, maxThrottlePause: maxPause } = numbers;
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

  /** {@link enter} with a promise for the outcome; for requests made while there is no session. */
  request<C extends RequestName>(
    pdu: { command: C } & PduInputOf<C, T>,
    options?: RequestOptions,
  ): Promise<ResponseOf<C, T>> {
    const response = new Promise<Pdu>((resolve, reject) =>
      this.enter(pdu, options, { resolve, reject }),
    );
    // A session resolves a request with nothing but a response to its command.
    return response as Promise<ResponseOf<C, T>>;
  }

  /**
   * Puts a request at the end; `outcome` gets its one result. The request is encoded here and now,
   * so that a bad field shows at once, not when its turn comes. Throws PduError, RangeError for a
   * bad time, and LinkError `queue_full`, or why nobody will take it.
   */
  enter(
    pdu: PduInput & { command: RequestName },
    options: RequestOptions | undefined,
    outcome: Outcome,
  ): void {
    if (this.#abandoned !== undefined && this.#consumers.size === 0) {
      throw this.#abandoned.for(pdu.command, false);
    }
    if (this.#size >= this.#maxWaiting) {
      throw new LinkError(
        "queue_full",
        `${pdu.command} was not taken: ${this.#size} requests wait already (maxWaiting)`,
      );
    }
    const now = performance.now();
    const frame = this.#codec.encode(pdu, 0);
    const ownNumber = ownNumberOf(pdu);
    const { timeout, waitTimeout } =
      options === undefined ? this.#times : timesOf(pdu.command, options, this.#times);
    const { command } = pdu;
    // Each property by name: a spread here took a fifth of the CPU of a message (tools/bench client).
    const init = { command, ownNumber, frame, timeout, waitTimeout, counted: true, answered: true };
    const pending = new PendingRequest(init, outcome, now);
    const loose = this.#consumers.size === 0 ? LOOSE : LOOSE_WITH_SESSION;
    if (this.#size >= loose) pending.frame = ownFrame(frame);
    pending.ticket = this.#nextTicket++;
    this.#waiting.push(pending);
    this.#size++;
    if (pending.waitTimeout !== 0) this.#alarm.set(pending.waitDeadline, now);
    if (options?.signal !== undefined) this.#abortOn(pending, options.signal);
    for (const consumer of this.#consumers) consumer.onRequest();
  }

  /**
   * A session takes from here from now on. Several may; each takes what its window has room for.
   * Returns how to stop.
   */
  attach(consumer: Consumer): () => void {
    this.#consumers.add(consumer);
    return () => {
      this.#consumers.delete(consumer);
      this.#rejectAbandoned();
    };
  }

  /** Whether a session that is here may send this request, or one that is to come. */
  isForOthers(pending: PendingRequest): boolean {
    if (this.#retainers > this.#consumers.size) return true;
    for (const consumer of this.#consumers) {
      if (consumer.maySend(pending)) return true;
    }
    return false;
  }

  /** Ends the request that {@link peek} showed: nobody may send it. */
  refuse(reason: LinkError): void {
    const head = this.peek();
    if (head === undefined) return;
    this.#remove(head);
    head.reject(reason);
  }

  /**
   * Keeps the queue open: requests wait until a session takes them. The returned function releases
   * it. When the last user releases the queue, all waiting requests are rejected with its reason, and
   * so are later ones while no session takes from here.
   */
  retain(): (reason: LinkError) => void {
    let keeps = true;
    this.#retainers++;
    this.#abandoned = undefined;
    return (reason) => {
      if (!keeps) return;
      keeps = false;
      this.#retainers--;
      if (this.#retainers > 0) return;
      this.#abandoned = reason;
      this.rejectAll(reason);
    };
  }

  /** Whether others than one session, or one client, take from here. */
  get isShared(): boolean {
    return this.#consumers.size > 1 || this.#retainers > 1;
  }

  /**
   * Puts a request that was in flight back into its old place. `inDoubt`: its link died, so the
   * peer may have taken it.
   */
  giveBack(pending: PendingRequest, inDoubt: boolean): void {
    if (pending.settled) return;
    const younger = this.#returned.findIndex(({ ticket }) => ticket > pending.ticket);
    if (younger === -1) this.#returned.push(pending);
    else this.#returned.splice(younger, 0, pending);
    pending.takeBack(inDoubt);
    this.#size++;
    if (pending.waitTimeout !== 0) this.#alarm.set(pending.waitDeadline, performance.now());
    this.#rejectAbandoned();
    for (const consumer of this.#consumers) consumer.onRequest();
  }

  /** The request whose turn it is, if any; it stays. */
  peek(): PendingRequest | undefined {
    while (this.#returned[0]?.settled) this.#returned.shift();
    const returned = this.#returned[0];
    if (returned !== undefined) return returned;
    while (this.#waiting[this.#front]?.settled) this.#front++;
    return this.#waiting[this.#front];
  }

  /** Takes the request that {@link peek} showed. */
  take(): void {
    const head = this.peek();
    if (head === undefined) return;
    this.#remove(head);
    if (carriesMessage(head.command)) this.#rateLimiter.spend();
  }

  /** When `head` may leave: `now` or earlier means at once. */
  readyAt(head: PendingRequest, now: number): number {
    return carriesMessage(head.command)
      ? this.#rateLimiter.readyAt(now)
      : this.#rateLimiter.pausedUntil;
  }

  /** The peer took a request that had left this queue. */
  accepted(pending: PendingRequest, now: number): void {
    if (carriesMessage(pending.command)) this.#rateLimiter.accepted(now);
  }

  /**
   * The peer refused a request that had left this queue. True: it was told to slow down, the queue
   * pauses and the request waits again. False: the refusal is final.
   */
  refused(pending: PendingRequest, error: StatusError, now: number): boolean {
    if (!this.#throttling.has(error.status)) return false;
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
    this.#returned = [];
    this.#size = 0;
    this.#alarm.clear();
    for (const pending of all) pending.reject(error.for(pending.command, pending.written));
  }

  /** Rejects what waits when the queue was released: a session may give requests back late. */
  #rejectAbandoned(): void {
    if (this.#abandoned !== undefined && this.#consumers.size === 0)
      this.rejectAll(this.#abandoned);
  }

  /** Takes `head`, which {@link peek} showed, out of its queue. */
  #remove(head: PendingRequest): void {
    if (head === this.#returned[0]) this.#returned.shift();
    else this.#front++;
    if (this.#front > COMPACT_AT && this.#front * 2 > this.#waiting.length) this.#compact();
    this.#size--;
  }

  #abortOn(pending: PendingRequest, signal: AbortSignal): void {
    pending.abortOn(signal, () => {
      if (pending.isInFlight) return;
      this.#size--;
      // Aborted requests are skipped when their turn comes; without a link it may never come.
      if (this.#waiting.length - this.#front > 2 * this.#size + COMPACT_AT) this.#compact();
    });
  }

  #all(): PendingRequest[] {
    return [...this.#returned, ...this.#waiting.slice(this.#front)];
  }

  /** Ends the waiting of those whose `waitTimeout` is over. */
  #expire(now: number): void {
    for (const pending of this.#all()) {
      if (pending.settled || pending.waitDeadline > now) continue;
      // If the peer asked to send it later, that answer is the more useful error.
      const late = new TimeoutError(
        "wait_timeout",
        pending.command,
        pending.written,
        pending.waitTimeout,
      );
      pending.reject(pending.refusal ?? late);
      this.#size--;
    }
    this.#compact();
    let next = Number.POSITIVE_INFINITY;
    for (const pending of this.#all()) next = Math.min(next, pending.waitDeadline);
    // Checking a long queue costs time: at most 20 times a second.
    if (next < Number.POSITIVE_INFINITY) this.#alarm.set(Math.max(next, now + 50), now);
  }

  #compact(): void {
    this.#waiting = this.#waiting.slice(this.#front).filter((pending) => !pending.settled);
    this.#front = 0;
  }
}

/** The codec, which now refuses to encode what is longer than `limit` octets: a peer would hang up. */
export function limited(codec: Codec, limit: number): Codec {
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

/** Throws TypeError for a status that is no number: its name would match no response. */
function statusesOf(statuses: readonly unknown[]): number[] {
  return statuses.map((status, index) => {
    if (typeof status === "number") return status;
    const what = `RequestQueue: throttleStatuses[${index}] is a ${typeof status}`;
    throw new TypeError(`${what}, expected a number such as Status.ESME_RTHROTTLED`);
  });
}
