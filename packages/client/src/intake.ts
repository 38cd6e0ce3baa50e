/** Received requests for those who pull: the queue behind `listen()` and `readOnePdu()`. */
import type { Pdu } from "@esme/pdu";

/** A queue between callbacks, which push, and an async iterator, which pulls. */
export class Intake {
  /** PDUs that nobody took yet, with what to call when somebody does. */
  readonly #offered: { pdu: Pdu; taken: () => void }[] = [];
  readonly #readers: ((pdu: Pdu | undefined) => void)[] = [];
  #ended = false;

  /** Resolves when the PDU was taken; until then the peer gets no answer. */
  offer(pdu: Pdu): Promise<void> | undefined {
    const reader = this.#readers.shift();
    if (reader !== undefined) reader(pdu);
    if (reader !== undefined || this.#ended) return undefined;
    return new Promise((taken) => this.#offered.push({ pdu, taken }));
  }

  /** The next PDU, undefined after the end. */
  take(): Promise<Pdu | undefined> {
    const next = this.#offered.shift();
    next?.taken();
    if (next !== undefined || this.#ended) return Promise.resolve(next?.pdu);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** No more PDUs come; those that came can still be taken. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader(undefined);
  }

  /** Nobody takes any more: what waits counts as taken, so that the peer gets its answers. */
  release(): void {
    this.end();
    for (const { taken } of this.#offered.splice(0)) taken();
  }
}
