/** The running worker: the sessions between the flows of outbound and inbound messages. */
import { setMaxListeners } from "node:events";
import { withTimeout } from "@esme/bounded";
import type { Broker } from "../broker/broker.ts";
import type { TransportConfig } from "../config/settings.ts";
import { stopTime } from "../config/stop-time.ts";
import { StatusTable } from "../config/values/status-table.ts";
import { throttleStatuses } from "../link/client-options.ts";
import { type LinkReport, Links, type QueueReport } from "../link/links.ts";
import { contentLogged, type Logger } from "../log/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { PlugIns } from "../plug-ins/plug-ins.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { EarlyReceipts } from "./early-receipts.ts";
import { Inbound } from "./inbound.ts";
import type { IncompleteMessages } from "./incomplete-messages.ts";
import { Intake, type PauseReason, prefetchOf } from "./intake.ts";
import { Outbound } from "./outbound.ts";
import { OutboundConsumer } from "./outbound-consumer.ts";
import { OutboundLedger } from "./outbound-ledger.ts";
import { OverdueReceipts } from "./overdue-receipts.ts";
import { PartSender } from "./part-sender.ts";
import { Publisher } from "./publisher.ts";

/** What a worker is made of. */
export interface WorkerOptions {
  readonly config: TransportConfig;
  readonly plugIns: PlugIns;
  readonly deadLetters: DeadLetters;
  /** What the cache gave up; the worker waits for it when it stops. */
  readonly incomplete: IncompleteMessages;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted before `stop` is called. */
  readonly stopped: AbortSignal;
}

