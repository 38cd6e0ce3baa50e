/** Delayed actions that neither keep the process alive nor outlive their owner. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Acts once, `ms` milliseconds from now. */
  after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      act();
    }, ms);
    timer.unref();
    this.#pending.add(timer);
  }

  /** Forgets everything that has not happened yet. */
  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
