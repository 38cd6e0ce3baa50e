/** Work in slices: one turn of the event loop does a limited number of steps. */
import { Queue } from "./queue.ts";

/** Steps in one turn. A step takes some microseconds, a turn some milliseconds. */
export const stepsInOneTurn = 1_000;

interface Task {
  /** Does one step; false when there was none left. */
  readonly step: () => boolean;
  readonly done: () => void;
}

/**
 * Spreads large amounts of work over turns of the event loop, first come first served. Sockets are read
 * between two turns.
 */
export class Slices {
  readonly #tasks = new Queue<Task>();
  readonly #most: number;
  #left: number;
  #isScheduled = false;
  #isClosed = false;

  /** `most`: steps in one turn; fewer where each of them is more work. */
  constructor(most = stepsInOneTurn) {
    this.#most = most;
    this.#left = most;
  }

  /**
   * Acts on each item, in order. Undefined: all of it is done. A promise: the rest follows, and the
   * promise resolves behind it, or when this is closed; it never rejects.
   */
  run<T>(items: Iterable<T>, act: (item: T) => void): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    const iterator = items[Symbol.iterator]();
    const step = (): boolean => {
      const next = iterator.next();
      if (next.done) return false;
      act(next.value);
      return true;
    };
    if (this.#tasks.length === 0 && this.#finishes(step)) return undefined;
    return new Promise((done) => this.#tasks.push({ step, done }));
  }

  /** Forgets what has not been done, and takes nothing more. */
  close(): void {
    this.#isClosed = true;
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      task.done();
    }
  }

  /** Does steps until there are none left (true) or no room for one (false). */
  #finishes(step: () => boolean): boolean {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.#nextTurn());
    }
    while (this.#left > 0) {
      this.#left--;
      if (!step()) return true;
    }
    return false;
  }

  #nextTurn(): void {
    this.#isScheduled = false;
    this.#left = this.#most;
    for (let task = this.#tasks.first; task !== undefined; task = this.#tasks.first) {
      if (!this.#finishes(task.step)) return;
      // It is gone if this was closed meanwhile.
      if (this.#tasks.first === task) this.#tasks.shift();
      task.done();
    }
  }
}
