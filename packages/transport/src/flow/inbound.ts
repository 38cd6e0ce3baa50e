/** Inbound PDUs: from deliver_sm to a message or a delivery report on the broker, then the answer. */

import { withTimeout } from "@esme/bounded";
import { isMessageError, type Message } from "@esme/messages";
import { Status } from "@esme/pdu";
import type { DeliverProcessor, DeliverSm, DeliverSmOutcome, Settle } from "@esme/processors";
import { shortened } from "@esme/settings";
import { isTemporary } from "../broker/retry.ts";
import type { ContentOf, Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Middlewares } from "../plug-ins/middlewares.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { EarlyReceipts } from "./early-receipts.ts";
import { longestId, printable, reasonOf, sizeOf } from "./excerpt.ts";
import type { Publication, Publisher } from "./publisher.ts";

/** What `Inbound` needs from the rest of the worker. */
export interface InboundDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deliveryReports: DeliverProcessor;
  readonly shortMessages: DeliverProcessor;
  readonly deadLetters: DeadLetters;
  readonly publisher: Publisher;
  /** Where receipts wait that came before their message's id. */
  readonly early: () => EarlyReceipts;
  readonly middlewares: Pick<Middlewares, "inbound">;
  readonly contentOf: ContentOf;
  /** Whether a receipt that nobody knows goes to `<transport_name>.failed`. */
  readonly keepUnmatched: boolean;
  /** How long a PDU may wait for the broker, in milliseconds. */
  readonly timeout: number;
}

/** PDUs in hand at a time: what the broker does not take must not fill the memory. */
const maxInHand = 2_000;

