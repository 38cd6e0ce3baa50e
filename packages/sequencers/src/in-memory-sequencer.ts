/** Sequence numbers from a counter in this process: fast, alone, forgotten at the end. */

import { FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER, type Sequencer } from "./sequencer.ts";

/** Options of {@link InMemorySequencer}. */
export interface InMemorySequencerOptions {
  /** The first number handed out, 1 to 0x7FFFFFFF. Default 1. */
  first?: number;
}

/**
 * A counter in memory. Right for one process with one connection; several processes bound to one
 * account share numbers through `RedisSequencer` of `@esme/sequencers/redis`.
 *
 * Keys other than `first` are ignored, so that a configuration block written for another
 * sequencer does no harm. Throws a RangeError when `first` is not a sequence number.
 */
export class InMemorySequencer implements Sequencer {
  #next: number;

  constructor({ first = FIRST_SEQUENCE_NUMBER }: InMemorySequencerOptions = {}) {
    if (!Number.isInteger(first) || first < FIRST_SEQUENCE_NUMBER || first > LAST_SEQUENCE_NUMBER) {
      throw new RangeError(
        `first: got ${String(first)}, wants an integer from ${FIRST_SEQUENCE_NUMBER} to ${LAST_SEQUENCE_NUMBER}`,
      );
    }
    this.#next = first;
  }

  next(): number {
    const number = this.#next;
    this.#next = number === LAST_SEQUENCE_NUMBER ? FIRST_SEQUENCE_NUMBER : number + 1;
    return number;
  }
}
