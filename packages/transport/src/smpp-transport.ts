/** The worker: wires broker, client, processors and cache together, and starts and stops them. */
import { setTimeout as delay } from "node:timers/promises";
import { InMemorySmppCache, type SmppCache } from "@esme/caches";
import { Client } from "@esme/client";
import {
  DeliveryReportProcessor,
  ShortMessageProcessor,
  SubmitShortMessageProcessor,
} from "@esme/processors";
import { InMemorySequencer } from "@esme/sequencers";
import type { Broker, Consumer } from "./broker.ts";
import { ConfigError, checkConfig } from "./config.ts";
import { Inbound } from "./inbound.ts";
import { createLogger, type Logger } from "./logger.ts";
import { MemoryBroker } from "./memory-broker.ts";
import { Outbound } from "./outbound.ts";
import { RabbitBroker } from "./rabbit-broker.ts";
import { Secret } from "./secret.ts";
import { SetAside } from "./set-aside.ts";
import { interfaceVersions, type TransportConfig, type TransportConfigInput } from "./settings.ts";

/** Parts that a program can hand in instead of having them built from the configuration. */
export interface TransportDeps {
  /** Stays the program's: `stop` does not close it. */
  readonly broker?: Broker;
  readonly logger?: Logger;
}

/** How long a receipt for an unknown id waits for submit_sm_resp that are under way, in ms. */
const receiptHold = 5_000;

/** How long `stop` waits for messages in hand, in milliseconds. */
const drainTimeout = 10_000;

/**
 * An SMPP transport: consumes `<transport_name>.outbound`, publishes `<transport_name>.inbound` and
 * `<transport_name>.event`. Broker and SMSC may be away when it starts and go away while it runs:
 * it says so in its log, tries again, and takes no message while the SMSC is away.
 */
export class SmppTransport {
  /** The broker in use: with `amqp_url: "memory:"` this is where the application meets the worker. */
  readonly broker: Broker;
  readonly #config: TransportConfig;
  readonly #ownsBroker: boolean;
  readonly #logger: Logger;
  readonly #cache: SmppCache;
  readonly #client: Client;
  readonly #outbound: Outbound;
  readonly #stopped = new AbortController();
  #consumer: Promise<Consumer | undefined> = Promise.resolve(undefined);

  /** @throws ConfigError when the configuration is wrong, naming each key */
  constructor(input: TransportConfigInput = {}, deps: TransportDeps = {}) {
    const { config, warnings } = checkConfig(input);
    this.#config = config;
    this.#logger = deps.logger ?? createLogger(config);
    for (const warning of warnings) this.#logger.warn({}, warning);
    this.#ownsBroker = deps.broker === undefined;
    this.broker = deps.broker ?? brokerOf(config);
    this.#cache = part("smpp_cache_config", () => new InMemorySmppCache(config.smpp_cache_config));
    this.#client = this.#createClient();
    this.#outbound = this.#connectFlows();
    this.#watch();
  }

