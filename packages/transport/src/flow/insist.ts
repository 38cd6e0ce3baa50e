/** Tries again what the broker or the store did not take. */
import { pause } from "./pause.ts";

/** Between the tries, in milliseconds. */
const pauses = { initial: 250, max: 2_000 };

/** When to give up. */
export interface Patience {
  /** Aborted when the worker stops. */
  readonly stopped: AbortSignal;
  /** Milliseconds; Infinity when only a stop ends it. */
  readonly longest: number;
  /** Is told of each failure that is not the last. */
  onFailure(error: unknown): void;
}

/** Resolves with undefined once `work` has, or with its last error when patience is over. */
export async function insist(work: () => Promise<void>, patience: Patience): Promise<unknown> {
  const { stopped, longest, onFailure } = patience;
  const since = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (stopped.aborted || performance.now() - since >= longest) return error;
      onFailure(error);
    }
    await pause(pauses, tries, stopped);
  }
}
