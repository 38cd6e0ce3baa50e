/** Delayed actions that neither keep the process alive nor outlive their owner. */

/** The longest a timer of Node.js waits, in milliseconds. */
export const longestWait = 2 ** 31 - 1;

/** A set of timers. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Acts once, `ms` milliseconds from now, however many. Returns what makes it not happen. */
  after(ms: number, act: () => void): () => void {
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

  /** Forgets everything that has not happened yet. */
  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }

  #afterMore(ms: number, act: () => void): () => void {
    let cancel = this.after(longestWait, () => {
      cancel = this.after(ms - longestWait, act);
    });
    return () => cancel();
  }
}
