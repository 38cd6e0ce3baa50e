/** Counts what passes through a session: PDUs, statuses, latencies. */
import { statusName } from "@esme/pdu";

/** Counts since the beginning; with a client over all its connections. */
export interface Counts {
  /** PDUs written, by command. */
  sent: Record<string, number>;
  /** PDUs received, by command (`unknown` for unknown ids). */
  received: Record<string, number>;
  /** Responses received, by status name or number; `ESME_ROK` included. */
  statuses: Record<string, number>;
  /** Responses that no request waited for: late, repeated, or never asked for. */
  stray: number;
  /** Requests of the peer that could not be decoded. */
  malformed: number;
  /** Responses whose body was damaged; they ended their request by their status all the same. */
  damaged: number;
  /** PDUs of the peer that broke a rule and were taken all the same, the damaged ones among them. */
  tolerated: number;
  /** Requests that ran out of time after they were written. */
  timeouts: number;
  /** Requests that the peer refused with a throttling status. */
  throttled: number;
  /** Inbound requests that no callback or iterator took; the option `unhandled` says the answer. */
  unhandled: number;
  /** Responses of ours that came too late for the link. */
  unanswered: number;
  /** From the writing of a request to its response. */
  latency: Durations;
  /**
   * From the making of a request to its writing: the window, the rate, a throttling peer or a link
   * to come back. One that is written again counts again, from its making.
   */
  wait: Durations;
  /** When the peer last answered an enquire_link, in milliseconds since 1970; undefined: not yet. */
  enquireLinkAt: number | undefined;
}

/** An object, so that counting a PDU looks its command up once, not twice. */
interface Count {
  value: number;
}

/** Collects {@link Counts}. One may serve several sessions after each other. */
export class Stats {
  stray = 0;
  malformed = 0;
  damaged = 0;
  tolerated = 0;
  timeouts = 0;
  throttled = 0;
  unhandled = 0;
  /** Whether the logger heard of a message that nobody takes: once, however often the link comes back. */
  hasWarnedOfLoss = false;
  unanswered = 0;
  enquireLinkAt: number | undefined = undefined;
  // Maps: names of commands are known, status names may be a peer's number.
  readonly #sent = new Map<string, Count>();
  readonly #received = new Map<string, Count>();
  readonly #statuses = new Map<number, Count>();
  readonly #latency = new Histogram();
  readonly #wait = new Histogram();

  sent(command: string): void {
    const count = this.#sent.get(command);
    if (count === undefined) this.#sent.set(command, { value: 1 });
    else count.value++;
  }

  received(command: string): void {
    const count = this.#received.get(command);
    if (count === undefined) this.#received.set(command, { value: 1 });
    else count.value++;
  }

  /** A response with this command_status came after so many milliseconds. */
  answered(status: number, milliseconds: number): void {
    const count = this.#statuses.get(status);
    if (count !== undefined) count.value++;
    // A peer that answers with ever new numbers must not fill the memory.
    else if (this.#statuses.size < 256) this.#statuses.set(status, { value: 1 });
    this.#latency.add(milliseconds);
  }

  /** A request was written so many milliseconds after it was made. */
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
