/** Counts what passes through a session: PDUs, statuses, latencies. */
import { statusName } from "@esme/pdu";
import { type Durations, Histogram } from "./histogram.ts";

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

/** Collects {@link Counts}. One may serve several sessions after each other. */
export class Stats {
  stray = 0;
  malformed = 0;
  damaged = 0;
  tolerated = 0;
  timeouts = 0;
  throttled = 0;
  unhandled = 0;
  unanswered = 0;
  enquireLinkAt: number | undefined = undefined;
  // Maps: names of commands are known, status names may be a peer's number.
  readonly #sent = new Map<string, number>();
  readonly #received = new Map<string, number>();
  readonly #statuses = new Map<number, number>();
  readonly #latency = new Histogram();
  readonly #wait = new Histogram();

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
    this.#latency.add(milliseconds);
  }

  /** A request was written so many milliseconds after it was made. */
  waited(milliseconds: number): void {
    this.#wait.add(milliseconds);
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
