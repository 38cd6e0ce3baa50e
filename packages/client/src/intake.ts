/** Received requests for those who pull: the queue behind `listen()` and `readOnePdu()`. */

/** A PDU that nobody took yet, and who wants to know whether somebody does. */
interface Offer<P> {
  readonly pdu: P;
  readonly settle: (taken: boolean) => void;
}

/** Somebody who waits for a PDU: an iterator, or a single call. */
interface Waiter<P extends object> {
  readonly iterator: PduIterator<P> | undefined;
  readonly resolve: (pdu: P | undefined) => void;
}

/**
 * A queue between a session, which offers, and any number of readers, who take: each PDU goes to
 * one of them, to who has waited longest. It is over when its connection is, or when the last
 * iterator was left.
 */
export class Intake<P extends object> {
  readonly #offers: Offer<P>[] = [];
  readonly #waiters: Waiter<P>[] = [];
  readonly #iterators = new Set<PduIterator<P>>();
  readonly #onOver: () => void;
  /** Whether single PDUs are taken, too: then leaving the last iterator is not the end. */
  #stays = false;
  #isOver = false;

  /** `onOver` is called when nothing more can be offered. */
  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** Whether nothing more comes; what came can still be taken. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * True as soon as the PDU was taken, false when nobody will take it. Not called any more once it is
   * over: `onOver` was told so.
   */
  offer(pdu: P): boolean | Promise<boolean> {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      return new Promise((settle) => this.#offers.push({ pdu, settle }));
    }
    waiter.resolve(pdu);
    return true;
  }

  /** The next PDU, undefined after the end. */
  takeOne(): Promise<P | undefined> {
    this.#stays = true;
    return this.take(undefined);
  }

  /** An iterator over what comes from now on. */
  iterate(): AsyncGenerator<P, void, undefined> {
    const iterator = new PduIterator(this);
    this.#iterators.add(iterator);
    return iterator;
  }

  /** The next PDU for this iterator, undefined after the end. */
  take(iterator: PduIterator<P> | undefined): Promise<P | undefined> {
    const offer = this.#offers.shift();
    offer?.settle(true);
    if (offer !== undefined || this.#isOver) return Promise.resolve(offer?.pdu);
    return new Promise((resolve) => this.#waiters.push({ iterator, resolve }));
  }

  /** This iterator takes nothing more. With the last one, what is left was not taken. */
  leave(iterator: PduIterator<P>): void {
    this.#iterators.delete(iterator);
    const [own, others] = [[] as Waiter<P>[], [] as Waiter<P>[]];
    for (const waiter of this.#waiters) (waiter.iterator === iterator ? own : others).push(waiter);
    this.#waiters.splice(0, Infinity, ...others);
    for (const { resolve } of own) resolve(undefined);
    if (this.#stays || this.#iterators.size > 0) return;
    this.end();
    for (const { settle } of this.#offers.splice(0)) settle(false);
  }

  /** The connection is gone for good: no more PDUs come. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { resolve } of this.#waiters.splice(0)) resolve(undefined);
    this.#onOver();
  }
}

/**
 * One loop over an {@link Intake}. No generator function: one that was never begun would not hear
 * that it is left.
 */
class PduIterator<P extends object> implements AsyncGenerator<P, void, undefined> {
  readonly #intake: Intake<P>;
  #isLeft = false;

  constructor(intake: Intake<P>) {
    this.#intake = intake;
  }

  async next(): Promise<IteratorResult<P, void>> {
    const value = this.#isLeft ? undefined : await this.#intake.take(this);
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }

  async return(): Promise<IteratorResult<P, void>> {
    this.#isLeft = true;
    this.#intake.leave(this);
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
