/** The SMSC's id of each part, stored so that the part's receipts find their message. */
import type { EarlyReceipt, PartInfo, SmppCache } from "@esme/caches";
import { receiptLease } from "@esme/processors";
import { shortened } from "@esme/settings";
import { retry, usualPauses } from "../broker/retry.ts";
import type { Logger } from "../log/logger.ts";
import { longestId, reasonOf } from "./excerpt.ts";
import type { Intake } from "./intake.ts";

/** What `SmppIds` works with. */
export interface SmppIdsDeps {
  readonly cache: SmppCache;
  readonly logger: Logger;
  readonly intake: Pick<Intake, "begin" | "end">;
  /** How long a message may wait here unsent, in milliseconds. */
  readonly holdTimeout: number;
  /** Aborted when nothing is waited for any more, at the end of the worker's stop. */
  readonly stopped: AbortSignal;
}

/**
 * How long messages are held for a store that is away, in milliseconds; less with a shorter hold. They
 * were sent, and may have waited a whole hold before: the two together are as long as the broker waits.
 */
const patience = 30_000;

/** Knows for how long the store has been away, whichever message noticed it. */
export class SmppIds {
  readonly #deps: SmppIdsDeps;
  readonly #over: Promise<never>;
  #awaySince = Number.POSITIVE_INFINITY;

  constructor(deps: SmppIdsDeps) {
    this.#deps = deps;
    const { stopped } = deps;
    this.#over = new Promise((_, reject) => {
      stopped.addEventListener("abort", () => reject(new Error("the worker stopped")), {
        once: true,
      });
    });
    // Only those that wait hear of it.
    this.#over.catch(() => {});
  }

  /**
   * Resolves with the receipts that came before the id. While the store is away for a short time, this
   * waits for it, and no more messages are taken, also during a stop. When that takes long, sending
   * matters more, and a failure is only logged.
   */
  async store(
    message_id: string,
    smppId: string,
    info: PartInfo,
  ): Promise<readonly EarlyReceipt[]> {
    const { cache, holdTimeout, intake, logger, stopped } = this.#deps;
    if (smppId.length > longestId) {
      const fields = { message_id, smpp_id: shortened(smppId, longestId) };
      logger.error(fields, "message id of the SMSC too long, its receipts will not match");
      return [];
    }
    const store = async (): Promise<readonly EarlyReceipt[]> => {
      if (cache.claimReceipts !== undefined) {
        return cache.claimReceipts(smppId, message_id, info, receiptLease);
      }
      await cache.storeSmppMessageId(smppId, message_id, info);
      return [];
    };
    let isHeld = false;
    const again = (err: unknown): boolean => {
      // The store answered: it never takes this id.
      if (err instanceof RangeError) return false;
      const now = performance.now();
      this.#awaySince = Math.min(this.#awaySince, now);
      if (now - this.#awaySince >= Math.min(patience, holdTimeout)) return false;
      logger.debug({ err, message_id }, "message id not stored, trying again");
      if (!isHeld) intake.begin("store", reasonOf(err));
      isHeld = true;
      return true;
    };
    try {
      // What is tried again does not outlast the stop: its ack could not be told any more.
      const work = () => (isHeld ? Promise.race([store(), this.#over]) : store());
      const receipts = await retry(work, { pauses: usualPauses, stopped, again });
      this.#awaySince = Number.POSITIVE_INFINITY;
      return receipts;
    } catch (err) {
      logger.error({ err, message_id }, "message id not stored, its receipts will not match");
      return [];
    } finally {
      if (isHeld) intake.end("store");
    }
  }
}