/** Publishes what the SMSC delivers. */
export class Inbound {
  readonly #deps: InboundDeps;
  #inHand = 0;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves with the command_status to answer, after the broker has confirmed the publish:
   * ESME_ROK, or ESME_RX_T_APPN when the broker or the cache is out of reach or takes too long, so
   * that the SMSC tries again. `link` stands for the connection: sequence numbers begin anew on
   * each.
   *
   * A PDU that a processor fails on, and a message that a middleware stops, is dead-lettered and
   * answered ESME_ROK: it would fail again.
   */
  deliverSm(pdu: DeliverSm, link: object): Promise<number> {
    return this.#answered(async () => {
      const { deadLetters, deliveryReports, early, keepUnmatched, logger } = this.#deps;
      const { metrics, shortMessages } = this.#deps;
      let outcome: DeliverSmOutcome;
      try {
        outcome = await deliveryReports.handleDeliverSm(pdu, link);
        const counted = receiptOutcomes[outcome.kind];
        if (counted !== undefined) metrics.receipt(counted);
        if (outcome.kind === "not_handled") {
          outcome = await shortMessages.handleDeliverSm(pdu, link);
        }
      } catch (error) {
        if (isTemporary(error)) throw error;
        return deadLetters.pdu(pdu, reasonOf(error));
      }
      if (outcome.kind !== "kept") return this.finish(outcome, pdu);
      // A copy: the PDU's octets are views of what came in one read.
      const copy = keepUnmatched ? Object(printable(pdu)) : undefined;
      early().keep(outcome, copy, sizeOf(copy ?? pdu));
      logger.debug({ sequence_number: pdu.sequence_number }, "receipt waits for its id");
    });
  }

  /**
   * The same for a deliver_sm or data_sm that could not be decoded: its octets are dead-lettered, and it
   * is answered ESME_ROK, since it would come again for ever and never be readable.
   */
  undecodable(octets: Uint8Array, error: Error): Promise<number> {
    const reason = `cannot be decoded: ${error.message}`;
    return this.#answered(() => this.#deps.deadLetters.octets(octets, reason));
  }

  /**
   * Does with an outcome what is to be done. Rejects when the broker did not take it; `pdu` is absent
   * where it is not needed. A message or an event that breaks the contract is dead-lettered: it would do
   * so again.
   */
  async finish(outcome: DeliverSmOutcome, pdu?: object): Promise<void> {
    const { deadLetters, keepUnmatched, logger, metrics, publisher } = this.#deps;
    const sequence_number: unknown = Reflect.get(pdu ?? {}, "sequence_number");
    switch (outcome.kind) {
      case "message":
      case "event": {
        let isPublished = false;
        try {
          if (outcome.kind === "message") await this.#publish(outcome.message);
          else throwUnlessConfirmed(await publisher.event(outcome.event, "once"));
          isPublished = true;
        } catch (error) {
          if (!isMessageError(error)) throw error;
          await deadLetters.pdu(pdu ?? {}, reasonOf(error));
        } finally {
          await this.#settle(outcome.settle, isPublished);
        }
        return;
      }
      case "incomplete":
        return logger.debug({ sequence_number }, "part stored");
      case "repeated":
        metrics.inboundRepeated();
        return logger.debug({ sequence_number }, "deliver_sm came once more");
      case "settled":
        return logger.debug({ sequence_number }, "receipt for a message that has its last state");
      case "kept":
      case "claimed":
        return;
      case "unmatched": {
        const { id } = outcome.receipt;
        const smpp_id = typeof id === "string" ? shortened(id, longestId) : id;
        logger.warn({ smpp_id }, "receipt for an unknown message id");
        return keepUnmatched
          ? deadLetters.pdu(pdu ?? outcome.receipt, "receipt for an unknown message id")
          : undefined;
      }
      case "not_handled":
        return deadLetters.pdu(pdu ?? {}, "no processor took the PDU");
    }
  }

  /** Through the middlewares to its queue, or to `.failed` when a middleware stops it. */
  async #publish(message: Message): Promise<void> {
    const { contentOf, deadLetters, logger, middlewares, publisher } = this.#deps;
    const { message_id } = message;
    logger.debug({ message_id, ...contentOf(message) }, "inbound message");
    let through = message;
    try {
      if (middlewares.inbound) through = await middlewares.inbound(message);
    } catch (error) {
      if (isTemporary(error)) throw error;
      return deadLetters.inbound(message, reasonOf(error));
    }
    throwUnlessConfirmed(await publisher.inbound(through, "once"));
  }

  /** The status to answer once the work is done, has failed, or takes too long. */
  async #answered(work: () => Promise<void>): Promise<number> {
    const { early, timeout } = this.#deps;
    if (this.#inHand >= maxInHand) return this.#later(`${maxInHand} wait for the broker already`);
    if (early().isFull) return this.#later("too many receipts wait for the broker");
    // It stays in hand until its fate is known, however long that takes.
    const answer = async (): Promise<number> => {
      this.#inHand += 1;
      try {
        await work();
        return Status.ESME_ROK;
      } catch (error) {
        if (!isTemporary(error)) throw error;
        return this.#later(reasonOf(error));
      } finally {
        this.#inHand -= 1;
      }
    };
    return withTimeout(timeout, answer(), () => this.#later(`no confirm within ${timeout} ms`));
  }

  #later(reason: string): number {
    this.#deps.metrics.inboundRefused();
    this.#deps.logger.warn({ reason }, "deliver_sm not published, the SMSC is asked to retry");
    return Status.ESME_RX_T_APPN;
  }

  /** The fate of the PDU is decided by then: a processor that fails now changes nothing about it. */
  async #settle(settle: Settle | undefined, published: boolean): Promise<void> {
    try {
      await settle?.(published);
    } catch (err) {
      this.#deps.logger.error({ err, published }, "the processor did not take note of the publish");
    }
  }
}

/** How receipts are counted; one that is kept is counted when its fate is known. */
const receiptOutcomes: Partial<
  Record<DeliverSmOutcome["kind"], "matched" | "repeated" | "unmatched">
> = {
  event: "matched",
  incomplete: "matched",
  settled: "repeated",
  unmatched: "unmatched",
};

function throwUnlessConfirmed(publication: Publication): void {
  if (publication.kind !== "confirmed") throw publication.error;
}
