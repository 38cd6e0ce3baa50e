/** The running worker: one link to the SMSC between the flows of outbound and inbound messages. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import { Client } from "@esme/client";
import type { Broker, Consumer } from "./broker.ts";
import { ConfigError } from "./config.ts";
import { Inbound } from "./inbound.ts";
import type { Logger } from "./logger.ts";
import { Outbound } from "./outbound.ts";
import type { Parts } from "./parts.ts";
import { SetAside } from "./set-aside.ts";
import { interfaceVersions, type TransportConfig } from "./settings.ts";

/** What a worker is made of. */
export interface WorkerOptions {
  readonly config: TransportConfig;
  readonly parts: Parts;
  readonly broker: Broker;
  readonly logger: Logger;
  /** Aborted before `stop` is called. */
  readonly stopped: AbortSignal;
}

/** Consumes while the link is bound, and only then. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #client: Client;
  readonly #outbound: Outbound;
  /** Stands for the present connection. */
  #link: object = {};
  #consumer: Promise<Consumer | undefined> = Promise.resolve(undefined);

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#client = clientOf(options);
    this.#outbound = this.#connectFlows();
    this.#watch();
  }

  /** The state of the link, in the standard's words. */
  get state(): string {
    return this.#client.state;
  }

  /** Connects to the SMSC and resolves once bound and consuming; keeps trying until `stop`. */
  async start(): Promise<void> {
    await this.#client.connect();
    await this.#consumer;
  }

  /** Takes no more messages, waits for those in hand, unbinds, gives the others back. */
  async stop(): Promise<void> {
    this.#pause();
    await this.#consumer;
    await within(this.#options.config.drain_timeout * 1_000, this.#outbound.settled());
    await this.#client.unbind().catch((err: unknown) => {
      this.#options.logger.debug({ err }, "not unbound, the link is closed instead");
    });
    await this.#client.disconnect();
    // What the closed client gave back is requeued before the broker goes.
    await this.#outbound.settled();
  }

  /** Gives back what the parts opened. */
  async close(): Promise<void> {
    const { cache, sequencer } = this.#options.parts;
    await cache.close();
    // Only sequencers that opened something have it: the role does not ask for it.
    const closeSequencer: unknown = Reflect.get(sequencer, "close");
    if (typeof closeSequencer === "function") await closeSequencer.call(sequencer);
  }

  /** Outbound takes from the broker and asks the client, inbound answers the client. */
  #connectFlows(): Outbound {
    const { broker, config, logger, parts, stopped } = this.#options;
    const { transport_name: transportName } = config;
    const setAside = new SetAside(transportName, broker, logger);
    const common = { transportName, broker, logger, setAside };
    const outbound = new Outbound({
      ...common,
      cache: parts.cache,
      processor: parts.submit,
      onLinkLoss: config.on_link_loss,
      stopped,
      submit: (pdu) => this.#client.submitSm(pdu),
    });
    const inbound = new Inbound({
      ...common,
      deliveryReports: parts.deliveryReports,
      shortMessages: parts.shortMessages,
    });
    this.#client.setCallbacks({
      deliver_sm: (pdu) => inbound.deliverSm(pdu, this.#link),
      data_sm: (pdu, direction) =>
        direction === "in" ? inbound.deliverSm(pdu, this.#link) : undefined,
    });
    return outbound;
  }

  #watch(): void {
    const { config, logger, stopped } = this.#options;
    const { host, port } = config;
    this.#client.on("bound", () => {
      logger.info({ host, port }, "bound to the SMSC");
      // As vumi's: a check at once shows that requests are answered. Its failure ends the link.
      this.#client.enquireLink().catch(() => {});
      this.#consume();
    });
    this.#client.on("closed", (err) => {
      this.#pause();
      this.#link = {};
      const level = stopped.aborted ? "info" : "warn";
      logger[level]({ err, host, port }, "the link to the SMSC is closed");
    });
    this.#client.on("reconnecting", ({ attempt, delay: milliseconds, reason: err }) => {
      const fields = { attempt, milliseconds, err, host, port };
      logger.warn(fields, "not bound to the SMSC, trying again");
    });
    this.#client.on("throttled", (err) => {
      logger.warn({ err, host, port }, "the SMSC asks to slow down, pausing");
    });
    this.#client.on("error", (err) => {
      logger.error({ err, host, port }, "something went wrong on the link, which goes on");
    });
  }

  #consume(): void {
    const { broker, config, stopped } = this.#options;
    const { bind_mode, transport_name, worker_concurrency } = config;
    // What cannot be sent here is left to workers that can.
    if (bind_mode === "receiver") return;
    this.#thenConsumer((consumer) => {
      if (consumer || stopped.aborted) return consumer;
      return broker.consume(`${transport_name}.outbound`, worker_concurrency, (delivery) =>
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
      this.#options.logger.error({ err }, "the broker did not begin or end to deliver");
      return undefined;
    });
  }
}

function clientOf({ config, logger, parts }: WorkerOptions): Client {
  const { reconnect } = config;
  return new Client({
    host: config.host,
    port: config.port,
    tls: tlsOf(config),
    bind: {
      mode: config.bind_mode,
      system_id: config.system_id,
      password: config.password.reveal(),
      system_type: config.system_type,
      interface_version: interfaceVersions.get(config.interface_version) ?? 0x34,
      addr_ton: config.addr_ton,
      addr_npi: config.addr_npi,
      address_range: config.address_range,
    },
    sequencer: parts.sequencer,
    window: config.smpp_window || config.worker_concurrency,
    maxPerSecond: config.mt_tps || undefined,
    connectTimeout: config.smpp_connect_timeout * 1_000,
    bindTimeout: config.smpp_bind_timeout * 1_000,
    requestTimeout: config.smpp_response_timeout * 1_000,
    enquireLinkInterval: config.smpp_enquire_link_interval * 1_000,
    enquireLinkTimeout: config.smpp_enquire_link_timeout * 1_000,
    inactivityTimeout: config.smpp_inactivity_timeout * 1_000,
    reconnect: {
      initialDelay: reconnect.initial_delay * 1_000,
      maxDelay: reconnect.max_delay * 1_000,
      alreadyBoundDelay: reconnect.already_bound_delay * 1_000,
      refusedDelay: reconnect.refused_delay * 1_000,
    },
    logger: details(logger),
  });
}

/** The options of `tls.connect`, with the files read. */
function tlsOf({ tls }: TransportConfig): ConnectionOptions | undefined {
  if (!tls.enabled) return undefined;
  const file = (key: "ca" | "cert" | "key"): ConnectionOptions => {
    if (tls[key] === "") return {};
    try {
      return { [key]: readFileSync(tls[key]) };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ConfigError([`tls.${key}: the file cannot be read: ${reason}`], { cause });
    }
  };
  return {
    ...file("ca"),
    ...file("cert"),
    ...file("key"),
    ...(tls.servername !== "" && { servername: tls.servername }),
    rejectUnauthorized: tls.reject_unauthorized,
  };
}

/** The client's own lines: the worker tells what matters from its events. */
function details(logger: Logger): Logger {
  const debug = (fields: object, message: string): void => logger.debug(fields, message);
  return { debug, info: debug, warn: debug, error: debug };
}

/** Resolves with the work, or without it when the time is over. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const timer = delay(milliseconds, undefined, { signal: over.signal, ref: false });
  await Promise.race([work, timer.catch(() => {})]);
  over.abort();
}
