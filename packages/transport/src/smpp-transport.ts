/** The worker as a whole: configuration in, messages flowing, an orderly end. */
import { setMaxListeners } from "node:events";
import { withTimeout } from "@esme/bounded";
import type { Broker } from "./broker/broker.ts";
import { declareQueues } from "./broker/declare-queues.ts";
import { MemoryBroker } from "./broker/memory-broker.ts";
import type { NameOfPart } from "./broker/rabbit-address.ts";
import { RabbitBroker } from "./broker/rabbit-broker.ts";
import type { RabbitTls } from "./broker/rabbit-link.ts";
import { checkConfig, secretsOf } from "./config/config.ts";
import { configError } from "./config/config-error.ts";
import { nodeUrls, type TransportConfig, type TransportConfigInput } from "./config/settings.ts";
import { stopTime } from "./config/stop-time.ts";
import { readTlsFiles } from "./config/tls-files.ts";
import { Secret } from "./config/values/secret.ts";
import { DeadLetters } from "./flow/dead-letters.ts";
import { IncompleteMessages } from "./flow/incomplete-messages.ts";
import { Worker } from "./flow/worker.ts";
import { HttpFront } from "./http/http-front.ts";
import { type LimitedLogger, limited } from "./log/limited-logger.ts";
import { createLogger, type Logger } from "./log/logger.ts";
import { type ErrorReports, openSentry, reporting } from "./log/sentry.ts";
import { Metrics } from "./metrics/metrics.ts";
import { buildPlugIns } from "./plug-ins/plug-ins.ts";
import { type Health, healthOf } from "./status/health.ts";
import type { Snapshot } from "./status/snapshot.ts";
import { Stores } from "./status/stores.ts";

/** What a program can hand in instead of having it built from the configuration. */
export interface TransportDeps {
  /** Stays the program's: `stop` does not close it. */
  readonly broker?: Broker;
  readonly logger?: Logger;
  /** Where the paths and packages of classes are looked up. Default: the working directory. */
  readonly classFolder?: string;
  /** Where each key of the configuration was found, by its dotted name: for messages. */
  readonly origins?: ReadonlyMap<string, string>;
}

