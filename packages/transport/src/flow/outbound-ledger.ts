/** What the SMSC may have of each outbound message: asked before a part is written, told after. */
import type { Begun, Ledger, LedgerEntry } from "@esme/ledger";
import { type Event, parseEvent, serialise } from "@esme/messages";
import { isUnavailable, retry, usualPauses } from "../broker/retry.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { reasonOf } from "./excerpt.ts";
import type { Intake } from "./intake.ts";

/** What `OutboundLedger` works with. */
export interface OutboundLedgerOptions {
  readonly ledger: Ledger;
  /** What becomes of a part of which nobody knows whether it was sent: sent again, or given up. */
  readonly unknown: "resend" | "hold";
  /** So many parts may be noted and unanswered: as many as the SMSC's windows have room for. */
  readonly places: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly intake: Pick<Intake, "begin" | "end">;
  /** How long a message may wait here unsent, in milliseconds. */
  readonly holdTimeout: number;
  /** Aborted when nothing is waited for any more, as the worker stops. */
  readonly stopped: AbortSignal;
}

/** How long messages wait for a ledger that is away, in milliseconds; less with a shorter hold. */
const patience = 30_000;

/** What is known of a part whose turn has come. */
export type Noted =
  /** Send it. `isAgain`: the SMSC may have it already. */
  | { readonly kind: "begun"; readonly isAgain: boolean }
  | { readonly kind: "accepted"; readonly smppId: string }
  | { readonly kind: "ended"; readonly told: Told }
  | { readonly kind: "unknown" }
  | { readonly kind: "busy" };

/** What was told of a message that met its end. */
export interface Told {
  readonly event: Event;
  /** The SMSC's id of its only part, if it was accepted. */
  readonly smppId?: string;
}

/** One part of a message in hand, from its turn to its answer. */
export interface PartNote {
  /**
   * Waits for a place, and notes that the part is about to be written. Rejects when the ledger is out
   * of reach, where nothing may be sent without it.
   */
  begin(): Promise<Noted>;
  /** The SMSC does not have the part: it was refused, or never written. */
  undo(): void;
  /** Frees the place. Harmless without one. */
  leave(): void;
}

/** One for the worker: the places of all messages, and for how long the ledger has been away. */
export class OutboundLedger {
  readonly #options: OutboundLedgerOptions;
  #free: number;
  /** Those that wait for a place, oldest first; and those that go before them. */
  readonly #waiting: (() => void)[] = [];
  readonly #first: (() => void)[] = [];
  #awaySince = Number.POSITIVE_INFINITY;

  constructor(options: OutboundLedgerOptions) {
    this.#options = options;
    this.#free = options.places;
  }