  /**
   * Connects to both sides and resolves once messages flow. While one side is away it keeps
   * trying, and tells in the log; `stop` ends that, and this promise then rejects.
   */
  async start(): Promise<void> {
    await Promise.all([this.broker.connect(), this.#client.connect()]);
    await this.#consumer;
  }

  /**
   * Takes no more messages, waits up to ten seconds for those in hand, unbinds, closes. What was
   * not answered by then goes back to its queue.
   */
  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#pause();
    await this.#consumer;
    await within(drainTimeout, this.#outbound.settled());
    await this.#client.unbind().catch((error: unknown) => {
      this.#logger.debug({ err: error }, "not unbound, the link is closed instead");
    });
    await this.#client.disconnect();
    // What the closed client gave back is requeued before the broker goes.
    await this.#outbound.settled();
    if (this.#ownsBroker) await this.broker.close();
    await this.#cache.close();
    this.#logger.info({}, "stopped");
  }

  #createClient(): Client {
    const config = this.#config;
    return new Client({
      host: config.host,
      port: config.port,
      bind: {
        mode: "transceiver",
        system_id: config.system_id,
        password: config.password.reveal(),
        system_type: config.system_type,
        interface_version: interfaceVersions.get(config.interface_version) ?? 0x34,
        address_range: config.address_range,
      },
      sequencer: part("sequencer_config", () => new InMemorySequencer(config.sequencer_config)),
      window: config.worker_concurrency,
      bindTimeout: config.smpp_bind_timeout * 1_000,
      enquireLinkInterval: config.smpp_enquire_link_interval * 1_000,
      reconnect: {},
      logger: details(this.#logger),
    });
  }

  /** Outbound takes from the broker and asks the client, inbound answers the client. */
  #connectFlows(): Outbound {
    const config = this.#config;
    const { transport_name: transportName } = config;
    const logger = this.#logger;
    const deps = { cache: this.#cache, transportName, logger };
    const setAside = new SetAside(transportName, this.broker, logger);
    const outbound = new Outbound({
      ...deps,
      broker: this.broker,
      setAside,
      stopped: this.#stopped.signal,
      processor: part("submit_sm_processor_config", () => {
        // A worker's texts have any length; the class alone would refuse the long ones, as vumi's.
        const usual = { multipart_handling: "multipart_udh" } as const;
        return new SubmitShortMessageProcessor(
          { ...usual, ...config.submit_sm_processor_config },
          deps,
        );
      }),
      submit: (pdu) => this.#client.submitSm(pdu),
    });
    const inbound = new Inbound({
      ...deps,
      broker: this.broker,
      setAside,
      deliveryReports: part("dr_processor_config", () => {
        return new DeliveryReportProcessor(config.dr_processor_config, deps);
      }),
      shortMessages: part("sm_processor_config", () => {
        return new ShortMessageProcessor(config.sm_processor_config, deps);
      }),
      submitted: () => within(receiptHold, outbound.settled()),
    });
    this.#client.setCallbacks({
      deliver_sm: (pdu) => inbound.deliverSm(pdu),
      data_sm: (pdu, direction) => (direction === "in" ? inbound.deliverSm(pdu) : undefined),
    });
    return outbound;
  }

  #watch(): void {
    const { host, port } = this.#config;
    this.broker.on("connected", () => this.#logger.info({}, "broker connected"));
    this.broker.on("disconnected", (err) => {
      this.#logger.error({ err }, "broker not connected, trying again");
    });
    this.#client.on("bound", () => {
      this.#logger.info({ host, port }, "bound to the SMSC");
      // As vumi's: a check at once shows that requests are answered. Its failure ends the link.
      this.#client.enquireLink().catch(() => {});
      this.#consume();
    });
    this.#client.on("closed", (err) => {
      this.#pause();
      const level = this.#stopped.signal.aborted ? "info" : "warn";
      this.#logger[level]({ err, host, port }, "the link to the SMSC is closed");
    });
    this.#client.on("reconnecting", ({ attempt, delay: milliseconds, reason: err }) => {
      const fields = { attempt, milliseconds, err, host, port };
      this.#logger.warn(fields, "not bound to the SMSC, trying again");
    });
    this.#client.on("throttled", (err) => {
      this.#logger.warn({ err, host, port }, "the SMSC asks to slow down, pausing");
    });
    this.#client.on("error", (err) => {
      this.#logger.error({ err, host, port }, "something went wrong on the link, which goes on");
    });
  }

  #consume(): void {
    const { transport_name, worker_concurrency } = this.#config;
    this.#thenConsumer((consumer) => {
      if (consumer || this.#stopped.signal.aborted) return consumer;
      return this.broker.consume(`${transport_name}.outbound`, worker_concurrency, (delivery) =>
        this.#outbound.handle(delivery),
      );
    });
  }

  #pause(): void {
    this.#thenConsumer(async (consumer) => {
      await consumer?.cancel();
      return undefined;
    });
  }

  /** One step at a time: a link that flaps must not leave two consumers behind. */
  #thenConsumer(
    step: (now: Consumer | undefined) => Promise<Consumer | undefined> | Consumer | undefined,
  ): void {
    this.#consumer = this.#consumer.then(step).catch((err: unknown) => {
      this.#logger.error({ err }, "the broker did not begin or end to deliver");
      return undefined;
    });
  }
}

/** A part built from its own configuration; what it does not like is told with the key in front. */
function part<T>(key: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigError([`${key}: ${error.message}`], { cause: error });
  }
}

/** The client's own lines: the worker tells what matters from its events. */
function details(logger: Logger): Logger {
  const debug = (fields: object, message: string): void => logger.debug(fields, message);
  return { debug, info: debug, warn: debug, error: debug };
}

function brokerOf({ amqp, amqp_url }: TransportConfig): Broker {
  const url = amqp_url.reveal();
  if (url === "memory:") return new MemoryBroker();
  if (url !== "") return new RabbitBroker({ url: amqp_url });
  const { hostname, port, username, password, vhost } = amqp;
  const user = `${encodeURIComponent(username)}:${encodeURIComponent(password.reveal())}`;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return new RabbitBroker({
    url: new Secret(`amqp://${user}@${host}:${port}/${encodeURIComponent(vhost)}`),
  });
}

/** Resolves with the work, or without it when the time is over. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const timer = delay(milliseconds, undefined, { signal: over.signal, ref: false });
  await Promise.race([work, timer.catch(() => {})]);
  over.abort();
}