type State =
  | { readonly kind: "new" }
  | { readonly kind: "started"; readonly started: Promise<void> }
  | { readonly kind: "stopped"; readonly stopped: Promise<void> };

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
  readonly #logger: LimitedLogger;
  /** The same without a limit, for classes: what they say is their own. */
  readonly #everyLine: Logger;
  readonly #classFolder: string;
  readonly #stopped = new AbortController();
  readonly #metrics = new Metrics();
  readonly #http: HttpFront;
  #stores = new Stores({});
  #reports: ErrorReports | undefined;
  #worker: Promise<Worker> | undefined;
  #running: Worker | undefined;
  /** Whether HTTP is answered: resolves, or rejects, once it is. */
  #opened: Promise<void> | undefined;
  #state: State = { kind: "new" };

  /** @throws ConfigError when the configuration is wrong, naming each key */
  constructor(input: TransportConfigInput = {}, deps: TransportDeps = {}) {
    const { config, warnings, origins } = checkConfig(input, deps.classFolder);
    this.#config = config;
    // Each message that waits for a broker or a store listens: many are no leak.
    setMaxListeners(0, this.#stopped.signal);
    const logger = deps.logger ?? createLogger(config, secretsOf(config));
    this.#everyLine = reporting(logger, () => this.#reports);
    this.#logger = limited(this.#everyLine, config.log_rate);
    // Whoever knows where the keys were found has loaded them, and has its warnings.
    if (deps.origins === undefined) for (const warning of warnings) this.#logger.warn({}, warning);
    this.#classFolder = deps.classFolder ?? ".";
    this.#ownsBroker = deps.broker === undefined;
    this.broker = deps.broker ?? brokerOf(config, deps.origins ?? origins);
    this.#http = new HttpFront({
      config,
      broker: this.broker,
      logger: this.#logger,
      metrics: this.#metrics,
      snapshot: () => this.#snapshot(),
    });
    this.broker.on("connected", this.#onConnected);
    this.broker.on("disconnected", this.#onDisconnected);
    this.broker.on("problem", this.#onProblem);
    this.broker.on("blocked", this.#onBlocked);
    this.broker.on("unblocked", this.#onUnblocked);
  }

  readonly #onConnected = (): void => {
    const { node } = this.broker;
    this.#logger.info({ ...(node !== undefined && { node }) }, "broker connected");
  };
  readonly #onDisconnected = (err: Error, pause: number): void => {
    const next_try = pause === 0 ? "the next node, now" : `in ${(pause / 1_000).toFixed(1)} s`;
    this.#logger.error({ err, next_try }, "broker not connected, trying again");
  };
  readonly #onBlocked = (reason: string): void =>
    this.#logger.error({ reason }, "the broker takes no messages for now");
  readonly #onUnblocked = (): void => this.#logger.info({}, "the broker takes messages again");
  readonly #onProblem = (err: Error): void =>
    this.#logger.error({ err }, "the broker refused something");

  /**
   * Loads the classes that the configuration names and makes them; nothing is connected. `start`
   * does it too.
   *
   * @throws ConfigError naming the key of a class that is not there or does not like what it got
   */
  async prepare(): Promise<void> {
    await this.#prepared();
  }

  /**
   * Connects to both sides and resolves once messages flow. While one side is away it keeps
   * trying, and tells in the log; `stop` ends that, and this promise then rejects. A transport
   * starts once: a second call shares the first, and after `stop` it rejects.
   *
   * @throws ConfigError as `prepare`; the system's error when `http_bind` cannot be listened on
   */
  start(): Promise<void> {
    switch (this.#state.kind) {
      case "new": {
        const started = this.#start();
        this.#state = { kind: "started", started };
        return started;
      }
      case "started":
        return this.#state.started;
      case "stopped":
        return Promise.reject(
          new Error(
            "the transport was stopped, and does not start again: make a new SmppTransport",
          ),
        );
    }
  }

  async #start(): Promise<void> {
    const { signal } = this.#stopped;
    const worker = await this.#prepared();
    signal.throwIfAborted();
    this.#opened = this.#http.open();
    await this.#opened;
    signal.throwIfAborted();
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    // A broker of the program's own may go on connecting.
    await Promise.race([Promise.all([this.#connectBroker(), worker.start()]), stopped]);
  }

  async #connectBroker(): Promise<void> {
    await this.broker.connect();
    const { broker } = this;
    const logger = this.#logger;
    const stopped = this.#stopped.signal;
    await declareQueues({ broker, queues: this.#queues(), logger, stopped });
  }

  /** Those that the worker uses; a gateway has what is published for its streams. */
  #queues(): string[] {
    const { declare_queues, failed_queue, priority_queue, transport_name } = this.#config;
    if (!declare_queues) return [];
    const published = this.#http.streams ? [] : ["inbound", "event"];
    const high = priority_queue ? ["outbound.high"] : [];
    return ["outbound", ...high, ...published, ...(failed_queue ? ["failed"] : [])].map(
      (queue) => `${transport_name}.${queue}`,
    );
  }

  /**
   * Takes no more messages, waits for those in hand, unbinds, closes: all within `drain_timeout`,
   * whoever does not answer. What was not answered by then goes back to its queue. Whenever it is
   * called, nothing is left open once it resolves; a second call shares the first. Never rejects.
   */
  stop(): Promise<void> {
    if (this.#state.kind === "stopped") return this.#state.stopped;
    const stopped = this.#stop(this.#state.kind === "started");
    this.#state = { kind: "stopped", stopped };
    return stopped;
  }

  async #stop(wasStarted: boolean): Promise<void> {
    this.#stopped.abort(new Error("the transport was stopped"));
    this.#http.refuse();
    const worker = await this.#worker?.catch(() => undefined);
    // What has begun to open can be closed once it is open.
    await this.#opened?.catch(() => {});
    await worker?.stop();
    await this.#http.close();
    // A server that does not answer must not keep the process.
    const { close } = stopTime(this.#config.drain_timeout);
    if (this.#ownsBroker) {
      await withTimeout(close, this.broker.close());
      this.#warnOfLeft();
    }
    await Promise.all([worker && withTimeout(close, worker.close()), this.#closeReports(close)]);
    this.broker.off("connected", this.#onConnected);
    this.broker.off("disconnected", this.#onDisconnected);
    this.broker.off("problem", this.#onProblem);
    this.broker.off("blocked", this.#onBlocked);
    this.broker.off("unblocked", this.#onUnblocked);
    this.#logger.flush();
    if (wasStarted) this.#logger.info({}, "stopped");
  }

  /** What `GET /health` answers: `ok` when broker and stores answer and the SMSC is bound. */
  async health(): Promise<Health> {
    return healthOf(await this.#snapshot());
  }

  /** Where HTTP is answered: with `http_bind` on port 0 the port that was free. */
  get httpPort(): number {
    return this.#http.port;
  }

  async #snapshot(): Promise<Snapshot> {
    const stores = await this.#stores.ask();
    const rate = this.#running?.rateIsShared;
    return {
      links: this.#running?.links ?? [],
      queue: this.#running?.queue ?? { waiting: 0, rate: Number.POSITIVE_INFINITY },
      brokerConnected: this.broker.connected,
      brokerBlocked: this.broker.blocked,
      brokerNode: this.broker.node,
      brokerNodes: this.broker.nodes ?? [],
      stores: rate === undefined ? stores : [...stores, { part: "rate", answers: rate }],
      inHand: this.#running?.inHand ?? 0,
      paused: this.#running?.paused ?? [],
      stopping: this.#stopped.signal.aborted,
    };
  }

  /** Where an outbind is waited for, with `outbind.listen` on port 0 the port that was free. */
  get outbindPort(): number {
    return this.#running?.outbindPort ?? 0;
  }

  async #prepared(): Promise<Worker> {
    // What was made after the stop would be closed by nobody.
    if (this.#worker === undefined) this.#stopped.signal.throwIfAborted();
    this.#worker ??= this.#build();
    return this.#worker;
  }

  /** What the embedded broker holds ends with the process. */
  #warnOfLeft(): void {
    if (!(this.broker instanceof MemoryBroker)) return;
    const queues = this.broker.left;
    const messages = Object.values(queues).reduce((sum, count) => sum + count, 0);
    if (messages > 0)
      this.#logger.warn({ messages, queues }, "messages of the embedded broker lost");
  }

  async #closeReports(timeout: number): Promise<void> {
    const sent = await this.#reports?.close(timeout);
    if (sent === false) this.#logger.warn({}, "Sentry did not take every report");
  }

  async #build(): Promise<Worker> {
    const config = this.#config;
    this.#reports = await openSentry(config, this.#classFolder, secretsOf(config));
    const logger = this.#logger;
    const metrics = this.#metrics;
    const { broker } = this;
    const { failed_queue: keep, transport_name: transportName } = config;
    const deadLetters = new DeadLetters({ transportName, broker, logger, metrics, keep });
    const stopped = this.#stopped.signal;
    const incomplete = new IncompleteMessages({ logger, metrics, deadLetters, stopped });
    const plugIns = await buildPlugIns(config, this.#everyLine, this.#classFolder, incomplete.add);
    this.#stores = new Stores({
      cache: plugIns.cache,
      sequencer: plugIns.sequencer,
      ...(plugIns.ledger && { ledger: plugIns.ledger }),
    });
    try {
      this.#running = new Worker({
        config,
        plugIns,
        deadLetters,
        incomplete,
        logger,
        metrics,
        broker,
        stopped,
      });
    } catch (error) {
      await plugIns.close(stopTime(config.drain_timeout).close);
      throw error;
    }
    return this.#running;
  }
}

function brokerOf(config: TransportConfig, origins: ReadonlyMap<string, string>): Broker {
  const { amqp, amqp_url, declare_queues: declareQueues } = config;
  if (amqp_url.reveal() === "memory:") return new MemoryBroker({ declareQueues });
  const nameOf = (key: string): string => `${key} (${origins.get(key) ?? "default"})`;
  const common = {
    declareQueues,
    heartbeat: config.amqp_heartbeat,
    connectTimeout: config.amqp_connect_timeout * 1_000,
    queueType: config.queue_type,
    queueArguments: config.queue_arguments,
  };
  const urls = nodeUrls(config);
  if (urls.length > 0) {
    const key = amqp_url.reveal() === "" ? "amqp_urls" : "amqp_url";
    const nameOfPart = () => nameOf(key);
    return new RabbitBroker({ ...common, url: urls, tls: amqpTls(config), nameOfPart });
  }
  const { hostname, port, username, password, vhost } = amqp;
  const user = `${encodeURIComponent(username)}:${encodeURIComponent(password.reveal())}`;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const url = new Secret(`amqp://${user}@${host}:${port}/${encodeURIComponent(vhost)}`);
  // Only a URL can ask for TLS.
  const nameOfPart: NameOfPart = (part) =>
    part === "scheme" ? "amqp_url" : nameOf(`amqp.${part}`);
  return new RabbitBroker({ ...common, url, nameOfPart });
}

/** The files were tried when the configuration was checked. */
function amqpTls({ amqp_tls }: TransportConfig): RabbitTls {
  const files = readTlsFiles(amqp_tls, "amqp_tls");
  const { servername } = amqp_tls;
  if ("problems" in files) {
    throw configError(files.problems.map(({ key, problem }) => `amqp_tls.${key}: ${problem}`));
  }
  return { ...files.options, ...(servername !== "" && { servername }) };
}
