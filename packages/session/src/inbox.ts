/** Inbound requests on their way to the application: so many at a time, in the order of arrival. */

/** Settings of {@link Inbox}. */
export interface InboxOptions {
  /** Requests with the application at one time. */
  concurrency: number;
  /** Requests that may wait for it; reaching this number stops the reading of the socket. */
  backlog: number;
}

/** Octets of waiting requests that stop the reading, too: they may be as long as a PDU can be. */
const BACKLOG_OCTETS = 1 << 20;

interface Waiting<Item> {
  readonly item: Item;
  readonly octets: number;
}

/** Bounded concurrency and a bounded queue in front of it. */
export class Inbox<Item> {
  readonly #options: InboxOptions;
  readonly #serve: (item: Item) => Promise<void> | void;
  readonly #onRoom: () => void;
  #waiting: Waiting<Item>[] = [];
  /** Of what waits. */
  #octets = 0;
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
    return this.#waiting.length >= this.#options.backlog || this.#octets >= BACKLOG_OCTETS;
  }

  /** Takes a request of so many octets. */
  add(item: Item, octets: number): void {
    if (this.#running < this.#options.concurrency) {
      this.#start(item);
      return;
    }
    this.#waiting.push({ item, octets });
    this.#octets += octets;
  }

  /** Forgets what waits; what runs goes on. */
  clear(): void {
    this.#waiting = [];
    this.#octets = 0;
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
      this.#octets -= next.octets;
      this.#start(next.item);
    }
    this.#onRoom();
  };
}
