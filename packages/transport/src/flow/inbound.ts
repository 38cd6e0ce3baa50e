/** Inbound PDUs: from deliver_sm to a message or a delivery report on the broker, then the answer. */

import { withTimeout } from "@esme/bounded";
import { type Event, isMessageError, type Message, serialise } from "@esme/messages";
import { Status } from "@esme/pdu";
import type { DeliverProcessor, DeliverSm, DeliverSmOutcome, Settle } from "@esme/processors";
import { shortened } from "@esme/settings";
import { type Broker, isRefusal } from "../broker/broker.ts";
import type { ContentOf, Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Middlewares } from "../plug-ins/middlewares.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { EarlyReceipts } from "./early-receipts.ts";
import { longestId, printable } from "./excerpt.ts";
import { isTemporary, reasonOf } from "./reason.ts";
import { sizeOf } from "./size.ts";

/** What `Inbound` needs from the rest of the worker. */
export interface InboundDeps {
  readonly transportName: string;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deliveryReports: DeliverProcessor;
  readonly shortMessages: DeliverProcessor;
  readonly deadLetters: DeadLetters;
  /** Where receipts wait that came before their message's id. */
  readonly early: () => EarlyReceipts;
  readonly middlewares: Middlewares;
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
   * A PDU that a processor fails on, and a message that a middleware stops, is set aside and
   * answered ESME_ROK: it would fail again.
   */
  deliverSm(pdu: DeliverSm, link: object): Promise<number> {
    return this.#inTime(() => this.#handle(pdu, link));
  }

  /**
   * The same for a deliver_sm or data_sm that could not be decoded: its octets are set aside, and it
   * is answered ESME_ROK, since it would come again for ever and never be readable.
   */
  undecodable(octets: Uint8Array, error: Error): Promise<number> {
    const reason = `cannot be decoded: ${error.message}`;
    return this.#inTime(() => this.#deps.deadLetters.octets(octets, reason));
  }

  async #inTime(work: () => Promise<void>): Promise<number> {
    if (this.#inHand >= maxInHand) return this.#later(`${maxInHand} wait for the broker already`);
    if (this.#deps.early().isFull) return this.#later("too many receipts wait for the broker");
    this.#inHand += 1;
    const { timeout } = this.#deps;
    const late = () => this.#later(`no confirm within ${timeout} ms`);
    return withTimeout(timeout, this.#published(work), late);
  }

  /** It stays in hand until its fate is known, however long that takes. */
  async #published(work: () => Promise<void>): Promise<number> {
    try {
      await work();
      return Status.ESME_ROK;
    } catch (error) {
      if (!isTemporary(error)) throw error;
      return this.#later(reasonOf(error));
    } finally {
      this.#inHand -= 1;
    }
  }

  #later(reason: string): number {
    this.#deps.metrics.inboundRefused();
    this.#deps.logger.warn({ reason }, "deliver_sm not published, the SMSC is asked to retry");
    return Status.ESME_RX_T_APPN;
  }

