/** The waiting messages of a queue in memory: taken from the front, put back where they were. */

/** What waits, with its place among all that were ever added. */
export interface Placed {
  readonly place: number;
  readonly octets: number;
}

/** The front is a cursor; what lies before it is thrown away at this size, not with each message. */
const compactAt = 1_024;

/**
 * First in, first out, each step in constant time however many wait. What is put back stands before
 * everything that was added later.
 */
export class Backlog<T extends Placed> {
  #added: (T | undefined)[] = [];
  #front = 0;
  /** Put back, the first to leave at the end. Never more than were handed out at a time. */
  readonly #returned: T[] = [];
  #octets = 0;

  get length(): number {
    return this.#returned.length + this.#added.length - this.#front;
  }

  /** Of all that waits. */
  get octets(): number {
    return this.#octets;
  }

  add(item: T): void {
    this.#octets += item.octets;
    this.#added.push(item);
  }

  take(): T | undefined {
    const item = this.#next();
    this.#octets -= item?.octets ?? 0;
    return item;
  }

  putBack(item: T): void {
    this.#octets += item.octets;
    const behind = this.#returned.findLastIndex(({ place }) => place > item.place);
    this.#returned.splice(behind + 1, 0, item);
  }

  #next(): T | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    const item = this.#added[this.#front];
    if (item === undefined) return undefined;
    this.#added[this.#front] = undefined;
    this.#front += 1;
    if (this.#front > compactAt && this.#front * 2 > this.#added.length) {
      this.#added = this.#added.slice(this.#front);
      this.#front = 0;
    }
    return item;
  }
}
