/** How long nothing came: the longest time between two of something, since a moment. */
export class Pauses {
  #last = Number.POSITIVE_INFINITY;
  #longest = 0;

  /** From now on. */
  begin(): void {
    this.#longest = 0;
    this.#last = performance.now();
  }

  /** One came. */
  mark(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }

  /** Milliseconds; the time since the last one counts too. */
  longest(): number {
    return Math.max(this.#longest, performance.now() - this.#last);
  }
}
