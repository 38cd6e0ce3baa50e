/** The queue of received requests behind `listen()` and `readOnePdu()`. */

/** A PDU in the queue. */
interface Entry<P> {
  readonly pdu: P;
  readonly settle: (taken: boolean) => void;
}

/** An iterator, or a call of `next()`, that waits for a PDU. */
interface Waiter<P extends object> {
  readonly iterator: PduIterator<P> | undefined;
  readonly resolve: (pdu: P | undefined) => void;
}

/**
 * A queue between one client, which pushes, and any number of readers. Each PDU goes to one reader: to
 * the one that has waited longest. The queue closes with the connection, or when the last iterator
 * returns.
 */
export class InboundQueue<P extends object> {
  readonly #entries: Entry<P>[] = [];
  readonly #waiters: Waiter<P>[] = [];
  readonly #iterators = new Set<PduIterator<P>>();
  readonly #onClose: () => void;
  /** Whether `next()` was called: then the queue stays open without iterators. */
  #hasOtherReaders = false;
  #isClosed = false;

  /** `onClose` is called when nothing more may be pushed. */
  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  /** Whether no more PDUs come. Those in the queue can still be taken. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True when a reader took the PDU, false when none will. Not to be called after `onClose`. */
  push(pdu: P): boolean | Promise<boolean> {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      return new Promise((settle) => this.#entries.push({ pdu, settle }));
    }
    waiter.resolve(pdu);
    return true;
  }

  /** The next PDU; undefined after the end. */
  next(): Promise<P | undefined> {
    this.#hasOtherReaders = true;
    return this.take(undefined);
  }

  /** An iterator over the PDUs from now on. */
  iterate(): AsyncGenerator<P, void, undefined> {
    const iterator = new PduIterator(this);
    this.#iterators.add(iterator);
    return iterator;
  }

  /** The next PDU for this iterator; undefined after the end. */
  take(iterator: PduIterator<P> | undefined): Promise<P | undefined> {
    const entry = this.#entries.shift();
    entry?.settle(true);
    if (entry !== undefined || this.#isClosed) return Promise.resolve(entry?.pdu);
    return new Promise((resolve) => this.#waiters.push({ iterator, resolve }));
  }

  /** This iterator takes nothing more. After the last one, PDUs in the queue count as not taken. */
  remove(iterator: PduIterator<P>): void {
    this.#iterators.delete(iterator);
    const [own, others] = [[] as Waiter<P>[], [] as Waiter<P>[]];
    for (const waiter of this.#waiters) (waiter.iterator === iterator ? own : others).push(waiter);
    this.#waiters.splice(0, Infinity, ...others);
    for (const { resolve } of own) resolve(undefined);
    if (this.#hasOtherReaders || this.#iterators.size > 0) return;
    this.close();
    for (const { settle } of this.#entries.splice(0)) settle(false);
  }

  /** No more PDUs come. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { resolve } of this.#waiters.splice(0)) resolve(undefined);
    this.#onClose();
  }
}

/**
 * One loop over an {@link InboundQueue}. A generator function would not do: `return()` before the first
 * `next()` would not reach its `finally`.
 */
class PduIterator<P extends object> implements AsyncGenerator<P, void, undefined> {
  readonly #queue: InboundQueue<P>;
  #isDone = false;

  constructor(queue: InboundQueue<P>) {
    this.#queue = queue;
  }

  async next(): Promise<IteratorResult<P, void>> {
    const value = this.#isDone ? undefined : await this.#queue.take(this);
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }

  async return(): Promise<IteratorResult<P, void>> {
    this.#isDone = true;
    this.#queue.remove(this);
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<P, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
