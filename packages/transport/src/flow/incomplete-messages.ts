/** Inbound messages that were given up because a part never came: told, and kept with their parts. */
import type { IncompleteMessage } from "@esme/caches";
import { retry } from "../broker/retry.ts";
import type { Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { mostOctetsWaiting, sizeOf } from "./excerpt.ts";

/** What `IncompleteMessages` works with. */
export interface IncompleteMessagesDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deadLetters: DeadLetters;
  /** Aborted when the worker stops. */
  readonly stopped: AbortSignal;
}

/** Before the broker is tried again, in milliseconds. */
const pauses = { initial: 250, max: 2_000 };

/** How many wait for the broker, or `mostOctetsWaiting`; what is more is only logged. */
const most = 1_000;

/** Takes what a cache gives up; the SMSC was answered for each part long before. */
export class IncompleteMessages {
  readonly #deps: IncompleteMessagesDeps;
  readonly #underWay = new Set<Promise<void>>();
  #octets = 0;

  constructor(deps: IncompleteMessagesDeps) {
    this.#deps = deps;
  }

  /** Puts it on `<transport_name>.failed`, however long the broker is away. Never throws. */
  readonly add = (message: IncompleteMessage): void => {
    const { logger, metrics } = this.#deps;
    const { reference, total, received, reason } = message;
    metrics.multipartIncomplete(reason);
    logger.warn({ reference, total, received, reason }, "inbound message given up, parts missing");
    const octets = sizeOf(message);
    if (this.#underWay.size >= most || this.#octets + octets > mostOctetsWaiting) {
      metrics.deadLetterDropped("message");
      logger.error({ reference }, "incomplete message dropped, too many wait for the broker");
      return;
    }
    const work = this.#keep(message);
    this.#underWay.add(work);
    this.#octets += octets;
    void work.finally(() => {
      this.#underWay.delete(work);
      this.#octets -= octets;
    });
  };

  /** Resolves when all of them are where they belong. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #keep(message: IncompleteMessage): Promise<void> {
    const { logger, deadLetters, stopped } = this.#deps;
    try {
      await retry(() => deadLetters.incomplete(message), {
        pauses,
        stopped,
        again: (err) => {
          logger.warn({ err }, "incomplete message not kept, trying again");
          return true;
        },
      });
    } catch (err) {
      logger.error({ err }, "incomplete message dropped");
    }
  }
}
