/** Decides, from times alone, when to send enquire_link and when the peer counts as dead. */

/** Settings of {@link KeepAlive}, in milliseconds; 0 switches that timer off. */
export interface KeepAliveOptions {
  /**
   * Silence after which an enquire_link goes out, and then again after each such time of silence
   * (enquire_link_timer, SMPP 3.4 section 2.9).
   */
  interval: number;
  /** Whether enquire_link goes out every `interval`, not only after so much silence. */
  always?: boolean;
  /** How long the peer may then stay silent before the link counts as dead. */
  timeout: number;
  /** Time without anything but enquire_link, after which the session is unbound (inactivity_timer). */
  inactivity: number;
}

/** What {@link KeepAlive.check} asks for: send enquire_link, end a silent session, unbind an idle one. */
export type KeepAliveAction = "enquire" | "silent" | "inactive" | undefined;

/** Whether a PDU does not count as activity. */
export function isKeepAlive(command: string): boolean {
  return command === "enquire_link" || command === "enquire_link_resp";
}

/**
 * The enquire_link and inactivity timers of one session (SMPP 3.4 section 2.9) without a clock.
 *
 * Any octet of the peer shows that it is alive, not only an enquire_link_resp: some busy peers send
 * none, and a link that delivers messages is not dead.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  /** When the next enquire_link is due. */
  #enquireAt: number;
  /** When the first one went out after which the peer sent nothing; NaN when there is none. */
  #unansweredSince = Number.NaN;
  #activeAt: number;

  constructor(options: KeepAliveOptions, now: number) {
    this.#options = options;
    this.#enquireAt = options.interval === 0 ? Number.POSITIVE_INFINITY : now + options.interval;
    this.#activeAt = now;
  }

  /** The peer sent something at `now`. */
  onReceived(now: number): void {
    const { interval, always } = this.#options;
    if (interval !== 0 && !always) this.#enquireAt = now + interval;
    this.#unansweredSince = Number.NaN;
  }

  /** A PDU other than enquire_link and its response passed in either direction at `now`. */
  onActivity(now: number): void {
    this.#activeAt = now;
  }

  /**
   * What is due at `now`: `enquire` every `interval`, answered or not, so that the peer hears from us
   * as often as was agreed; `silent` when the first unanswered one is `timeout` old.
   */
  check(now: number): KeepAliveAction {
    if (now >= this.#inactiveAt) {
      this.#activeAt = now;
      return "inactive";
    }
    if (now >= this.#silentAt) return "silent";
    if (now < this.#enquireAt) return undefined;
    const { interval } = this.#options;
    this.#enquireAt += interval;
    // In step with the interval, unless the process was blocked for longer than one.
    if (this.#enquireAt <= now) this.#enquireAt = now + interval;
    if (Number.isNaN(this.#unansweredSince)) this.#unansweredSince = now;
    return "enquire";
  }

  /** When {@link check} can next ask for something; Infinity when never. */
  get nextAt(): number {
    return Math.min(this.#enquireAt, this.#silentAt, this.#inactiveAt);
  }

  get #silentAt(): number {
    const { timeout } = this.#options;
    return Number.isNaN(this.#unansweredSince) || timeout === 0
      ? Number.POSITIVE_INFINITY
      : this.#unansweredSince + timeout;
  }

  get #inactiveAt(): number {
    const { inactivity } = this.#options;
    return inactivity === 0 ? Number.POSITIVE_INFINITY : this.#activeAt + inactivity;
  }
}
