/** The role every ledger plays: what the SMSC may have of each message, written before the wire. */

/** What a ledger says to the part that is to be sent. */
export type Begun =
  /** Send it now: from here on the SMSC may have it. */
  | { readonly kind: "begun" }
  /** It was sent before, and the SMSC took it under `smppId`. */
  | { readonly kind: "accepted"; readonly smppId: string }
  /** The message met its end before: nothing is to be sent. */
  | { readonly kind: "ended"; readonly outcome: string }
  /** It was begun by somebody who is gone, and nobody knows whether it was sent. */
  | { readonly kind: "unknown" }
  /** Somebody else has the message now. Ask again later. */
  | { readonly kind: "busy" };

/**
 * A message in the hands of one holder. Whoever begins a part first has the message, until
 * `release`, or until its process is gone.
 */
export interface LedgerEntry {
  /**
   * To be called before a part is written, from 1. Only `begun` lets it be written. `again` says what
   * becomes of a part whose fate is unknown: with it, the part is begun once more.
   */
  begin(part: number, options?: { readonly again?: boolean }): Promise<Begun>;
  /**
   * The SMSC took this part. With an `outcome`, as `end`. It is noted whoever has the message by now:
   * it is true.
   */
  accepted(part: number, smppId: string, outcome?: string): Promise<string | undefined>;
  /** A part that was begun is not with the SMSC: it was refused, or never written. */
  undo(part: number): Promise<void>;
  /**
   * The message met its end, and `outcome` is what there is to tell of it. Resolves with the outcome
   * that holds: the first one, which may be that of another holder. Nothing of it is sent after that.
   */
  end(outcome: string): Promise<string>;
  /** The message is in other hands from now on. What was begun and not answered is unknown to them. */
  release(): Promise<void>;
}

/**
 * A record of what an SMSC may have. Implementations: `InMemoryLedger`, and `RedisLedger` in
 * `@esme/ledger/redis`. A message is known by its id, of at most 255 characters, and forgotten some
 * time after its last change. A message has at most 255 parts; the SMSC's ids have at most 255
 * characters and an outcome at most 65,535. What is longer is refused with a RangeError that names it.
 *
 * Every method of an entry rejects with an error that says what to do when the store is out of reach.
 * A `begin` that rejected may have been noted all the same.
 */
export interface Ledger {
  /** The entry of a message; nothing is noted yet. */
  open(messageId: string): LedgerEntry;
  /** Gives back what the ledger opened; what its entries have is free. */
  close(): Promise<void>;
}
