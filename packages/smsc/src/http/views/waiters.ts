/** Those who wait for a text, each woken by one that fits and by no other. */

/** What texts are told apart by before anybody looks closer. */
interface OfPhone {
  readonly phone: string;
}

/** Waiters for entries of one kind, by phone: a text of one phone costs nothing to those of the others. */
export class Waiters<Entry extends OfPhone> {
  /** By phone; undefined: for any. None of them is empty. */
  readonly #waiting = new Map<string | undefined, Set<Waiter<Entry>>>();

  /** Resolves when an entry of the phone (undefined: of any) fits, and at once when the signal is over. */
  wait(
    phone: string | undefined,
    fits: (entry: Entry) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        signal.removeEventListener("abort", done);
        this.#remove(phone, waiter);
        resolve();
      };
      const waiter = { fits, done };
      signal.addEventListener("abort", done);
      const others = this.#waiting.get(phone);
      if (others !== undefined) others.add(waiter);
      else this.#waiting.set(phone, new Set([waiter]));
    });
  }

  /** Something happened to this entry. */
  wake(entry: Entry): void {
    if (this.#waiting.size === 0) return;
    for (const phone of [entry.phone, undefined]) {
      for (const waiter of this.#waiting.get(phone) ?? []) if (waiter.fits(entry)) waiter.done();
    }
  }

  /** Something happened to all of them. */
  wakeAll(): void {
    for (const waiters of [...this.#waiting.values()]) for (const { done } of waiters) done();
  }

  #remove(phone: string | undefined, waiter: Waiter<Entry>): void {
    const waiters = this.#waiting.get(phone);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(phone);
  }
}

interface Waiter<Entry> {
  readonly fits: (entry: Entry) => boolean;
  readonly done: () => void;
}