  async #handle(pdu: DeliverSm, link: object): Promise<void> {
    const outcome = await this.#outcomeOf(pdu, link);
    if (outcome.kind === "failed") return this.#deps.deadLetters.pdu(pdu, outcome.reason);
    if (outcome.kind !== "kept") return this.finish(outcome, pdu);
    // A copy: the PDU's octets are views of what came in one read.
    const copy = this.#deps.keepUnmatched ? Object(printable(pdu)) : undefined;
    this.#deps.early().keep(outcome, copy, sizeOf(copy ?? pdu));
    this.#deps.logger.debug({ sequence_number: pdu.sequence_number }, "receipt waits for its id");
  }

  /**
   * Does with an outcome what is to be done. Rejects when the broker did not take it; `pdu` is absent
   * where it is not needed. A message or an event that breaks the contract is set aside: it would do
   * so again.
   */
  async finish(outcome: DeliverSmOutcome, pdu: object = {}): Promise<void> {
    try {
      await this.#finish(outcome, pdu);
    } catch (error) {
      if (!isMessageError(error)) throw error;
      await this.#deps.deadLetters.pdu(pdu, reasonOf(error));
    }
  }

  async #finish(outcome: DeliverSmOutcome, pdu: object): Promise<void> {
    const { keepUnmatched, logger, metrics, deadLetters } = this.#deps;
    const sequence_number: unknown = Reflect.get(pdu, "sequence_number");
    switch (outcome.kind) {
      case "message":
        return this.#deliver(outcome.message, outcome.settle);
      case "event":
        return this.#report(outcome.event, outcome.settle);
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
          ? deadLetters.pdu(pdu, "receipt for an unknown message id")
          : undefined;
      }
      case "not_handled":
        return deadLetters.pdu(pdu, "no processor took the PDU");
    }
  }

  async #outcomeOf(pdu: DeliverSm, link: object): Promise<DeliverSmOutcome | Failure> {
    const { deliveryReports, metrics, shortMessages } = this.#deps;
    try {
      const report = await deliveryReports.handleDeliverSm(pdu, link);
      if (report.kind !== "not_handled") {
        const match = receiptOutcomes[report.kind];
        if (match !== undefined) metrics.receipt(match);
        return report;
      }
      return await shortMessages.handleDeliverSm(pdu, link);
    } catch (error) {
      if (isTemporary(error)) throw error;
      return { kind: "failed", reason: reasonOf(error) };
    }
  }

  async #deliver(message: Message, settle?: Settle): Promise<void> {
    const { contentOf, logger, middlewares } = this.#deps;
    const { message_id } = message;
    logger.debug({ message_id, ...contentOf(message) }, "inbound message");
    if (!middlewares.inbound) return this.#publish("inbound", message, settle);
    let through: Message;
    try {
      through = await middlewares.inbound(message);
    } catch (error) {
      return this.#stopped(message, error, settle);
    }
    return this.#publish("inbound", through, settle);
  }

  async #report(event: Event, settle?: Settle): Promise<void> {
    const { middlewares } = this.#deps;
    const seen = middlewares.event ? await middlewares.event(event) : event;
    return this.#publish("event", seen, settle);
  }

  /** A middleware does not let the message through. */
  async #stopped(message: Message, error: unknown, settle: Settle = nothing): Promise<void> {
    try {
      if (isTemporary(error)) throw error;
      await this.#deps.deadLetters.inbound(message, reasonOf(error));
    } catch (cause) {
      await this.#settle(settle, false);
      throw cause;
    }
    await this.#settle(settle, true);
  }

  async #publish(
    queue: "inbound" | "event",
    body: Message | Event,
    settle: Settle = nothing,
  ): Promise<void> {
    try {
      await this.#put(queue, body);
    } catch (error) {
      if (!isMessageError(error)) this.#deps.metrics.unconfirmed();
      await this.#settle(settle, false);
      throw error;
    }
    await this.#settle(settle, true);
  }

  /** On its queue, or on `.failed` when the broker will never take it. */
  async #put(queue: "inbound" | "event", body: Message | Event): Promise<void> {
    const { broker, logger, metrics, deadLetters, transportName } = this.#deps;
    const octets = Buffer.from(serialise(body));
    try {
      await broker.publish(`${transportName}.${queue}`, octets);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      metrics.brokerRefused();
      return deadLetters.refused(octets, reasonOf(error));
    }
    if (body.message_type === "event") metrics.eventPublished(body.event_type);
    else metrics.inboundPublished();
    logger.debug({ queue }, "published");
  }

  /** The fate of the PDU is decided by then: a processor that fails now changes nothing about it. */
  async #settle(settle: Settle, published: boolean): Promise<void> {
    try {
      await settle(published);
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

/** A processor that failed on a PDU, and would again. */
interface Failure {
  readonly kind: "failed";
  readonly reason: string;
}

async function nothing(): Promise<void> {}
