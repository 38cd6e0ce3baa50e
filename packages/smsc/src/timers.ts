/** Delayed actions that neither keep the process alive nor outlive their owner. */

/** The longest a timer of Node.js waits, in milliseconds. */
export const longestWait = 2 ** 31 - 1;

/** A set of timers. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  /** Of this turn of the event loop, by milliseconds. */
  readonly #together = new Map<number, (() => void)[]>();
  #closed = false;

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
   * Acts once, as `after` does. Everything of one turn of the event loop that waits equally long
   * shares a timer: a chunk of submissions costs one.
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
      // It may come in the same turn, behind other timers: nothing may be added any more.
      if (this.#together.get(ms) === acts) this.#together.delete(ms);
      for (const each of acts) each();
    });
  }

  /** Forgets everything that has not happened yet, and takes nothing more. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
    this.#together.clear();
  }

  #afterMore(ms: number, act: () => void): () => void {
    let cancel = this.after(longestWait, () => {
      cancel = this.after(ms - longestWait, act);
    });
    return () => cancel();
  }
}
