/** Counts what passes through a session: PDUs, statuses, latencies. */
import { statusName } from "@esme/pdu";

/** Upper bounds of the latency buckets, in milliseconds; one more bucket holds the rest. */
export const LATENCY_BOUNDS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000,
];

/** Response times of requests, as a histogram in the manner of Prometheus, but not cumulative. */
export interface Latency {
  count: number;
  /** Milliseconds in all. */
  sum: number;
  max: number;
  /** Requests answered within `le` milliseconds and not within the bound before it. */
  buckets: { le: number; count: number }[];
}

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
  /** PDUs that could not be decoded. */
  malformed: number;
  /** Requests that ran out of time after they were written. */
  timeouts: number;
  /** Requests that the peer refused with a throttling status. */
  throttled: number;
  /** Inbound requests that no callback or iterator took; they were answered ESME_ROK. */
  unhandled: number;
  /** Responses of ours that came too late for the link. */
  unanswered: number;
  latency: Latency;
}

/** Collects {@link Counts}. One may serve several sessions after each other. */
export class Stats {
  stray = 0;
  malformed = 0;
  timeouts = 0;
  throttled = 0;
  unhandled = 0;
  unanswered = 0;
  // Maps: names of commands are known, status names may be a peer's number.
  readonly #sent = new Map<string, number>();
  readonly #received = new Map<string, number>();
  readonly #statuses = new Map<number, number>();
  readonly #buckets = new Array<number>(LATENCY_BOUNDS.length + 1).fill(0);
  #count = 0;
  #sum = 0;
  #max = 0;

  sent(command: string): void {
    this.#sent.set(command, (this.#sent.get(command) ?? 0) + 1);
  }

  received(command: string): void {
    this.#received.set(command, (this.#received.get(command) ?? 0) + 1);
  }

  /** A response with this command_status came after so many milliseconds. */
  answered(status: number, milliseconds: number): void {
    // A peer that answers with ever new numbers must not fill the memory.
    const known = this.#statuses.get(status);
    if (known !== undefined || this.#statuses.size < 256)
      this.#statuses.set(status, (known ?? 0) + 1);
    this.#count++;
    this.#sum += milliseconds;
    if (milliseconds > this.#max) this.#max = milliseconds;
    let bucket = 0;
    while (milliseconds > (LATENCY_BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** A copy that does not change any more. */
  counts(): Counts {
    return {
      sent: Object.fromEntries(this.#sent),
      received: Object.fromEntries(this.#received),
      statuses: Object.fromEntries(
        [...this.#statuses].map(([status, count]) => [statusName(status), count]),
      ),
      stray: this.stray,
      malformed: this.malformed,
      timeouts: this.timeouts,
      throttled: this.throttled,
      unhandled: this.unhandled,
      unanswered: this.unanswered,
      latency: {
        count: this.#count,
        sum: this.#sum,
        max: this.#max,
        buckets: this.#buckets.map((count, index) => ({
          le: LATENCY_BOUNDS[index] ?? Number.POSITIVE_INFINITY,
          count,
        })),
      },
    };
  }
}
