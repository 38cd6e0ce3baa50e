/** The timers of a session: all of them on one timer of Node.js, in real time or in the peer's time. */
import { LONGEST_TIME } from "@esme/settings";

const NEVER = Number.POSITIVE_INFINITY;

/** A clock; `now` and what `when` returns are times of `performance.now()`. */
export interface Clock {
  /** What it shows at `now`. */
  at(now: number): number;
  /** When it will show `time`; Infinity while it stands still. */
  when(time: number): number;
}

const realTime: Clock = { at: (now) => now, when: (time) => time };

/** A timer that fires so many milliseconds late says that the process was blocked or frozen. */
const BLOCKED = 10;

/**
 * A clock that stands still while we do not read what the peer sent: an answer that lies in the
 * socket came in time. Silence, timeouts of responses and the time for the rest of a PDU are
 * measured with it.
 */
export class PeerTime implements Clock {
  /** Milliseconds in which it stood still. */
  #stood = 0;
  #stoppedAt = Number.NaN;

  at(now: number): number {
    return (Number.isNaN(this.#stoppedAt) ? now : this.#stoppedAt) - this.#stood;
  }

  when(time: number): number {
    return Number.isNaN(this.#stoppedAt) ? time + this.#stood : NEVER;
  }

  get isRunning(): boolean {
    return Number.isNaN(this.#stoppedAt);
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
 * One timer of Node.js for many deadlines. To set it is cheap and only ever makes it earlier; a
 * deadline that was withdrawn costs one call for nothing.
 */
export class SharedTimer {
  readonly #onTime: (now: number, late: number) => void;
  #timeout: NodeJS.Timeout | undefined = undefined;
  #at = NEVER;
  /** When Node.js was asked to fire it: `#at`, or soon where that is over. */
  #firesAt = NEVER;

  /** `late` is how many milliseconds Node.js took too long. */
  constructor(onTime: (now: number, late: number) => void) {
    this.#onTime = onTime;
  }

  /** Calls back at `at` or earlier. */
  set(at: number, now: number): void {
    if (at >= this.#at) return;
    this.clear();
    this.#at = at;
    // Rounded up: a timer that fires a fraction too early would only fire twice.
    const after = Math.min(Math.max(Math.ceil(at - now), 1), LONGEST_TIME);
    this.#firesAt = now + after;
    this.#timeout = setTimeout(this.#onTimeout, after);
  }

  clear(): void {
    clearTimeout(this.#timeout);
    this.#at = NEVER;
  }

  /** Clears it; nothing sets it again. */
  close(): void {
    this.clear();
    this.#at = Number.NEGATIVE_INFINITY; // no time is earlier
  }

  readonly #onTimeout = (): void => {
    this.#at = NEVER;
    const now = performance.now();
    this.#onTime(now, now - this.#firesAt);
  };
}

/** One timer of a session; made by {@link Timers}. It starts stopped. */
export class Timer {
  readonly #clock: Clock;
  readonly #shared: SharedTimer;
  readonly #action: (now: number) => void;
  /** On its clock. */
  #at = NEVER;

  constructor(clock: Clock, shared: SharedTimer, action: (now: number) => void) {
    this.#clock = clock;
    this.#shared = shared;
    this.#action = action;
  }

  get isRunning(): boolean {
    return this.#at !== NEVER;
  }

  /** When it is over, in real time; Infinity when it is stopped or its clock stands still. */
  get endsAt(): number {
    return this.#clock.when(this.#at);
  }

  /** Starts it for so many milliseconds; 0 stops it. */
  start(milliseconds: number, now: number): void {
    this.#at = NEVER;
    if (milliseconds > 0) this.startUntil(this.#clock.at(now) + milliseconds, now);
  }

  /** Runs until this time on its clock, or until the earlier one that was set before. */
  startUntil(at: number, now: number): void {
    if (at >= this.#at) return;
    this.#at = at;
    this.#shared.set(this.#clock.when(at), now);
  }

  stop(): void {
    this.#at = NEVER;
  }

  /** Stops and calls the action if its time is over. */
  check(now: number): void {
    if (now < this.endsAt) return;
    this.#at = NEVER;
    this.#action(now);
  }
}

/** All timers of one session. */
export class Timers {
  readonly #peerTime = new PeerTime();
  /** The clock of `peer` timers. */
  readonly peerTime: Clock = this.#peerTime;
  readonly #timers: Timer[] = [];
  readonly #shared = new SharedTimer((now, late) => this.#check(now, late));
  readonly #afterCheck: () => void;
  /** Changes with every stop of the peer's time. */
  #stops = 0;
  #isClosed = false;

  /** `afterCheck` is called after timers were looked at, while they are not closed. */
  constructor(afterCheck: () => void) {
    this.#afterCheck = afterCheck;
  }

  /** Makes a timer in real time or in the peer's time; `action` is called when its time is over. */
  create(clock: "real" | "peer", action: (now: number) => void): Timer {
    const timer = new Timer(clock === "peer" ? this.#peerTime : realTime, this.#shared, action);
    this.#timers.push(timer);
    return timer;
  }

  /** Looks at all timers at `at`, in real time, or earlier. */
  wakeAt(at: number, now: number): void {
    this.#shared.set(at, now);
  }

  /** Stops the peer's time while we do not read. */
  stopPeerTime(): void {
    this.#stops++;
    this.#peerTime.stop(performance.now());
  }

  /** The peer's time goes on when what lies in the socket has been read. */
  startPeerTime(): void {
    const stop = this.#stops;
    const start = () => {
      if (stop !== this.#stops || this.#isClosed) return;
      const now = performance.now();
      this.#peerTime.start(now);
      this.#schedule(now);
    };
    // After two turns sockets were looked at: what lay in them has been read, or waits again.
    setImmediate(() => setImmediate(start));
  }

  /** Stops all of them for good. */
  close(): void {
    this.#isClosed = true;
    this.#shared.close();
  }

  #check(now: number, late: number): void {
    if (late > BLOCKED && this.#peerTime.isRunning) {
      // The sockets come first: what lies in them came in time, however late it is now.
      this.stopPeerTime();
      this.startPeerTime();
    }
    for (const timer of this.#timers) {
      if (!this.#isClosed) timer.check(now);
    }
    if (this.#isClosed) return;
    this.#afterCheck();
    this.#schedule(now);
  }

  #schedule(now: number): void {
    // Whatever was done may have ended the session.
    if (this.#isClosed) return;
    const next = Math.min(...this.#timers.map(({ endsAt }) => endsAt));
    if (next < NEVER) this.#shared.set(next, now);
  }
}
