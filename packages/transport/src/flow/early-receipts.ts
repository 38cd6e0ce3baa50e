/** Receipts that came before their message's id: those kept here, and those that waited for an id. */
import { OldestFirst } from "@esme/bounded";
import type { EarlyReceipt, KnownMessage, OverdueReceipt } from "@esme/caches";
import { type DeliverProcessor, type DeliverSmOutcome, receiptLease } from "@esme/processors";
import { pause, retry } from "../broker/retry.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { mostOctetsWaiting } from "./excerpt.ts";

/** What `EarlyReceipts` needs from the rest of the worker. */
export interface EarlyReceiptsDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deliveryReports: DeliverProcessor;
  /** Aborted when the worker stops. */
  readonly stopped: AbortSignal;
  /**
   * Does with an outcome what is to be done: publishes, counts, sets aside. `pdu` is what was given to
   * `keep`. Rejects when the broker did not take it.
   */
  finish(outcome: DeliverSmOutcome, pdu: object | undefined): Promise<void>;
}

type Kept = Extract<DeliverSmOutcome, { kind: "kept" }>;

/** Receipts that waited for the SMSC's id of one part. */
export interface ClaimedReceipts {
  readonly smppId: string;
  readonly message: KnownMessage;
  readonly receipts: readonly EarlyReceipt[];
  /** When their lease began, by `performance.now()`. */
  readonly since: number;
}

/** A receipt that this worker has answered and that waits. */
interface Waiting {
  kept: Kept;
  readonly pdu: object | undefined;
  readonly octets: number;
  timer: NodeJS.Timeout | undefined;
}

/** Before the broker or the store is tried again, in milliseconds. */
const pauses = { initial: 250, max: 2_000 };

/**
 * How many wait in this process; beyond, or when they hold more than `mostOctetsWaiting`, the oldest is
 * asked for before its time. As many again may have come to an end that the broker does not take.
 */
const most = 50_000;

/** How receipts that waited are counted. Whoever claimed one counts it. */
const receiptOutcomes: Partial<
  Record<DeliverSmOutcome["kind"], "late" | "repeated" | "unmatched">
> = {
  event: "late",
  incomplete: "late",
  settled: "repeated",
  unmatched: "unmatched",
};

/** A little less than the lease, in milliseconds: then another worker may publish the same. */
const patience = receiptLease * 800;

/**
 * A receipt is answered once the cache has it. If its id is stored in time, whichever worker stores it
 * publishes the event; if not, or if that worker ended, this worker does what is to be done with it.
 * When this one ends, too, any other worker takes it over from a cache that outlives its processes:
 * each has it on lease, and what it cannot publish by then it gives back.
 */
export class EarlyReceipts {
  readonly #deps: EarlyReceiptsDeps;
  /** In the order in which they came. */
  readonly #waiting = new OldestFirst<Waiting, true>();
  /** The same, by the tokens of those that the cache keeps. */
  readonly #byToken = new Map<string, Waiting>();
  readonly #underWay = new Set<Promise<void>>();
  #octetsWaiting = 0;
  #octetsUnderWay = 0;

  constructor(deps: EarlyReceiptsDeps) {
    this.#deps = deps;
  }

  /** Whether no more should be kept for now: the broker does not take what became of them. */
  get isFull(): boolean {
    return this.#underWay.size >= most || this.#octetsUnderWay >= mostOctetsWaiting;
  }

  /**
   * Asks for it when its time is over. `pdu` is for whoever is told that nobody claimed it; `octets` is
   * about how much memory the two take.
   */
  keep(kept: Kept, pdu: object | undefined, octets: number): void {
    this.#wait({ kept, pdu, octets, timer: undefined });
    const isOver = this.#waiting.size > most || this.#octetsWaiting > mostOctetsWaiting;
    const oldest = isOver ? this.#waiting.oldest() : undefined;
    if (oldest !== undefined) this.#recall(oldest[0]);
  }

  /** Publishes the events of receipts that waited; what is not published in time goes back. */
  async claimed(all: readonly ClaimedReceipts[]): Promise<void> {
    for (const { smppId, message, receipts, since } of all) {
      for (const early of receipts) await this.#claimed(early, smppId, message, since);
    }
  }

