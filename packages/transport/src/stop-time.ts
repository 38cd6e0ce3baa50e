/** How `drain_timeout` is shared out over the steps of a stop. */
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds for each step of a stop. */
export interface StopTime {
  /** For messages in hand. */
  readonly drain: number;
  /** For what is in flight on a session, and again for the answer to unbind. */
  readonly unbind: number;
  /**
   * For the broker to deliver no more, for what the closed sessions gave back, for the broker, and
   * for the stores, each.
   */
  readonly close: number;
}

/** Together no more than `drain_timeout`, which is in seconds. */
export function stopTime(drainTimeout: number): StopTime {
  const whole = drainTimeout * 1_000;
  return { drain: whole * 0.6, unbind: whole * 0.1, close: whole * 0.05 };
}

/** Resolves with the work, or without it when the time is over. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const timer = delay(milliseconds, undefined, { signal: over.signal, ref: false });
  await Promise.race([work, timer.catch(() => {})]);
  over.abort();
}
