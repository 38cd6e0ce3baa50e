/** How many lines of one kind a log takes: so many a second, then a count of the others. */

/** Lines of one kind that were left out. */
export interface LeftOut {
  readonly kind: string;
  readonly count: number;
  /** Milliseconds from the first of them on. */
  readonly time: number;
}

/** How long lines are counted before the count is written, in milliseconds. */
const countingTime = 10_000;

/** Kinds that are remembered; those that say nothing at the time are forgotten first. */
const mostKinds = 1_000;

interface Kind {
  /** Lines that may be written at once; below 1 none. */
  room: number;
  /** When `room` was right. */
  at: number;
  count: number;
  /** When the first line was left out that is not told yet. */
  since: number;
}

/** The kinds and their counts; times are those of the caller's clock, in milliseconds. */
export class LineLimit {
  readonly #perSecond: number;
  readonly #kinds = new Map<string, Kind>();

  /** @param perSecond lines of one kind, at once or one by one */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Whether a line of this kind is written; else it is counted. */
  takes(kind: string, now: number): boolean {
    const known = this.#kindOf(kind, now);
    const room = known.room + ((now - known.at) / 1_000) * this.#perSecond;
    known.room = Math.min(this.#perSecond, room);
    known.at = now;
    if (known.room >= 1) {
      known.room -= 1;
      return true;
    }
    if (known.count === 0) known.since = now;
    known.count += 1;
    return false;
  }

  /** The counts to be written by now, each once. Without a time all of them. */
  due(now = Number.POSITIVE_INFINITY): LeftOut[] {
    return [...this.#kinds].flatMap(([kind, known]) => {
      const { count, since, at } = known;
      if (count === 0 || now - since < countingTime) return [];
      known.count = 0;
      const end = now === Number.POSITIVE_INFINITY ? at : now;
      return [{ kind, count, time: end - since }];
    });
  }

  /** When a count is due next; undefined while nothing is left out. */
  get next(): number | undefined {
    const times = [...this.#kinds.values()].flatMap(({ count, since }) =>
      count === 0 ? [] : [since + countingTime],
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #kindOf(kind: string, now: number): Kind {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    if (this.#kinds.size >= mostKinds) this.#forget(now);
    const fresh = { room: this.#perSecond, at: now, count: 0, since: 0 };
    this.#kinds.set(kind, fresh);
    return fresh;
  }

  /** What has room again is as if it was never seen. */
  #forget(now: number): void {
    for (const [kind, { count, at }] of this.#kinds) {
      if (count === 0 && now - at >= 1_000) this.#kinds.delete(kind);
    }
  }
}
