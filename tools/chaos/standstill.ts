/** How long nothing went on: the longest time in which a number stayed as it was. */

/** Milliseconds between two looks. */
const step = 50;

export class Standstill {
  readonly #read: () => number;
  readonly #timer: NodeJS.Timeout;
  #last: number;
  #since = performance.now();
  #longest = 0;

  /** Looks until `end`. */
  constructor(read: () => number) {
    this.#read = read;
    this.#last = read();
    this.#timer = setInterval(() => this.#look(), step);
  }

  /** Milliseconds since the number changed. */
  get present(): number {
    return performance.now() - this.#since;
  }

  /** Gives back the longest standstill, in milliseconds. */
  end(): number {
    clearInterval(this.#timer);
    this.#look();
    return Math.max(this.#longest, this.present);
  }

  #look(): void {
    const now = this.#read();
    if (now === this.#last) return;
    this.#longest = Math.max(this.#longest, this.present);
    this.#last = now;
    this.#since = performance.now();
  }
}
