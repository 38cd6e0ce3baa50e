/** Who may have which session of an account, where several workers want them. */

/** A slot that this process has: leave to have one session open. */
export interface Grant {
  /** From 0. */
  readonly slot: number;
  /**
   * Aborted once the slot is lost, or may be: whoever has a session open under it closes that at once,
   * without a farewell.
   */
  readonly lost: AbortSignal;
  /** Aborted when the slot should go to another worker: the session is ended in order, then `release`. */
  readonly wanted: AbortSignal;
  /**
   * Whether the slot is this process's still. Asked right before each write to the session: a process that
   * was frozen hears of nothing before it goes on.
   */
  isHeld(): boolean;
  /** Gives the slot to others. No session is open under it any more. */
  release(): Promise<void>;
}

/** What a lease tells. */
export interface LeaseReport {
  /** Slots of the account. */
  readonly slots: number;
  /** Those that this process has. */
  readonly held: number;
  /** Slots that it got since it began. */
  readonly taken: number;
}

/**
 * The slots of an account, each of which at most one process has at any time. Implementations:
 * `RabbitSessionLease`, and `InMemorySessionLease` for one process.
 */
export interface SessionLease {
  readonly report: LeaseReport;
  /** Wants slots from now on; `onGrant` gets each that it has. */
  start(onGrant: (grant: Grant) => void): void;
  /** Wants no more, and gives away what it has: no session is open any more. */
  close(): Promise<void>;
}
