/** Sequence numbers from a counter in this process: fast, alone, forgotten at the end. */

import { integer, readOptions } from "@esme/settings";
import { FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER, type Sequencer } from "./sequencer.ts";

/** Options of {@link InMemorySequencer}. */
export interface InMemorySequencerOptions {
  /** The first number handed out, 1 to 0x7FFFFFFF. Default 1. */
  first?: number;
}

/**
 * A counter in memory. Right for one process with one connection; several processes bound to one
 * account share numbers through `RedisSequencer` of `@esme/sequencers/redis`.
 */
export class InMemorySequencer implements Sequencer {
  #next: number;

  /**
   * Throws a TypeError for an option that is unknown or no number, a RangeError for a number out of
   * range. A number may stand in quotes, as files and variables have it.
   */
  constructor(options: InMemorySequencerOptions = {}) {
    const { first } = readOptions("InMemorySequencer", options, {
      first: integer(FIRST_SEQUENCE_NUMBER, FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER),
    });
    this.#next = first;
  }

  next(): number {
    const number = this.#next;
    this.#next = number === LAST_SEQUENCE_NUMBER ? FIRST_SEQUENCE_NUMBER : number + 1;
    return number;
  }
}
