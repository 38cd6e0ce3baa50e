/** The running worker: the sessions between the flows of outbound and inbound messages. */
import { setTimeout as delay } from "node:timers/promises";
import type { Broker, Consumer } from "./broker/broker.ts";
import type { TransportConfig } from "./config/settings.ts";
import { StatusTable } from "./config/status-table.ts";
import { Inbound } from "./flow/inbound.ts";
import { Outbound } from "./flow/outbound.ts";
import { PartSender } from "./flow/part-sender.ts";
import { SetAside } from "./flow/set-aside.ts";
import type { QueueReport } from "./http/snapshot.ts";
import { type LinkReport, Links } from "./link/links.ts";
import { contentLogged, type Logger } from "./log/logger.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Parts } from "./parts.ts";
import { stopTime, within } from "./stop-time.ts";

/** What a worker is made of. */
export interface WorkerOptions {
  readonly config: TransportConfig;
  readonly parts: Parts;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted before `stop` is called. */
  readonly stopped: AbortSignal;
}

/** Consumes while a session is bound that can send, and only then. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #links: Links;
  readonly #outbound: Outbound;
  #consumer: Promise<Consumer | undefined> = Promise.resolve(undefined);
  /** The SMSC said that nothing will be taken for a while. */
  #resting = false;

  /** @throws ConfigError for files and TLVs that cannot be used */
  constructor(options: WorkerOptions) {
    this.#options = options;
    const { broker, config, logger, metrics, parts, stopped } = options;
    const { transport_name: transportName } = config;
    const { middlewares } = parts;
    const contentOf = contentLogged(config);
    const around = { transportName, broker, logger, metrics };
    const setAside = new SetAside({ ...around, keep: config.failed_queue });
    const common = { ...around, setAside, middlewares, contentOf };
    const inbound = new Inbound({
      ...common,
      deliveryReports: parts.deliveryReports,
      shortMessages: parts.shortMessages,
      timeout: config.smpp_deliver_timeout * 1_000,
    });
    this.#links = new Links({
      config,
      logger,
      metrics,
      stopped,
      sequencer: parts.sequencer,
      deliver: (pdu, connection) => inbound.deliverSm(pdu, connection),
      onChange: () => this.#follow(),
    });
    this.#outbound = new Outbound({
      ...common,
      cache: parts.cache,
      processor: parts.submit,
      sender: new PartSender({
        metrics,
        logger,
        onLinkLoss: config.on_link_loss,
        statuses: new StatusTable(config.statuses),
        retryPauses: {
          initial: config.throttle.initial_pause * 1_000,
          max: config.throttle.max_pause * 1_000,
        },
        expiry: config.submit_expiry * 1_000,
        stopped,
        onStop: () => void this.#rest(),
      }),
      expiry: config.submit_expiry * 1_000,
      stopped,
      lane: () => this.#links.lane(),
    });
  }

  /** Every session with the SMSC as it is now. */
  get links(): readonly LinkReport[] {
    return this.#links.reports();
  }

  /** What waits to be written over them. */
  get queue(): QueueReport {
    return this.#links.queue;
  }

  /** Whether the Redis that keeps the account's rate answers; undefined without. */
  get rateIsShared(): boolean | undefined {
    return this.#links.rateIsShared;
  }

  /** Outbound messages whose fate is open. */
  get inHand(): number {
    return this.#outbound.inHand;
  }

  /** Where an outbind is waited for; 0 without. */
  get outbindPort(): number {
    return this.#links.outbindPort;
  }

  /** Connects to the SMSC and resolves once bound and consuming; keeps trying until `stop`. */
  async start(): Promise<void> {
    await this.#links.start();
    await this.#consumer;
  }

  /** Takes no more messages, waits for those in hand, unbinds, gives the others back. */
  async stop(): Promise<void> {
    this.#follow();
    await this.#consumer;
    const time = stopTime(this.#options.config.drain_timeout);
    await within(time.drain, this.#outbound.settled());
    await this.#links.stop();
    // What the closed sessions gave back is requeued before the broker goes.
    await within(time.close, this.#outbound.settled());
  }

  /** Gives back what the parts opened, each once, within its share of `drain_timeout`. */
  async close(): Promise<void> {
    const { config, parts } = this.#options;
    await parts.close(stopTime(config.drain_timeout).close);
  }

  /** The SMSC refused in a way that the next message would share: lets it be for a while. */
  async #rest(): Promise<void> {
    if (this.#resting) return;
    this.#resting = true;
    this.#follow();
    const { config, logger, stopped } = this.#options;
    const pause = config.throttle.max_pause;
    logger.error({ seconds: pause }, "the SMSC refuses all messages, nothing is sent for a while");
    await delay(pause * 1_000, undefined, { signal: stopped }).catch(() => {});
    this.#resting = false;
    this.#follow();
  }

  /**
   * Consumes or does not, as the links are. One step at a time: a link that flaps must not leave
   * two consumers behind.
   */
  #follow(): void {
    const { broker, config, logger, stopped } = this.#options;
    const { transport_name, worker_concurrency } = config;
    this.#consumer = this.#consumer
      .then(async (consumer) => {
        const wanted = this.#links.canSend && !this.#resting && !stopped.aborted;
        if (wanted === (consumer !== undefined)) return consumer;
        if (wanted) {
          return broker.consume(`${transport_name}.outbound`, worker_concurrency, (delivery) =>
            this.#outbound.handle(delivery),
          );
        }
        await consumer?.cancel();
        return undefined;
      })
      .catch((err: unknown) => {
        logger.error({ err }, "the broker did not begin or end to deliver");
        return undefined;
      });
  }
}
