/** Decides, from times alone, when to ask the peer for a sign of life and when to give it up. */

/** Settings of {@link KeepAlive}, in milliseconds; 0 switches that timer off. */
export interface KeepAliveOptions {
  /** Silence after which an enquire_link goes out (enquire_link_timer, SMPP 3.4 section 2.9). */
  interval: number;
  /** Whether enquire_link goes out every `interval`, not after so long a silence only. */
  always?: boolean;
  /** How long the peer may then stay silent before the link counts as dead. */
  timeout: number;
  /** Time without anything but enquire_link, after which the session is unbound (inactivity_timer). */
  inactivity: number;
}

/** What {@link KeepAlive.check} asks for. */
export type KeepAliveVerdict = "enquire" | "silent" | "inactive" | undefined;

/**
 * The enquire_link and inactivity timers of one session (SMPP 3.4 section 2.9) without a clock.
 *
 * Any octet from the peer is a sign of life, not only an enquire_link_resp: some peers never send
 * one while they are busy, and a link that delivers messages is not dead.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  /** The beginning of the present interval. */
  #since: number;
  #active: number;
  #askedAt = Number.NaN;

  constructor(options: KeepAliveOptions, now: number) {
    this.#options = options;
    this.#since = now;
    this.#active = now;
  }

  /** The peer sent something at `now`. */
  heard(now: number): void {
    if (!this.#options.always || !Number.isNaN(this.#askedAt)) this.#since = now;
    this.#askedAt = Number.NaN;
  }

  /** A PDU other than enquire_link and its response passed in either direction at `now`. */
  active(now: number): void {
    this.#active = now;
  }

  /** What is due at `now`; `enquire` is said once per silence, then `silent`. */
  check(now: number): KeepAliveVerdict {
    if (now >= this.#inactiveAt) {
      this.#active = now;
      return "inactive";
    }
    if (now < this.#silenceAt) return undefined;
    if (!Number.isNaN(this.#askedAt)) return "silent";
    this.#askedAt = now;
    return "enquire";
  }

  /** When {@link check} can next say something; Infinity when never. */
  get nextAt(): number {
    return Math.min(this.#silenceAt, this.#inactiveAt);
  }

  get #silenceAt(): number {
    const { interval, timeout } = this.#options;
    if (interval === 0) return Number.POSITIVE_INFINITY;
    if (Number.isNaN(this.#askedAt)) return this.#since + interval;
    return timeout === 0 ? Number.POSITIVE_INFINITY : this.#askedAt + timeout;
  }

  get #inactiveAt(): number {
    const { inactivity } = this.#options;
    return inactivity === 0 ? Number.POSITIVE_INFINITY : this.#active + inactivity;
  }
}
