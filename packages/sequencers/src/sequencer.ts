/** The role every source of sequence numbers plays, and the range the standard gives them. */

/**
 * Hands out the sequence numbers of requests: integers from 1 to {@link LAST_SEQUENCE_NUMBER},
 * then 1 again (SMPP 3.4 issue 1.2, section 3.2 and 5.1.4).
 *
 * A number is unique among those drawn within one full cycle, however many callers, and for a
 * shared implementation however many processes, draw at the same time. Numbers need not be
 * consecutive. `next` returns a plain number where it can, so that a session need not wait; it
 * rejects with an error that says what to do when the store behind it is out of reach.
 */
export interface Sequencer {
  next(): number | Promise<number>;
  /** Gives back what the sequencer opened by itself (connections); there may be nothing. */
  close?(): Promise<void>;
}

/** The first number of a cycle. */
export const FIRST_SEQUENCE_NUMBER = 1;

/** The last number of a cycle, 0x7FFFFFFF; the one after it is 1 (SMPP 3.4, section 5.1.4). */
export const LAST_SEQUENCE_NUMBER = 0x7fff_ffff;
