/** The deliveries of one account that wait, the oldest first; any of them can be taken out in constant time. */

/** What can stand in a queue, in one at a time. */
export interface Queued<T> {
  /** Counts what was queued: the lower of two is older. */
  readonly turn: number;
  /** Its neighbours in the queue; absent outside of one. */
  older?: T | undefined;
  newer?: T | undefined;
}

/** A list of items in the order of their turns. */
export class DeliveryQueue<T extends Queued<T>> {
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