  /**
   * Resolves when what waits now has met its fate, at the latest when its time is over. Not for what
   * others take over.
   */
  async settled(): Promise<void> {
    const now = [...this.#waiting].filter(([waiting]) => !this.#isLeftToOthers(waiting));
    while (now.some(([waiting]) => this.#waiting.get(waiting))) await this.#nextEnd();
    await Promise.all(this.#underWay);
  }

  /**
   * Does with a receipt what the worker that kept it would have done. `since` is when its lease began,
   * by `performance.now()`. Whether that worked.
   */
  async overdue(overdue: OverdueReceipt, since: number): Promise<boolean> {
    const { deliveryReports } = this.#deps;
    const handle = async () => deliveryReports.handleOverdueReceipt?.(overdue);
    return this.#handed(overdue.token, handle, since);
  }

  /** Asks for everything that waits, before its time; what others take over is left to them. */
  async close(): Promise<void> {
    let left = 0;
    for (const [waiting] of this.#waiting) {
      if (!this.#isLeftToOthers(waiting)) {
        this.#recall(waiting);
        continue;
      }
      this.#forget(waiting);
      left += 1;
    }
    if (left > 0)
      this.#deps.logger.info({ receipts: left }, "early receipts left to other workers");
    await Promise.all(this.#underWay);
  }

  /** A class put around a processor may not have the method: then no worker takes over. */
  #isLeftToOthers({ kept }: Waiting): boolean {
    const { deliveryReports } = this.#deps;
    return kept.canBeTakenOver === true && deliveryReports.handleOverdueReceipt !== undefined;
  }

  #wait(waiting: Waiting): void {
    waiting.timer = setTimeout(() => this.#recall(waiting), waiting.kept.time);
    this.#waiting.set(waiting, true);
    this.#octetsWaiting += waiting.octets;
    const { token } = waiting.kept;
    if (token !== undefined) this.#byToken.set(token, waiting);
  }

  #recall(waiting: Waiting): void {
    const work = this.#end(waiting);
    this.#underWay.add(work);
    this.#octetsUnderWay += waiting.octets;
    void work.finally(() => {
      this.#underWay.delete(work);
      this.#octetsUnderWay -= waiting.octets;
    });
    this.#forget(waiting);
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    if (this.#waiting.delete(waiting)) this.#octetsWaiting -= waiting.octets;
    const { token } = waiting.kept;
    if (token !== undefined && this.#byToken.get(token) === waiting) this.#byToken.delete(token);
    for (const resume of this.#ends.splice(0)) resume();
  }

  readonly #ends: (() => void)[] = [];

  #nextEnd(): Promise<void> {
    return new Promise((resolve) => this.#ends.push(resolve));
  }

  async #end(waiting: Waiting): Promise<void> {
    const { stopped } = this.#deps;
    const { kept, pdu } = waiting;
    for (;;) {
      let since = performance.now();
      const recall = () => {
        since = performance.now();
        return kept.recall();
      };
      const outcome = await this.#tried(recall, Number.POSITIVE_INFINITY);
      if (outcome === undefined) return;
      if (outcome.kind === "kept") return this.#stillKept(waiting, outcome);
      const isLeased = kept.canBeTakenOver === true;
      const longest = isLeased ? since + patience - performance.now() : Number.POSITIVE_INFINITY;
      const isDone = await this.#finish(outcome, pdu, longest);
      if (isDone || !isLeased) return;
      // Given back: in a moment it is asked for again, unless another worker has it by then.
      await pause({ ...pauses, initial: pauses.max }, 1, stopped);
      if (stopped.aborted) return;
    }
  }

  async #stillKept(waiting: Waiting, outcome: Kept): Promise<void> {
    const still = { ...waiting, kept: outcome };
    if (!this.#deps.stopped.aborted) return this.#wait(still);
    // With a token, another worker has it, and this one stops. Without, its time is cut short: a few
    // more look-ups, and the last one says that nobody knows it.
    if (outcome.token === undefined) await this.#end(still);
  }

  async #claimed(
    early: EarlyReceipt,
    smppId: string,
    message: KnownMessage,
    since: number,
  ): Promise<void> {
    const { deliveryReports } = this.#deps;
    const handle = async () => deliveryReports.handleEarlyReceipt?.(early, smppId, message);
    await this.#handed(early.token, handle, since);
  }

  /** Whether a receipt that the cache handed out on lease is done with. */
  async #handed(
    token: string,
    handle: () => Promise<DeliverSmOutcome | undefined>,
    since: number,
  ): Promise<boolean> {
    const left = () => since + patience - performance.now();
    // Too late: another worker publishes it.
    if (left() <= 0) return false;
    const outcome = await this.#tried(handle, left());
    // What another class put there is left to the worker that keeps it.
    if (outcome === undefined || outcome.kind === "not_handled") return false;
    const isDone = await this.#finish(outcome, undefined, left());
    const own = this.#byToken.get(token);
    if (isDone && own !== undefined) this.#forget(own);
    return isDone;
  }

  /** Whether that worked. */
  async #finish(
    outcome: DeliverSmOutcome,
    pdu: object | undefined,
    longest = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const { logger, metrics } = this.#deps;
    const settle = "settle" in outcome ? outcome.settle : undefined;
    // Settled here, once: each failure would give it back, and another worker could publish it, too.
    const bare = "settle" in outcome ? { ...outcome, settle: async () => {} } : outcome;
    const done = await this.#tried(async () => {
      await this.#deps.finish(bare, pdu);
      return true;
    }, longest);
    const match = receiptOutcomes[outcome.kind];
    if (done && match !== undefined) metrics.receipt(match);
    try {
      await settle?.(done === true);
    } catch (err) {
      logger.error({ err }, "the processor did not take note of the publish");
    }
    return done === true;
  }

  /** What the work gives; undefined, and a line in the log, when the time is over or the worker stops. */
  async #tried<T>(work: () => Promise<T>, longest: number): Promise<T | undefined> {
    const { logger, stopped } = this.#deps;
    const until = performance.now() + longest;
    try {
      return await retry(work, {
        pauses,
        stopped,
        again: (err) => {
          if (performance.now() >= until) return false;
          logger.warn({ err }, "early receipt waits, trying again");
          return true;
        },
      });
    } catch (err) {
      if (Number.isFinite(longest)) logger.warn({ err }, "early receipt given back, not published");
      else logger.error({ err }, "early receipt left, its event was not published");
      return undefined;
    }
  }
}
