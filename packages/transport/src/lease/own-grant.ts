/** A grant of this process, as the lease that gave it sees it. */
import type { Grant } from "./session-lease.ts";

/** What a lease gives, and takes back. */
export class OwnGrant implements Grant {
  readonly slot: number;
  readonly #isFresh: () => boolean;
  readonly #onRelease: () => Promise<void>;
  readonly #lost = new AbortController();
  readonly #wanted = new AbortController();

  /** `isFresh`: whether the lease is certain that nobody else has the slot by now. */
  constructor(slot: number, isFresh: () => boolean, onRelease: () => Promise<void>) {
    this.slot = slot;
    this.#isFresh = isFresh;
    this.#onRelease = onRelease;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get wanted(): AbortSignal {
    return this.#wanted.signal;
  }

  isHeld(): boolean {
    return !this.lost.aborted && this.#isFresh();
  }

  async release(): Promise<void> {
    if (this.lost.aborted) return;
    this.lose("released");
    await this.#onRelease();
  }

  lose(reason: string): void {
    this.#lost.abort(new Error(`session slot ${this.slot}: ${reason}`));
  }

  want(): void {
    this.#wanted.abort();
  }
}
