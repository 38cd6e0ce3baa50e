/** Receipts that other workers kept and did not recall: taken over from the cache. */
import type { SmppCache } from "@esme/caches";
import { type DeliverProcessor, receiptLease } from "@esme/processors";
import type { Broker } from "../broker/broker.ts";
import { pause } from "../broker/retry.ts";
import type { Logger } from "../log/logger.ts";
import type { EarlyReceipts } from "./early-receipts.ts";

/** What `OverdueReceipts` needs from the rest of the worker. */
export interface OverdueReceiptsDeps {
  readonly cache: SmppCache;
  readonly deliveryReports: DeliverProcessor;
  readonly early: Pick<EarlyReceipts, "overdue">;
  readonly broker: Pick<Broker, "connected" | "blocked">;
  readonly logger: Logger;
  /** Aborted when the worker stops. */
  readonly stopped: AbortSignal;
}

/** Milliseconds between two looks. */
const interval = receiptLease * 1_000;

/** Looks into the cache from time to time: one cheap command while there is nothing. */
export class OverdueReceipts {
  readonly #deps: OverdueReceiptsDeps;
  #looking: Promise<void> | undefined;

  constructor(deps: OverdueReceiptsDeps) {
    this.#deps = deps;
  }

  /** Begins, where the cache outlives its processes and the processor knows what was kept. */
  start(): void {
    const { cache, deliveryReports } = this.#deps;
    if (cache.claimOverdueReceipts === undefined) return;
    if (deliveryReports.handleOverdueReceipt === undefined) return;
    this.#looking ??= this.#look();
  }

  /** Resolves after the stop, once the last receipts are published or given back. */
  async closed(): Promise<void> {
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { logger, stopped } = this.#deps;
    while (!stopped.aborted) {
      try {
        while (this.#canPublish && (await this.#takeOver()));
      } catch (err) {
        logger.warn({ err }, "receipts of ended workers not looked for, trying again");
      }
      await pause({ initial: interval, max: interval }, 1, stopped);
    }
  }

  /** What cannot be published now is left where it is: its lease would only run out. */
  get #canPublish(): boolean {
    const { broker, stopped } = this.#deps;
    return broker.connected && broker.blocked === undefined && !stopped.aborted;
  }

  /** Whether there were some, and all are done with: then there may be more. */
  async #takeOver(): Promise<boolean> {
    const { cache, early, logger } = this.#deps;
    const since = performance.now();
    const overdue = (await cache.claimOverdueReceipts?.(receiptLease)) ?? [];
    if (overdue.length === 0) return false;
    logger.info({ receipts: overdue.length }, "receipts of ended workers taken over");
    const done = await Promise.all(overdue.map((receipt) => early.overdue(receipt, since)));
    return done.every((isDone) => isDone);
  }
}
