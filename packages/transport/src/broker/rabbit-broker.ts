/** RabbitMQ as the worker's broker: one connection that recovers, one channel with confirms. */
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { withTimeout } from "@esme/bounded";
import { Secret } from "../config/values/secret.ts";
import {
  asError,
  type Broker,
  BrokerError,
  type BrokerEvents,
  brokerClosed,
  type Consumer,
  type Delivery,
  type QueueOptions,
} from "./broker.ts";
import { type NameOfPart, notConnected, shownNode } from "./rabbit-address.ts";
import { type LinkSettings, type LinkTenant, RabbitLink, type RabbitTls } from "./rabbit-link.ts";
import { type RabbitNode, RabbitNodes } from "./rabbit-nodes.ts";
import { Outbox } from "./rabbit-outbox.ts";
import { RabbitSubscription } from "./rabbit-subscription.ts";

/** Options of `RabbitBroker`. */
export interface RabbitBrokerOptions extends QueueOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:` for TLS; of a cluster, each node's. */
  readonly url: Secret | readonly Secret[];
  /** The direct, durable exchange to use; one that exists is used as it is. Default `vumi`. */
  readonly exchange?: string;
  /**
   * Seconds: a node that is silent for two of them is left for the next one, or connected to again. 0:
   * for ever. Default 10.
   */
  readonly heartbeat?: number;
  /** How long the opening of a connection to one node may take, in milliseconds. Default 5,000. */
  readonly connectTimeout?: number;
  /** For `amqps:`: what `tls.connect` takes, and the name in the certificates. */
  readonly tls?: RabbitTls;
  /** Of queues that are made. Default classic: without a type, so that the vhost's default holds. */
  readonly queueType?: "classic" | "quorum";
  /** Of queues that are made, beside their type. */
  readonly queueArguments?: Readonly<Record<string, unknown>>;
  /**
   * First delay before the nodes are tried once more, when none of them works, in milliseconds; doubled
   * each time. Default 200.
   */
  readonly initialDelay?: number;
  /** Longest of these delays, in milliseconds. Default 10,000. */
  readonly maxDelay?: number;
  /**
   * How long `publish` waits for a lost connection to come back, and for a broker that takes nothing
   * for now, in milliseconds. Default 10,000.
   */
  readonly publishTimeout?: number;
  /** How errors name a part of the URL that may be wrong. Default: `the port of its URL`. */
  readonly nameOfPart?: NameOfPart;
}

type State =
  | { readonly kind: "closed" }
  /** There is no link yet, or none any more; `change` resolves when that is over. */
  | { readonly kind: "connecting"; readonly life: Life; readonly change: Signal }
  | {
      readonly kind: "open";
      readonly life: Life;
      readonly link: RabbitLink;
      readonly node: RabbitNode;
    }
  /** The broker reads nothing for now, for `reason`; `change` resolves when that is over. */
  | {
      readonly kind: "blocked";
      readonly life: Life;
      readonly link: RabbitLink;
      readonly node: RabbitNode;
      readonly reason: string;
      readonly change: Signal;
    };

/** From `connect` to `close`. */
interface Life {
  readonly end: AbortController;
  readonly outbox: Outbox;
  /** What `connect` gave back. */
  readonly connected: Promise<void>;
}

interface Signal {
  readonly given: Promise<void>;
  readonly give: () => void;
}

/** The broker behind `amqp_url: "amqp://..."`. Wire contract: exchange, queues and keys as vumi. */
export class RabbitBroker extends EventEmitter<BrokerEvents> implements Broker {
  readonly #nodes: RabbitNodes;
  readonly #settings: LinkSettings;
  readonly #nameOfPart: NameOfPart;
  readonly #pauses: { readonly initialDelay: number; readonly maxDelay: number };
  readonly #publishTimeout: number;
  readonly #declareQueues: boolean;
  readonly #subscriptions = new Set<RabbitSubscription>();
  readonly #tenants = new Set<LinkTenant>();
  #state: State = { kind: "closed" };
  /** The work of the present life and those before it. */
  #running: Promise<void> = Promise.resolve();

  /** @throws TypeError when a URL is none of AMQP */
  constructor(options: RabbitBrokerOptions) {
    super();
    const { initialDelay = 200, maxDelay = 10_000, queueType, url } = options;
    this.#pauses = { initialDelay, maxDelay };
    this.#nodes = new RabbitNodes(url instanceof Secret ? [url] : url, this.#pauses);
    this.#settings = {
      exchange: options.exchange ?? "vumi",
      heartbeat: options.heartbeat ?? 10,
      connectTimeout: options.connectTimeout ?? 5_000,
      tls: options.tls ?? {},
      queueArguments: {
        ...options.queueArguments,
        ...(queueType === "quorum" && { "x-queue-type": queueType }),
      },
    };
    this.#nameOfPart = options.nameOfPart ?? ((part) => `the ${part} of its URL`);
    this.#publishTimeout = options.publishTimeout ?? 10_000;
    this.#declareQueues = options.declareQueues ?? true;
  }

  get connected(): boolean {
    return this.#state.kind === "open" || this.#state.kind === "blocked";
  }

  get node(): string | undefined {
    return "node" in this.#state ? shownNode(this.#state.node.address) : undefined;
  }

  get nodes(): readonly string[] {
    return this.#nodes.all.map(({ address }) => shownNode(address));
  }

  get blocked(): string | undefined {
    return this.#state.kind === "blocked" ? this.#state.reason : undefined;
  }

  connect(): Promise<void> {
    if (this.#state.kind !== "closed") return this.#state.life.connected;
    const change = signal();
    const connected = change.given.then(() => {
      if (this.#state.kind === "closed" || this.#state.life !== life) throw brokerClosed();
    });
    const outbox = new Outbox({
      timeout: this.#publishTimeout,
      declareQueues: this.#declareQueues,
      onProblem: (error) => this.#tell("problem", error),
    });
    const life: Life = { end: new AbortController(), outbox, connected };
    this.#state = { kind: "connecting", life, change };
    const before = this.#running;
    this.#running = before.then(() => this.#run(life));
    return connected;
  }

  async declareQueue(queue: string): Promise<void> {
    for (;;) {
      const link = await this.#usableLink();
      try {
        return await link.declareQueue(queue);
      } catch (error) {
        // Lost on the way: the next link is asked.
        if (link.isOpen) throw error;
      }
    }
  }

  publish(routingKey: string, body: Uint8Array): Promise<void> {
    if (this.#state.kind === "closed") return Promise.reject(brokerClosed());
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return this.#state.life.outbox.publish(routingKey, content);
  }

  async consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    if (this.#state.kind === "closed") throw brokerClosed();
    const subscription = new RabbitSubscription({
      queue,
      prefetch,
      onDelivery,
      declares: this.#declareQueues,
      pauses: this.#pauses,
      onProblem: (error) => this.#tell("problem", error),
    });
    this.#subscriptions.add(subscription);
    if ("link" in this.#state) await subscription.attach(this.#state.link);
    return {
      cancel: async () => {
        this.#subscriptions.delete(subscription);
        await subscription.cancel();
      },
    };
  }

  /** Has the tenant work over this broker's links, until the returned function is called. */
  join(tenant: LinkTenant): () => void {
    this.#tenants.add(tenant);
    if ("link" in this.#state) tenant.attach(this.#state.link);
    return () => {
      this.#tenants.delete(tenant);
    };
  }

  async close(): Promise<void> {
    const before = this.#state;
    // That of this life: `connect` may begin another one meanwhile.
    const running = this.#running;
    this.#state = { kind: "closed" };
    const subscriptions = [...this.#subscriptions];
    this.#subscriptions.clear();
    if ("change" in before) before.change.give();
    if ("link" in before) for (const tenant of this.#tenants) tenant.detach();
    if (before.kind !== "closed") before.life.outbox.close();
    if ("link" in before) await before.link.close();
    if (before.kind !== "closed") before.life.end.abort();
    await Promise.all(subscriptions.map((subscription) => subscription.cancel()));
    await running;
  }

  /** Has a link whenever one can be had, until the life ends; never rejects. */
  async #run(life: Life): Promise<void> {
    const { signal: ended } = life.end;
    let maxMessageSize = Number.POSITIVE_INFINITY;
    while (!ended.aborted) {
      const node = this.#nodes.current;
      let reason: Error | undefined;
      let since = Number.POSITIVE_INFINITY;
      try {
        const link = await this.#open(node, ended, maxMessageSize);
        since = performance.now();
        reason = await this.#use(link, node, life);
        maxMessageSize = link.refusedAbove;
      } catch (error) {
        reason = asError(error);
      }
      if (ended.aborted) return;
      const pause = this.#nodes.failed(performance.now() - since);
      if (reason !== undefined) {
        this.#tell("disconnected", notConnected(reason, node.address, this.#nameOfPart), pause);
      }
      if (pause > 0) await delay(pause, undefined, { signal: ended }).catch(() => {});
    }
  }

  #open(node: RabbitNode, signal: AbortSignal, maxMessageSize: number): Promise<RabbitLink> {
    return RabbitLink.open({
      ...this.#settings,
      url: node.url,
      maxMessageSize,
      signal,
      onBlocked: (reason) => this.#onBlocked(reason),
    });
  }

  /** Resolves once the link is gone: with the reason, or with none when it was closed on purpose. */
  async #use(link: RabbitLink, node: RabbitNode, life: Life): Promise<Error | undefined> {
    const before = this.#state;
    if (before.kind !== "connecting" || before.life !== life) {
      // Closed while the link was being opened.
      await link.close();
      return undefined;
    }
    this.#state = { kind: "open", life, link, node };
    life.outbox.open(link);
    for (const subscription of this.#subscriptions) void subscription.attach(link);
    for (const tenant of this.#tenants) tenant.attach(link);
    before.change.give();
    this.#tell("connected");
    const error = await link.lost;
    return this.#lose(link) ? error : undefined;
  }

  /** False when it was closed on purpose. */
  #lose(link: RabbitLink): boolean {
    const before = this.#state;
    if (!("link" in before) || before.link !== link) return false;
    this.#state = { kind: "connecting", life: before.life, change: signal() };
    before.life.outbox.pause(notNow());
    if (before.kind === "blocked") before.change.give();
    for (const subscription of this.#subscriptions) subscription.detach();
    for (const tenant of this.#tenants) tenant.detach();
    return true;
  }

  /** A link that is being opened publishes nothing, so it is never blocked. */
  #onBlocked(reason: string | undefined): void {
    const before = this.#state;
    if (!("link" in before)) return;
    const { life, link, node } = before;
    if (reason !== undefined && before.kind === "open") {
      this.#state = { kind: "blocked", life, link, node, reason, change: signal() };
      life.outbox.pause(notNow(reason));
      this.#tell("blocked", reason);
    } else if (reason === undefined && before.kind === "blocked") {
      this.#state = { kind: "open", life, link, node };
      life.outbox.open(link);
      before.change.give();
      this.#tell("unblocked");
    }
  }

  /** The link once it takes messages, or the next one, for which it is waited. */
  async #usableLink(): Promise<RabbitLink> {
    if ("change" in this.#state) {
      await withTimeout(this.#publishTimeout, this.#state.change.given);
    }
    switch (this.#state.kind) {
      case "open":
        return this.#state.link;
      case "closed":
        throw brokerClosed();
      case "blocked":
        throw new BrokerError("unconfirmed", notNow(this.#state.reason));
      case "connecting":
        throw new BrokerError("unconfirmed", notNow());
    }
  }

  /** A listener that throws must not end the recovery. */
  #tell<E extends keyof BrokerEvents>(event: E, ...args: BrokerEvents[E]): void {
    try {
      // The types of EventEmitter cannot follow a generic event; this method's own have checked it.
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      if (event !== "problem") this.#tell("problem", asError(error));
    }
  }
}

/** Why nothing is published; `reason` where the broker is connected. */
function notNow(reason?: string): string {
  return reason === undefined
    ? "the broker is not connected"
    : `the broker takes no messages for now: ${reason}`;
}

function signal(): Signal {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