  /** The record of a message that was taken; nothing is noted yet. */
  open(message_id: string, priority: boolean): MessageRecord {
    return new MessageRecord(this.#options.ledger.open(message_id), message_id, priority, this);
  }

  async begin(entry: LedgerEntry, part: number, priority: boolean): Promise<Noted | "absent"> {
    const { metrics, unknown } = this.#options;
    await this.#place(priority);
    try {
      const begun = await this.#begun(entry, part);
      if (begun === "absent") return begun;
      if (begun.kind !== "unknown") return notedOf(begun, false);
      metrics.fateUnknown();
      if (unknown === "hold") return begun;
      // Its answer may have been noted meanwhile, or somebody else may have the message.
      return notedOf(await entry.begin(part, { again: true }), true);
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  leave(): void {
    const next = this.#first.shift() ?? this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  /** Undefined when it could not be noted. */
  async note<T>(message_id: string, work: () => Promise<T>): Promise<T | undefined> {
    const { intake, logger, stopped } = this.#options;
    let isHeld = false;
    try {
      const again = (err: unknown): boolean => {
        if (!isUnavailable(err) || !this.#isPatient()) return false;
        logger.debug({ err, message_id }, "not noted in the ledger, trying again");
        if (!isHeld) intake.begin("store", reasonOf(err));
        isHeld = true;
        return true;
      };
      const result = await retry(work, { pauses: usualPauses, stopped, again });
      this.#awaySince = Number.POSITIVE_INFINITY;
      return result;
    } catch (err) {
      logger.error({ err, message_id }, "not noted in the ledger");
      return undefined;
    } finally {
      if (isHeld) intake.end("store");
    }
  }

  async #begun(entry: LedgerEntry, part: number) {
    try {
      const begun = await entry.begin(part);
      this.#awaySince = Number.POSITIVE_INFINITY;
      return begun;
    } catch (error) {
      const { unknown } = this.#options;
      // Whoever rather has a second SMS than none goes on without.
      if (isUnavailable(error) && !this.#isPatient() && unknown === "resend") return "absent";
      throw error;
    }
  }

  /** Whether the ledger has been away for a short time only; it is away. */
  #isPatient(): boolean {
    const now = performance.now();
    this.#awaySince = Math.min(this.#awaySince, now);
    return now - this.#awaySince < Math.min(patience, this.#options.holdTimeout);
  }

  #place(priority: boolean): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    const among = priority ? this.#first : this.#waiting;
    return new Promise((resolve) => among.push(resolve));
  }
}

/** One message in hand. */
export class MessageRecord {
  readonly #entry: LedgerEntry;
  readonly #messageId: string;
  readonly #priority: boolean;
  readonly #ledger: OutboundLedger;
  #isAbsent = false;
  #isHeld = false;

  constructor(entry: LedgerEntry, messageId: string, priority: boolean, ledger: OutboundLedger) {
    this.#entry = entry;
    this.#messageId = messageId;
    this.#priority = priority;
    this.#ledger = ledger;
  }

  /** Whether something of the message was sent that the ledger does not know. */
  get isAbsent(): boolean {
    return this.#isAbsent;
  }

  /** Whether this delivery has the message, among all. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /**
   * Has the message from now on. Resolves with what was told of it, if it met its end, or `busy` when
   * somebody else has it, or the ledger is out of reach.
   */
  async claim(): Promise<Told | "busy" | undefined> {
    const note = this.part(1);
    try {
      const noted = await note.begin();
      if (noted.kind === "begun") note.undo();
      return noted.kind === "ended" ? noted.told : noted.kind === "busy" ? "busy" : undefined;
    } catch (error) {
      if (isUnavailable(error)) return "busy";
      throw error;
    } finally {
      note.leave();
    }
  }

  part(part: number): PartNote {
    let hasPlace = false;
    return {
      begin: async () => {
        const noted = await this.#ledger.begin(this.#entry, part, this.#priority);
        hasPlace = true;
        if (noted !== "absent") {
          this.#isHeld ||= noted.kind !== "busy" && noted.kind !== "ended";
          return noted;
        }
        this.#isAbsent = true;
        return { kind: "begun", isAgain: false };
      },
      // If this fails, whoever gets the message next does not know its fate.
      undo: () => void this.#entry.undo(part).catch(() => {}),
      leave: () => {
        if (hasPlace) this.#ledger.leave();
        hasPlace = false;
      },
    };
  }

  /**
   * The SMSC took a part. With an `event`, that is all that there is to tell of the message. Resolves
   * with the event that holds, which may be what somebody else told of it; undefined: none yet.
   */
  async accepted(part: number, smppId: string, event?: Event): Promise<Event | undefined> {
    const outcome = event && outcomeOf({ event, smppId });
    const holds = await this.#note(async () => ({
      outcome: await this.#entry.accepted(part, smppId, outcome),
    }));
    if (holds?.outcome === undefined) return undefined;
    return holds.outcome === outcome ? event : toldOf(holds.outcome).event;
  }

  /** The message met its end. Resolves with the event that holds: the first one. */
  async end(event: Event): Promise<Event> {
    if (this.#isAbsent) return event;
    const outcome = outcomeOf({ event });
    const holds = await this.#note(() => this.#entry.end(outcome));
    return holds === undefined || holds === outcome ? event : toldOf(holds).event;
  }

  /** The message goes back to its queue. */
  async release(): Promise<void> {
    // If this fails, others find out that this process is gone, or wait until it has it again.
    await this.#entry.release().catch(() => {});
  }

  async #note<T>(work: () => Promise<T>): Promise<T | undefined> {
    const result = await this.#ledger.note(this.#messageId, work);
    if (result === undefined) this.#isAbsent = true;
    return result;
  }
}

function notedOf(begun: Begun, isAgain: boolean): Noted {
  if (begun.kind === "begun") return { kind: "begun", isAgain };
  return begun.kind === "ended" ? { kind: "ended", told: toldOf(begun.outcome) } : begun;
}

function outcomeOf({ event, smppId }: Told): string {
  const body = serialise(event);
  return smppId === undefined
    ? `{"event":${body}}`
    : `{"smpp_id":${JSON.stringify(smppId)},"event":${body}}`;
}

/** Throws for what no worker noted. */
function toldOf(outcome: string): Told {
  const { event, smpp_id }: { event?: unknown; smpp_id?: unknown } = JSON.parse(outcome);
  const told = { event: parseEvent(JSON.stringify(event)) };
  return typeof smpp_id === "string" ? { ...told, smppId: smpp_id } : told;
}
