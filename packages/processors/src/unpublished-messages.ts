/** Messages that were joined from their parts, and then could not be published. */

import type { MessagePart } from "@esme/caches";

/**
 * The parts of a message are gone from the cache when the last one completes it, and all others
 * have been answered. When publishing fails, only that last part is delivered again: here it finds
 * the whole. The oldest is forgotten beyond a thousand.
 */
export class UnpublishedMessages {
  readonly #wholes = new Map<string, Uint8Array>();

  /** Keeps the whole for the next time that this part is delivered. */
  keep(part: MessagePart, whole: Uint8Array): void {
    this.#wholes.set(keyOf(part), whole);
    const [oldest] = this.#wholes.keys();
    if (this.#wholes.size > 1000 && oldest !== undefined) this.#wholes.delete(oldest);
  }

  /** The whole that was kept for this part, which is then no longer kept. */
  take(part: MessagePart): Uint8Array | undefined {
    if (this.#wholes.size === 0) return undefined;
    const key = keyOf(part);
    const whole = this.#wholes.get(key);
    this.#wholes.delete(key);
    return whole;
  }
}

/** With the octets: another message may come with the same reference. */
function keyOf({ source, destination, reference, total, sequence, octets }: MessagePart): string {
  return JSON.stringify([source, destination, reference, total, sequence, octets.join()]);
}
