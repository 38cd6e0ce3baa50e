/** An outbound processor around the built-in one: what is written at night is sent in the morning. */

import type { Message } from "@esme/messages";
import {
  type ProcessorDeps,
  type SubmitConfig,
  type SubmitProcessor,
  SubmitShortMessageProcessor,
  type SubmitSm,
} from "@esme/processors";

/** In a configuration: `./daytime-processor.js#DaytimeProcessor`. */
export class DaytimeProcessor implements SubmitProcessor {
  readonly #inner: SubmitShortMessageProcessor;
  readonly #now: () => Date;

  constructor(config: SubmitConfig, deps: ProcessorDeps) {
    this.#inner = new SubmitShortMessageProcessor(config, deps);
    this.#now = deps.now ?? (() => new Date());
  }

  /** Until six o'clock UTC the SMSC is given that hour as the time of delivery. */
  async handleOutboundMessage(message: Message): Promise<SubmitSm[]> {
    const parts = await this.#inner.handleOutboundMessage(message);
    const now = this.#now();
    if (now.getUTCHours() >= 6) return parts;
    const day = now.toISOString().slice(2, 10).replaceAll("-", "");
    return parts.map((part) => ({ ...part, schedule_delivery_time: `${day}060000000+` }));
  }
}
