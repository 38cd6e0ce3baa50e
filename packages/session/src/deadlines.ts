/** The times at which a session must do something by itself, apart from those of its requests. */
import type { Alarm } from "./alarm.ts";

/**
 * `bind`: the time to bind is over. `partialPdu`: the rest of a PDU did not come. `drain`: the last
 * requests had their time. `answers`: after a lost bind the last answers had their time. `linger`: the
 * connection had time to end.
 */
export type DeadlineName = "bind" | "partialPdu" | "drain" | "answers" | "linger";

const NEVER = Number.POSITIVE_INFINITY;

/** Named deadlines on one {@link Alarm}. Times are those of `performance.now()`. */
export class Deadlines {
  readonly #alarm: Alarm;
  readonly #at: Record<DeadlineName, number> = {
    bind: NEVER,
    partialPdu: NEVER,
    drain: NEVER,
    answers: NEVER,
    linger: NEVER,
  };

  constructor(alarm: Alarm) {
    this.#alarm = alarm;
  }

  /** The earliest; Infinity when there is none. */
  get next(): number {
    return Math.min(...Object.values(this.#at));
  }

  has(name: DeadlineName): boolean {
    return this.#at[name] !== NEVER;
  }

  /** So many milliseconds from now. */
  set(name: DeadlineName, after: number, now: number): void {
    this.#at[name] = now + after;
    this.#alarm.set(now + after, now);
  }

  clear(name: DeadlineName): void {
    this.#at[name] = NEVER;
  }

  /** Whether this one is over; it is cleared then. */
  takeDue(name: DeadlineName, now: number): boolean {
    if (now < this.#at[name]) return false;
    this.clear(name);
    return true;
  }
}
