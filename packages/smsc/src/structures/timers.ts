/** Delayed actions that neither keep the process alive nor outlive their owner. */
import { Slices } from "./slices.ts";

/** The longest a timer of Node.js waits, in milliseconds. */
export const longestWait = 2 ** 31 - 1;

/** A set of timers. */
export class Timers {
  readonly #slices: Slices;
  readonly #pending = new Set<NodeJS.Timeout>();
  /** Of this turn of the event loop, by milliseconds. */
  readonly #together = new Map<number, (() => void)[]>();
  #closed = false;

  /** `slices`: where the actions are done that come due at one moment. */
  constructor(slices = new Slices()) {
    this.#slices = slices;
  }

  /** Acts once, `ms` milliseconds from now, however many. Returns what makes it not happen. */
  after(ms: number, act: () => void): () => void {
    if (this.#closed) return () => {};
    if (ms > longestWait) return this.#afterMore(ms, act);
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      act();
    }, ms);
    timer.unref();
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  /**
   * Acts once, as `after` does; with many actions at one moment, some come in the next turns of the event
   * loop. Actions with the same delay that are added in one turn share a timer: a chunk of submissions
   * costs one.
   */
  togetherAfter(ms: number, act: () => void): void {
    const others = this.#together.get(ms);
    if (others !== undefined) {
      others.push(act);
      return;
    }
    if (this.#closed) return;
    if (this.#together.size === 0) setImmediate(() => this.#together.clear());
    const acts = [act];
    this.#together.set(ms, acts);
    this.after(ms, () => {
      // The timer may fire in the turn in which it was made: nothing may be added to its list any more.
      if (this.#together.get(ms) === acts) this.#together.delete(ms);
      void this.#slices.run(acts, (each) => each());
    });
  }

  /** Forgets everything that has not happened yet, and takes nothing more. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
    this.#together.clear();
    this.#slices.close();
  }

  #afterMore(ms: number, act: () => void): () => void {
    let cancel = this.after(longestWait, () => {
      cancel = this.after(ms - longestWait, act);
    });
    return () => cancel();
  }
}
