/** How `drain_timeout` is shared out over the steps of a stop. */

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
