/** An inbound processor around the built-in one: the first word of a text, for whoever routes it. */

import {
  type DeliverProcessor,
  type DeliverSm,
  type DeliverSmOutcome,
  type ProcessorDeps,
  type ShortMessageConfig,
  ShortMessageProcessor,
} from "@esme/processors";

/** In a configuration: `./keyword-processor.js#KeywordProcessor`. */
export class KeywordProcessor implements DeliverProcessor {
  readonly #inner: ShortMessageProcessor;

  constructor(config: ShortMessageConfig, deps: ProcessorDeps) {
    this.#inner = new ShortMessageProcessor(config, deps);
  }

  async handleDeliverSm(pdu: DeliverSm, link?: object): Promise<DeliverSmOutcome> {
    const outcome = await this.#inner.handleDeliverSm(pdu, link);
    if (outcome.kind !== "message") return outcome;
    const { message } = outcome;
    const [keyword = ""] = (message.content ?? "").trim().toUpperCase().split(/\s+/);
    const transport_metadata = { ...message.transport_metadata, keyword };
    return { ...outcome, message: { ...message, transport_metadata } };
  }
}
