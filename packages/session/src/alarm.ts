/** The one timer of a session: it rings at the earliest of all deadlines. */

import { LONGEST_TIME } from "./check-options.ts";

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
