/** Counts what passes through a session: PDUs, statuses, latencies. */
import { statusName } from "@esme/pdu";
import type { Direction } from "./callbacks.ts";
import type { SessionState } from "./lifecycle.ts";

/** Counts since the start; those of a client are over all its connections. */
export interface Counts {
  /** PDUs written, by command. */
  sent: Record<string, number>;
  /** PDUs received, by command (`unknown` for unknown ids). */
  received: Record<string, number>;
  /** Responses received, by status name or number; `ESME_ROK` included. */
  statuses: Record<string, number>;
  /** Responses that no request waited for: late, repeated, or without any request. */
  stray: number;
  /** Requests of the peer that could not be decoded. */
  malformed: number;
  /** Responses with a damaged body; their status settled the request all the same. */
  damaged: number;
  /** PDUs of the peer that broke a rule and were taken all the same, damaged responses included. */
  tolerated: number;
  /** Requests that were written and not answered in time. */
  timeouts: number;
  /** Requests that the peer refused with a throttling status. */
  throttled: number;
  /** Received requests that no callback or iterator took; the option `unhandled` decides the answer. */
  unhandled: number;
  /** Responses of this side that were not written, because the link had ended. */
  unanswered: number;
  /** From the writing of a request to its response. */
  latency: Durations;
  /**
   * From the call to the writing of a request: it waits for the window, the rate, a throttling peer
   * or a new link. One that is written again counts again, from the call.
   */
  wait: Durations;
  /** When the peer last answered an enquire_link, in milliseconds since 1970; undefined: never. */
  enquireLinkAt: number | undefined;
}

/** What {@link Session.stats} returns. */
export interface SessionStats extends Counts {
  state: SessionState;
  /** Size of the window. */
  window: number;
  /** Requests in flight. */
  inFlight: number;
  /** Requests that wait to be written. */
  waiting: number;
  /** Received requests that callbacks work on. */
  inboundRunning: number;
  /** Received requests that wait for a callback. */
  inboundWaiting: number;
  /** Messages per second allowed at present, by configuration or by a throttling peer. */
  rate: number;
}

/** An object: counting a PDU then needs one look-up, not two. */
interface Count {
  value: number;
}

/** Collects {@link Counts}: of one session, or of a client's sessions one after the other. */
export class Stats {
  stray = 0;
  malformed = 0;
  damaged = 0;
  tolerated = 0;
  timeouts = 0;
  throttled = 0;
  unhandled = 0;
  /** Whether a message that nobody takes was logged: only once, also after a reconnect. */
  hasWarnedOfLoss = false;
  unanswered = 0;
  enquireLinkAt: number | undefined = undefined;
  readonly #sent = new Map<string, Count>();
  readonly #received = new Map<string, Count>();
  readonly #statuses = new Map<number, Count>();
  readonly #latency = new Histogram();
  readonly #wait = new Histogram();

  /** A PDU was received (`in`), or is about to be written (`out`). */
  countPdu(direction: Direction, command: string): void {
    const counts = direction === "in" ? this.#received : this.#sent;
    const count = counts.get(command);
    if (count === undefined) counts.set(command, { value: 1 });
    else count.value++;
  }

  /** A response with this command_status came after so many milliseconds. */
  answered(status: number, milliseconds: number): void {
    const count = this.#statuses.get(status);
    if (count !== undefined) count.value++;
    // A peer that answers with ever new numbers must not fill memory.
    else if (this.#statuses.size < 256) this.#statuses.set(status, { value: 1 });
    this.#latency.add(milliseconds);
  }

  /** A request was written so many milliseconds after the call. */
  waited(milliseconds: number): void {
    this.#wait.add(milliseconds);
  }

  /** A copy that does not change any more. */
  counts(): Counts {
    return {
      sent: Object.fromEntries([...this.#sent].map(([name, { value }]) => [name, value])),
      received: Object.fromEntries([...this.#received].map(([name, { value }]) => [name, value])),
      statuses: Object.fromEntries(
        [...this.#statuses].map(([status, { value }]) => [statusName(status), value]),
      ),
      stray: this.stray,
      malformed: this.malformed,
      damaged: this.damaged,
      tolerated: this.tolerated,
      timeouts: this.timeouts,
      throttled: this.throttled,
      unhandled: this.unhandled,
      unanswered: this.unanswered,
      latency: this.#latency.counts(),
      wait: this.#wait.counts(),
      enquireLinkAt: this.enquireLinkAt,
    };
  }
}

/** Upper bounds of the buckets, in milliseconds; one more bucket holds the rest. */
const BOUNDS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000,
];

/** Durations as a histogram; the buckets are not cumulative. */
export interface Durations {
  count: number;
  /** Milliseconds in all. */
  sum: number;
  max: number;
  /** Those of at most `le` milliseconds and more than the bound before it. */
  buckets: { le: number; count: number }[];
}

/** Collects {@link Durations}. */
export class Histogram {
  readonly #buckets = new Array<number>(BOUNDS.length + 1).fill(0);
  #count = 0;
  #sum = 0;
  #max = 0;

  add(milliseconds: number): void {
    this.#count++;
    this.#sum += milliseconds;
    if (milliseconds > this.#max) this.#max = milliseconds;
    let bucket = 0;
    while (milliseconds > (BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** A copy that does not change any more. */
  counts(): Durations {
    return {
      count: this.#count,
      sum: this.#sum,
      max: this.#max,
      buckets: this.#buckets.map((count, index) => ({
        le: BOUNDS[index] ?? Number.POSITIVE_INFINITY,
        count,
      })),
    };
  }
}
