/** Inbound requests on their way to the application: so many at a time, in the order of arrival. */

/** Settings of {@link Inbox}. */
export interface InboxOptions {
  /** Requests with the application at one time. */
  concurrency: number;
  /** Requests that may wait for it; reaching this number stops the reading of the socket. */
  backlog: number;
}

/** Bounded concurrency and a bounded queue in front of it. */
export class Inbox<Item> {
  readonly #options: InboxOptions;
  readonly #serve: (item: Item) => Promise<void> | void;
  readonly #onRoom: () => void;
  #waiting: Item[] = [];
  #running = 0;

  /** `serve` hands one request to the application; `onRoom` is called when one was finished. */
  constructor(
    options: InboxOptions,
    serve: (item: Item) => Promise<void> | void,
    onRoom: () => void,
  ) {
    this.#options = options;
    this.#serve = serve;
    this.#onRoom = onRoom;
  }

  /** Requests with the application now. */
  get running(): number {
    return this.#running;
  }

  /** Requests that wait for it. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether no more should be read. */
  get full(): boolean {
    return this.#waiting.length >= this.#options.backlog;
  }

  add(item: Item): void {
    if (this.#running >= this.#options.concurrency) this.#waiting.push(item);
    else this.#start(item);
  }

  /** Forgets what waits; what runs goes on. */
  clear(): void {
    this.#waiting = [];
  }

  #start(item: Item): void {
    const running = this.#serve(item);
    if (running === undefined) return;
    this.#running++;
    // `serve` answers for its errors itself: its promise never rejects.
    void running.then(this.#finished);
  }

  readonly #finished = (): void => {
    this.#running--;
    // A callback that answers at once takes no place, so one place may serve several.
    while (this.#running < this.#options.concurrency) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#start(next);
    }
    this.#onRoom();
  };
}
