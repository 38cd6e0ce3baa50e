/** A queue in which what comes back takes its old place, and any item can be taken out at once. */

/** What can stand in a queue, in one at a time. */
export interface Queued<T> {
  /** Counts what was queued: the lower of two is older. */
  readonly turn: number;
  /** Its neighbours in the queue; absent outside of one. */
  older?: T | undefined;
  newer?: T | undefined;
}

/**
 * Items in the order of their turns: a new one goes to the end, one that comes back stands before the
 * younger ones. Each step takes constant time, but for what comes back: it passes the older ones, which
 * are few, since what was handed out was among the first. The items are its links: an item can stand in
 * one queue at a time.
 */
export class TurnQueue<T extends Queued<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The oldest; undefined when it is empty. */
  get first(): T | undefined {
    return this.#oldest;
  }

  /** Puts an item into its place: a new one at the end, one that comes back before the younger ones. */
  insert(item: T): void {
    // What comes back was among the first: few are older.
    const isNew = this.#newest === undefined || this.#newest.turn < item.turn;
    let newer = isNew ? undefined : this.#oldest;
    while (newer !== undefined && newer.turn < item.turn) newer = newer.newer;
    const older = newer === undefined ? this.#newest : newer.older;
    item.older = older;
    item.newer = newer;
    if (older === undefined) this.#oldest = item;
    else older.newer = item;
    if (newer === undefined) this.#newest = item;
    else newer.older = item;
    this.#length++;
  }

  /** Takes an item of this queue out. */
  remove(item: T): void {
    const { older, newer } = item;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.#length--;
  }
}
