/** The sequence numbers of a session's requests: where they come from, and which of them are free. */
import { InMemorySequencer, LAST_SEQUENCE_NUMBER, type Sequencer } from "@esme/sequencers";
import { isPromise } from "./callbacks.ts";
import { asError, LinkError } from "./errors.ts";

/**
 * The default sequencer of sessions and clients: counts in memory from `first`, 0 to 0x7FFFFFFF, and
 * after the last number from 1. SMPP 3.4 section 3.2 begins at 1; some libraries and testers begin at
 * 0, and no known peer minds. Throws RangeError for a number out of range.
 */
export function sequenceFrom(first = 1): Sequencer {
  if (first !== 0) return new InMemorySequencer({ first });
  const rest = new InMemorySequencer();
  let begun = false;
  return {
    next: () => {
      if (begun) return rest.next();
      begun = true;
      return 0;
    },
  };
}

/** What {@link SequenceNumbers} needs to know of the requests in flight. */
export type NumbersInFlight = Pick<ReadonlyMap<number, unknown>, "has" | "size">;

/** Takes numbers from a sequencer, which may be slow or broken, one at a time. */
export class SequenceNumbers {
  readonly #sequencer: Sequencer;
  readonly #inFlight: NumbersInFlight;
  readonly #onReady: (error?: Error) => void;
  /** A number that the sequencer returned later, or a spare one: the next to use. */
  #next: number | undefined = undefined;
  #isWaiting = false;
  /** How often in a row the sequencer returned a number that is in flight. */
  #repeats = 0;
  #spare = LAST_SEQUENCE_NUMBER;

  /** `onReady` is called when a number came that {@link next} had to wait for, or with why none came. */
  constructor(sequencer: Sequencer, inFlight: NumbersInFlight, onReady: (error?: Error) => void) {
    this.#sequencer = sequencer;
    this.#inFlight = inFlight;
    this.#onReady = onReady;
  }

  /**
   * A number that is not in flight; undefined while the sequencer must be waited for. Throws what the
   * sequencer throws, and LinkError `sequence_number` when it returns no usable number.
   */
  next(): number | undefined {
    if (this.#isWaiting) return undefined;
    // With one draw more than there are requests in flight, a sound sequencer returns a free number,
    // also after it started again at 1.
    for (;;) {
      const number = this.#next ?? this.#sequencer.next();
      this.#next = undefined;
      if (typeof number !== "number" && isPromise(number)) return this.#await(number);
      if (!isSequenceNumber(number)) throw unusable(number);
      if (!this.#inFlight.has(number)) {
        this.#repeats = 0;
        return number;
      }
      if (++this.#repeats > this.#inFlight.size) break;
    }
    this.#repeats = 0;
    throw noNumber("hands out only numbers that are in flight");
  }

  /**
   * The next number is one of the session's own, from the far end of the range: for what keeps the
   * session alive when the sequencer fails.
   */
  useSpare(): void {
    while (this.#inFlight.has(this.#spare)) this.#spare--;
    this.#next = this.#spare--;
  }

  #await(number: PromiseLike<number>): undefined {
    this.#isWaiting = true;
    number.then(
      (late) => {
        this.#isWaiting = false;
        if (isSequenceNumber(late)) this.#next = late;
        this.#onReady(this.#next === undefined ? unusable(late) : undefined);
      },
      (error: unknown) => {
        this.#isWaiting = false;
        this.#onReady(asError(error));
      },
    );
    return undefined;
  }
}

/** Whether a sequencer may return this; some libraries begin with 0. */
function isSequenceNumber(number: unknown): number is number {
  return Number.isInteger(number) && Number(number) >= 0 && Number(number) <= LAST_SEQUENCE_NUMBER;
}

function unusable(number: unknown): LinkError {
  const isObject = typeof number === "object" && number !== null;
  return noNumber(`returned ${isObject ? "an object" : String(number).slice(0, 40)}`);
}

function noNumber(what: string): LinkError {
  const expected = `expected an integer from 0 to ${LAST_SEQUENCE_NUMBER} that is not in flight`;
  return new LinkError("sequence_number", `not sent: the sequencer ${what}, ${expected}`);
}
