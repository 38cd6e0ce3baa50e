/** Collects what comes, and hands it to whoever waits for the next one. */
export class Inbox<T> {
  readonly #waiting: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  readonly put = (item: T): void => {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#waiting.push(item);
  };

  next(): Promise<T> {
    const item = this.#waiting.shift();
    return item === undefined
      ? new Promise((resolve) => this.#takers.push(resolve))
      : Promise.resolve(item);
  }

  get size(): number {
    return this.#waiting.length;
  }
}
