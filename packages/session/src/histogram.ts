/** Counts durations by size, in the manner of a Prometheus histogram. */

/** Upper bounds of the buckets, in milliseconds; one more bucket holds the rest. */
const BOUNDS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000,
];

/** Durations as a histogram; the buckets are not cumulative. */
export interface Durations {
  count: number;
  /** Milliseconds in all. */
  sum: number;
  max: number;
  /** Those of at most `le` milliseconds and more than the bound before it. */
  buckets: { le: number; count: number }[];
}

/** Collects {@link Durations}. */
export class Histogram {
  readonly #buckets = new Array<number>(BOUNDS.length + 1).fill(0);
  #count = 0;
  #sum = 0;
  #max = 0;

  add(milliseconds: number): void {
    this.#count++;
    this.#sum += milliseconds;
    if (milliseconds > this.#max) this.#max = milliseconds;
    let bucket = 0;
    while (milliseconds > (BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** A copy that does not change any more. */
  counts(): Durations {
    return {
      count: this.#count,
      sum: this.#sum,
      max: this.#max,
      buckets: this.#buckets.map((count, index) => ({
        le: BOUNDS[index] ?? Number.POSITIVE_INFINITY,
        count,
      })),
    };
  }
}
