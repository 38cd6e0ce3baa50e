/** The clocks of a session: one timer, the time that counts against the peer, and named deadlines. */
import { LONGEST_TIME } from "./check-options.ts";

/**
 * `bind`: the time to bind is over. `partialPdu`: the rest of a PDU did not come. `drain`: the last
 * requests had their time. `unbind`: unbind_resp had its time. `answers`: the last answers had their
 * time after a lost bind. `linger`: the connection had time to end.
 */
export type DeadlineName = "bind" | "partialPdu" | "drain" | "unbind" | "answers" | "linger";

const NEVER = Number.POSITIVE_INFINITY;

/** Deadlines measured in {@link PeerTime}. All others are measured in real time. */
const OF_PEER: ReadonlySet<DeadlineName> = new Set<DeadlineName>(["partialPdu"]);

/** Named deadlines on one {@link Alarm}. `now` is a time of `performance.now()`. */
export class Deadlines {
  readonly #alarm: Alarm;
  readonly #peerTime: PeerTime;
  readonly #at: Record<DeadlineName, number> = {
    bind: NEVER,
    partialPdu: NEVER,
    drain: NEVER,
    unbind: NEVER,
    answers: NEVER,
    linger: NEVER,
  };

  constructor(alarm: Alarm, peerTime: PeerTime) {
    this.#alarm = alarm;
    this.#peerTime = peerTime;
  }

  /** The earliest; Infinity when there is none. */
  get next(): number {
    const { bind, partialPdu, drain, unbind, answers, linger } = this.#at;
    return Math.min(bind, this.#peerTime.when(partialPdu), drain, unbind, answers, linger);
  }

  has(name: DeadlineName): boolean {
    return this.#at[name] !== NEVER;
  }

  /** So many milliseconds from now. */
  set(name: DeadlineName, after: number, now: number): void {
    const at = this.#clock(name, now) + after;
    this.#at[name] = at;
    this.#alarm.set(OF_PEER.has(name) ? this.#peerTime.when(at) : at, now);
  }

  clear(name: DeadlineName): void {
    this.#at[name] = NEVER;
  }

  /** Whether this one is over; it is cleared then. */
  takeDue(name: DeadlineName, now: number): boolean {
    if (this.#clock(name, now) < this.#at[name]) return false;
    this.clear(name);
    return true;
  }

  #clock(name: DeadlineName, now: number): number {
    return OF_PEER.has(name) ? this.#peerTime.at(now) : now;
  }
}

/**
 * A clock that stands still while we do not read what the peer sent: an answer that lies in the
 * socket came in time. Silence, timeouts of responses and the time for the rest of a PDU are
 * measured with it; `now` and {@link when} are times of `performance.now()`.
 */
export class PeerTime {
  /** Milliseconds in which it stood still. */
  #stood = 0;
  #stoppedAt = Number.NaN;

  /** What it shows at `now`. */
  at(now: number): number {
    return (Number.isNaN(this.#stoppedAt) ? now : this.#stoppedAt) - this.#stood;
  }

  /** When it will show `time`; Infinity while it stands still. */
  when(time: number): number {
    return Number.isNaN(this.#stoppedAt) ? time + this.#stood : Number.POSITIVE_INFINITY;
  }

  stop(now: number): void {
    if (Number.isNaN(this.#stoppedAt)) this.#stoppedAt = now;
  }

  start(now: number): void {
    if (Number.isNaN(this.#stoppedAt)) return;
    this.#stood += now - this.#stoppedAt;
    this.#stoppedAt = Number.NaN;
  }
}

/**
 * A single timer for many deadlines. Setting it is cheap and only ever moves it forward; a deadline
 * that was withdrawn costs one idle ring. Times are those of `performance.now()`.
 */
export class Alarm {
  readonly #ring: (now: number) => void;
  #timer: NodeJS.Timeout | undefined = undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(ring: (now: number) => void) {
    this.#ring = ring;
  }

  /** Rings at `at` or earlier. */
  set(at: number, now: number): void {
    if (at >= this.#at) return;
    this.clear();
    this.#at = at;
    // Rounded up: a timer that fires a fraction too early would only ring twice.
    const after = Math.min(Math.max(Math.ceil(at - now), 1), LONGEST_TIME);
    this.#timer = setTimeout(this.#onTimer, after);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#at = Number.POSITIVE_INFINITY;
  }

  readonly #onTimer = (): void => {
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring(performance.now());
  };
}
