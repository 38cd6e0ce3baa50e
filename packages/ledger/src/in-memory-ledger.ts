/** A ledger in the memory of one process. */

import { amount, integer, readOptions } from "@esme/settings";
import type { Begun, Ledger, LedgerEntry } from "./ledger.ts";
import { checkMessageId, checkOutcome, checkPart, checkSmppId } from "./limits.ts";

/** Options of {@link InMemoryLedger}. */
export interface InMemoryLedgerOptions {
  /** How long a message is known after its last change, in seconds. Default 259200, three days. */
  ttl?: number;
  /** How many messages are known; past it the one that was changed longest ago is forgotten. Default 100,000. */
  size?: number;
}

/** What is known of one message. */
interface Account {
  holder: LedgerEntry | undefined;
  readonly parts: Map<number, PartState>;
  outcome: string | undefined;
  /** On the clock of `performance.now()`. */
  changedAt: number;
}

/** Of a part: `unknown` when it was begun by somebody who has the message no more. */
type PartState =
  | { readonly kind: "begun" }
  | { readonly kind: "unknown" }
  | { readonly kind: "accepted"; readonly smppId: string };

/**
 * Knows what this process sent. It helps against a message that is published twice, and one that the
 * broker delivers again to the same process. It ends with the process: after a crash nothing is known.
 */
export class InMemoryLedger implements Ledger {
  readonly #ttl: number;
  readonly #size: number;
  /** The one that was changed longest ago is first. */
  readonly #accounts = new Map<string, Account>();

  /** Throws a TypeError for an option that is unknown or of another type, a RangeError for one out of range. */
  constructor(options: InMemoryLedgerOptions = {}) {
    const { ttl, size } = readOptions("InMemoryLedger", options, {
      ttl: amount(259_200),
      size: integer(100_000, 1, 10_000_000),
    });
    this.#ttl = ttl * 1_000;
    this.#size = size;
  }

  open(messageId: string): LedgerEntry {
    checkMessageId(messageId);
    const entry: LedgerEntry = {
      begin: async (part, { again = false } = {}) =>
        begin(this.#changed(messageId), entry, checkPart(part), again),
      accepted: async (part, smppId, outcome) => {
        const state = { kind: "accepted", smppId: checkSmppId(smppId) } as const;
        if (outcome !== undefined) checkOutcome(outcome);
        const account = this.#changed(messageId);
        account.parts.set(checkPart(part), state);
        account.outcome ??= outcome;
        return account.outcome;
      },
      undo: async (part) => {
        const account = this.#accounts.get(messageId);
        const state = account?.parts.get(checkPart(part));
        if (account?.holder === entry && state?.kind === "begun") {
          this.#changed(messageId).parts.delete(part);
        }
      },
      end: async (outcome) => {
        checkOutcome(outcome);
        const account = this.#changed(messageId);
        account.outcome ??= outcome;
        return account.outcome;
      },
      release: async () => {
        const account = this.#accounts.get(messageId);
        if (account?.holder === entry) disown(account);
      },
    };
    return entry;
  }

  async close(): Promise<void> {
    for (const account of this.#accounts.values()) disown(account);
  }

  /** The account of a message, new when it is not known, as the last that is forgotten. */
  #changed(messageId: string): Account {
    const changedAt = performance.now();
    const known = this.#accounts.get(messageId);
    this.#accounts.delete(messageId);
    for (const [oldest, account] of this.#accounts) {
      if (this.#accounts.size < this.#size && changedAt - account.changedAt < this.#ttl) break;
      this.#accounts.delete(oldest);
    }
    const isKnown = known !== undefined && changedAt - known.changedAt < this.#ttl;
    const account: Account = isKnown
      ? known
      : { holder: undefined, parts: new Map(), outcome: undefined, changedAt };
    account.changedAt = changedAt;
    this.#accounts.set(messageId, account);
    return account;
  }
}

function begin(account: Account, entry: LedgerEntry, part: number, again: boolean): Begun {
  const { outcome, parts } = account;
  if (outcome !== undefined) return { kind: "ended", outcome };
  account.holder ??= entry;
  if (account.holder !== entry) return { kind: "busy" };
  const state = parts.get(part);
  if (state?.kind === "accepted") return state;
  if (state?.kind === "unknown" && !again) return state;
  parts.set(part, { kind: "begun" });
  return { kind: "begun" };
}

function disown(account: Account): void {
  account.holder = undefined;
  for (const [part, { kind }] of account.parts) {
    if (kind === "begun") account.parts.set(part, { kind: "unknown" });
  }
}