/** Consumes while messages can be sent, and only then. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #intake: Intake;
  readonly #links: Links;
  readonly #outbound: Outbound;
  readonly #consumers: readonly OutboundConsumer[];
  /** Once nothing more is delivered: what is given back now does not come again here. */
  readonly #givingBack = new AbortController();
  /** Once what is in hand is waited for no longer. */
  readonly #drained = new AbortController();
  readonly #early: EarlyReceipts;
  readonly #overdue: OverdueReceipts;

  /** @throws ConfigError for files and TLVs that cannot be used */
  constructor(options: WorkerOptions) {
    this.#options = options;
    const { broker, config, logger, metrics, plugIns, deadLetters, stopped } = options;
    const { transport_name: transportName } = config;
    const { middlewares } = plugIns;
    const statuses = new StatusTable(config.statuses);
    const giveBack = this.#givingBack.signal;
    // Each message that waits listens: many are no leak.
    setMaxListeners(0, giveBack, this.#drained.signal);
    const contentOf = contentLogged(config);
    const holdTimeout = config.hold_timeout * 1_000;
    const intake = new Intake({
      logger,
      holdTimeout,
      stopped: giveBack,
      onChange: () => {
        for (const consumer of this.#consumers) consumer.follow();
      },
    });
    this.#intake = intake;
    const publisher = new Publisher({
      transportName,
      broker,
      deadLetters,
      middlewares,
      logger,
      metrics,
      stopped: giveBack,
    });
    const common = { logger, metrics, publisher, middlewares, contentOf };
    const inbound = new Inbound({
      ...common,
      deadLetters,
      deliveryReports: plugIns.deliveryReports,
      shortMessages: plugIns.shortMessages,
      early: () => this.#early,
      keepUnmatched: config.unmatched_receipts === "failed",
      timeout: config.smpp_deliver_timeout * 1_000,
    });
    this.#early = new EarlyReceipts({
      logger,
      metrics,
      stopped: giveBack,
      deliveryReports: plugIns.deliveryReports,
      finish: (outcome, pdu) => inbound.finish(outcome, pdu),
    });
    this.#overdue = new OverdueReceipts({
      cache: plugIns.cache,
      deliveryReports: plugIns.deliveryReports,
      early: this.#early,
      broker,
      logger,
      stopped: giveBack,
    });
    this.#links = new Links({
      config,
      logger,
      metrics,
      stopped,
      sequencer: plugIns.sequencer,
      deliver: (pdu, connection) => inbound.deliverSm(pdu, connection),
      undecodable: (octets, error) => inbound.undecodable(octets, error),
      onChange: () => intake.linked(this.#links.canSend),
      onThrottled: (until) => intake.throttled(until),
    });
    const isHeld = plugIns.ledger !== undefined && config.ledger.unknown !== "resend";
    const ledger =
      plugIns.ledger &&
      new OutboundLedger({
        ledger: plugIns.ledger,
        unknown: isHeld ? "hold" : "resend",
        places: this.#links.places,
        logger,
        metrics,
        intake,
        holdTimeout,
        stopped: this.#drained.signal,
      });
    const sender = new PartSender({
      metrics,
      logger,
      // Sent again, it might be a second SMS.
      onLinkLoss: isHeld ? "nack" : config.on_link_loss,
      sequencer: `sequencer_class: ${config.sequencer_class}`,
      statuses,
      throttleStatuses: throttleStatuses(config, statuses),
      tlvs: config.tlvs,
      retryPauses: {
        initial: config.throttle.initial_pause * 1_000,
        max: config.throttle.max_pause * 1_000,
      },
      expiry: config.submit_expiry * 1_000,
      stopped: giveBack,
      intake,
    });
    this.#outbound = new Outbound({
      ...common,
      cache: plugIns.cache,
      early: this.#early,
      processor: plugIns.submit,
      sender,
      ledger,
      intake,
      maxDeliveries: config.max_deliveries,
      holdTimeout,
      expiry: config.submit_expiry * 1_000,
      stopped: giveBack,
      drained: this.#drained.signal,
      requestQueue: () => this.#links.requestQueue(),
      consumerSettled: () => this.#consumersSettled(),
      onSettled: () => {
        if (this.#outbound.inHand === 0) intake.emptied();
        for (const consumer of this.#consumers) consumer.roomMade();
      },
    });
    const concurrency = config.worker_concurrency;
    const consumer = (queue: string, priority: boolean) =>
      new OutboundConsumer({
        broker,
        logger,
        queue,
        most: concurrency,
        prefetch: () => intake.prefetch(prefetchOf(concurrency, this.#links.rate, holdTimeout)),
        onDelivery: (delivery) => this.#outbound.handle(delivery, priority),
        inHand: () => this.#outbound.inHandOf(priority),
      });
    const outbound = `${transportName}.outbound`;
    this.#consumers = [
      consumer(outbound, false),
      ...(config.priority_queue ? [consumer(`${outbound}.high`, true)] : []),
    ];
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

  /** Why no more messages are taken for now; empty: they are. */
  get paused(): readonly PauseReason[] {
    return this.#intake.reasons;
  }

  /** Where an outbind is waited for; 0 without. */
  get outbindPort(): number {
    return this.#links.outbindPort;
  }

  /** Connects to the SMSC and resolves once bound and consuming; keeps trying until `stop`. */
  async start(): Promise<void> {
    this.#overdue.start();
    await this.#links.start();
    await this.#consumersSettled();
  }

  /** Takes no more messages, waits for those in hand, unbinds, gives the others back. */
  async stop(): Promise<void> {
    const time = stopTime(this.#options.config.drain_timeout);
    this.#intake.close();
    const stopped = this.#consumers.map((consumer) => consumer.stop());
    await withTimeout(time.close, Promise.all(stopped));
    this.#givingBack.abort();
    // Receipts wait for other workers, too.
    await withTimeout(time.drain, Promise.all([this.#outbound.settled(), this.#early.settled()]));
    this.#drained.abort();
    await this.#links.stop();
    // What the closed sessions gave back is requeued before the broker goes.
    await withTimeout(
      time.close,
      Promise.all([
        this.#outbound.settled(),
        this.#early.close(),
        this.#overdue.closed(),
        this.#options.incomplete.settled(),
      ]),
    );
  }

  /** Gives back what the plug-ins opened, each once, within its share of `drain_timeout`. */
  async close(): Promise<void> {
    const { config, plugIns } = this.#options;
    await plugIns.close(stopTime(config.drain_timeout).close);
  }

  async #consumersSettled(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.settled()));
  }
}
