/** Inbound PDUs: from deliver_sm to a message or a delivery report on the broker, then the answer. */
import { type Event, type Message, serialise } from "@esme/messages";
import { Status } from "@esme/pdu";
import type { DeliverProcessor, DeliverSm, DeliverSmOutcome, Settle } from "@esme/processors";
import { type Broker, BrokerError } from "./broker.ts";
import type { Logger } from "./logger.ts";
import type { SetAside } from "./set-aside.ts";

/** What `Inbound` needs from the rest of the worker. */
export interface InboundDeps {
  readonly transportName: string;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly deliveryReports: DeliverProcessor;
  readonly shortMessages: DeliverProcessor;
  readonly setAside: SetAside;
  /** Resolves when the messages now being submitted have their ids stored, or after a while. */
  submitted(): Promise<void>;
}

/** Publishes what the SMSC delivers. */
export class Inbound {
  readonly #deps: InboundDeps;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves with the command_status to answer, after the broker has confirmed the publish:
   * ESME_ROK, or ESME_RX_T_APPN when the broker did not, so that the SMSC tries again.
   *
   * A PDU that a processor fails on is set aside and answered ESME_ROK: it would fail again.
   */
  async deliverSm(pdu: DeliverSm): Promise<number> {
    try {
      await this.#handle(pdu);
      return Status.ESME_ROK;
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      this.#deps.logger.warn(
        { err: error },
        "deliver_sm not published, the SMSC is asked to retry",
      );
      return Status.ESME_RX_T_APPN;
    }
  }

  async #handle(pdu: DeliverSm): Promise<void> {
    const { logger, setAside } = this.#deps;
    let outcome: DeliverSmOutcome;
    try {
      outcome = await this.#outcomeOf(pdu);
    } catch (error) {
      return setAside.pdu(pdu, error instanceof Error ? error.message : String(error));
    }
    switch (outcome.kind) {
      case "message":
        return this.#publish("inbound", outcome.message, outcome.settle);
      case "event":
        return this.#publish("event", outcome.event, outcome.settle);
      case "incomplete":
        logger.debug({ sequence_number: pdu.sequence_number }, "part stored");
        return;
      case "unmatched":
        logger.warn({ smpp_id: outcome.receipt.id }, "receipt for an unknown message id");
        return;
      case "not_handled":
        return setAside.pdu(pdu, "no processor took the PDU");
    }
  }

  /** A receipt can overtake the submit_sm_resp that names its id: then it is looked at once more. */
  async #outcomeOf(pdu: DeliverSm): Promise<DeliverSmOutcome> {
    const { deliveryReports, shortMessages, submitted } = this.#deps;
    let outcome = await deliveryReports.handleDeliverSm(pdu);
    if (outcome.kind === "unmatched") {
      await submitted();
      outcome = await deliveryReports.handleDeliverSm(pdu);
    }
    return outcome.kind === "not_handled" ? shortMessages.handleDeliverSm(pdu) : outcome;
  }

  async #publish(
    queue: "inbound" | "event",
    body: Message | Event,
    settle: Settle = async () => {},
  ): Promise<void> {
    const { broker, logger, transportName } = this.#deps;
    try {
      await broker.publish(`${transportName}.${queue}`, Buffer.from(serialise(body)));
    } catch (error) {
      await this.#settle(settle, false);
      throw error;
    }
    logger.debug({ queue }, "published");
    await this.#settle(settle, true);
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
