/** Decides, from times alone, when to ask the peer for a sign of life and when to give it up. */

/** Settings of {@link KeepAlive}, in milliseconds; 0 switches that timer off. */
export interface KeepAliveOptions {
  /**
   * Silence after which an enquire_link goes out, and then again after each such time of silence
   * (enquire_link_timer, SMPP 3.4 section 2.9).
   */
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
  /** When the next enquire_link is due. */
  #askAt: number;
  /** When the first one went out that no sign of life has followed. */
  #askedAt = Number.NaN;
  #active: number;

  constructor(options: KeepAliveOptions, now: number) {
    this.#options = options;
    this.#askAt = options.interval === 0 ? Number.POSITIVE_INFINITY : now + options.interval;
    this.#active = now;
  }

  /** The peer sent something at `now`. */
  heard(now: number): void {
    const { interval, always } = this.#options;
    if (interval !== 0 && !always) this.#askAt = now + interval;
    this.#askedAt = Number.NaN;
  }

  /** A PDU other than enquire_link and its response passed in either direction at `now`. */
  active(now: number): void {
    this.#active = now;
  }

  /**
   * What is due at `now`. `enquire` is said every `interval`, answered or not, so that the peer, too,
   * hears of us as often as was agreed; `silent` when the first unanswered one is `timeout` old.
   */
  check(now: number): KeepAliveVerdict {
    if (now >= this.#inactiveAt) {
      this.#active = now;
      return "inactive";
    }
    if (now >= this.#silentAt) return "silent";
    if (now < this.#askAt) return undefined;
    const { interval } = this.#options;
    this.#askAt += interval;
    // In step with the interval, unless the process stood still for longer than one.
    if (this.#askAt <= now) this.#askAt = now + interval;
    if (Number.isNaN(this.#askedAt)) this.#askedAt = now;
    return "enquire";
  }

  /** When {@link check} can next say something; Infinity when never. */
  get nextAt(): number {
    return Math.min(this.#askAt, this.#silentAt, this.#inactiveAt);
  }

  get #silentAt(): number {
    const { timeout } = this.#options;
    return Number.isNaN(this.#askedAt) || timeout === 0
      ? Number.POSITIVE_INFINITY
      : this.#askedAt + timeout;
  }

  get #inactiveAt(): number {
    const { inactivity } = this.#options;
    return inactivity === 0 ? Number.POSITIVE_INFINITY : this.#active + inactivity;
  }
}
