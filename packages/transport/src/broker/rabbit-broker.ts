/** RabbitMQ as the worker's broker: one connection that recovers, one channel with confirms. */
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { withTimeout } from "@esme/bounded";
import type { Secret } from "../config/values/secret.ts";
import {
  asError,
  type Broker,
  BrokerError,
  type BrokerEvents,
  brokerClosed,
  type Consumer,
  type Delivery,
  type QueueOptions,
  unroutable,
} from "./broker.ts";
import { addressOf, type NameOfPart, notConnected, type RabbitAddress } from "./rabbit-address.ts";
import { RabbitLink } from "./rabbit-link.ts";
import { RabbitSubscription } from "./rabbit-subscription.ts";

/** Options of `RabbitBroker`. */
export interface RabbitBrokerOptions extends QueueOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:` for TLS. */
  readonly url: Secret;
  /** The direct, durable exchange to use; one that exists is used as it is. Default `vumi`. */
  readonly exchange?: string;
  /** First delay before another try to connect, in milliseconds; doubled each time. Default 200. */
  readonly initialDelay?: number;
  /** Longest delay between tries, in milliseconds. Default 10,000. */
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
  | { readonly kind: "open"; readonly life: Life; readonly link: RabbitLink }
  /** The broker reads nothing for now, for `reason`; `change` resolves when that is over. */
  | {
      readonly kind: "blocked";
      readonly life: Life;
      readonly link: RabbitLink;
      readonly reason: string;
      readonly change: Signal;
    };

/** From `connect` to `close`. */
interface Life {
  readonly end: AbortController;
  /** What `connect` gave back. */
  readonly connected: Promise<void>;
}

interface Signal {
  readonly given: Promise<void>;
  readonly give: () => void;
}

/** Shared out around each delay, so that many workers do not come back in the same moment. */
const jitter = 0.2;

/** How often a returned message is published again, each time after declaring its queue. */
const maxReturns = 3;

/** The broker behind `amqp_url: "amqp://..."`. Wire contract: exchange, queues and keys as vumi. */
export class RabbitBroker extends EventEmitter<BrokerEvents> implements Broker {
  readonly #exchange: string;
  readonly #url: Secret;
  readonly #address: RabbitAddress;
  readonly #nameOfPart: NameOfPart;
  readonly #pauses: { readonly initialDelay: number; readonly maxDelay: number };
  readonly #publishTimeout: number;
  readonly #declareQueues: boolean;
  readonly #subscriptions = new Set<RabbitSubscription>();
  #state: State = { kind: "closed" };
  /** The work of the present life and those before it. */
  #running: Promise<void> = Promise.resolve();

  /** @throws TypeError when the URL is none of AMQP */
  constructor(options: RabbitBrokerOptions) {
    super();
    this.#url = options.url;
    this.#address = addressOf(options.url);
    this.#nameOfPart = options.nameOfPart ?? ((part) => `the ${part} of its URL`);
    this.#exchange = options.exchange ?? "vumi";
    this.#publishTimeout = options.publishTimeout ?? 10_000;
    this.#declareQueues = options.declareQueues ?? true;
    this.#pauses = {
      initialDelay: options.initialDelay ?? 200,
      maxDelay: options.maxDelay ?? 10_000,
    };
  }

  get connected(): boolean {
    return this.#state.kind === "open" || this.#state.kind === "blocked";
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
    const life: Life = { end: new AbortController(), connected };
    this.#state = { kind: "connecting", life, change };
    const before = this.#running;
    this.#running = before.then(() => this.#run(life));
    return connected;
  }

  async declareQueue(queue: string): Promise<void> {
    const link = await this.#usableLink();
    await link.declareQueue(queue);
  }

  async publish(routingKey: string, body: Uint8Array): Promise<void> {
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    for (let returns = 0; ; returns += 1) {
      const link = this.#state.kind === "open" ? this.#state.link : await this.#usableLink();
      if (await link.publish(routingKey, content)) return;
      if (!this.#declareQueues || returns === maxReturns) throw unroutable(routingKey);
      await link.declareQueue(routingKey).catch((cause: unknown) => {
        // Lost on the way: the next link is asked.
        if (!link.isOpen) return;
        const what = `no queue is bound under ${routingKey}, and none could be declared`;
        throw new BrokerError("unroutable", `${what}: ${asError(cause).message}`, { cause });
      });
    }
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

  async close(): Promise<void> {
    const before = this.#state;
    // That of this life: `connect` may begin another one meanwhile.
    const running = this.#running;
    this.#state = { kind: "closed" };
    const subscriptions = [...this.#subscriptions];
    this.#subscriptions.clear();
    if ("change" in before) before.change.give();
    if ("link" in before) await before.link.close();
    if (before.kind !== "closed") before.life.end.abort();
    await Promise.all(subscriptions.map((subscription) => subscription.cancel()));
    await running;
  }

  /** Has a link whenever one can be had, until the life ends; never rejects. */
  async #run(life: Life): Promise<void> {
    const { signal: ended } = life.end;
    let failures = 0;
    let maxMessageSize = Number.POSITIVE_INFINITY;
    while (!ended.aborted) {
      let reason: Error | undefined;
      try {
        const link = await this.#open(ended, maxMessageSize);
        failures = 0;
        reason = await this.#use(link, life);
        maxMessageSize = link.refusedAbove;
      } catch (error) {
        reason = asError(error);
      }
      if (ended.aborted) return;
      const pause = this.#pauseAfter(failures);
      if (reason !== undefined) this.#onDisconnected(reason, pause);
      await delay(pause, undefined, { signal: ended }).catch(() => {});
      failures += 1;
    }
  }

  #open(signal: AbortSignal, maxMessageSize: number): Promise<RabbitLink> {
    return RabbitLink.open({
      url: this.#url,
      exchange: this.#exchange,
      maxMessageSize,
      signal,
      onBlocked: (reason) => this.#onBlocked(reason),
    });
  }

  #onDisconnected(reason: Error, pause: number): void {
    this.#tell("disconnected", notConnected(reason, this.#address, this.#nameOfPart), pause);
  }

  /** Resolves once the link is gone: with the reason, or with none when it was closed on purpose. */
  async #use(link: RabbitLink, life: Life): Promise<Error | undefined> {
    const before = this.#state;
    if (before.kind !== "connecting" || before.life !== life) {
      // Closed while the link was being opened.
      await link.close();
      return undefined;
    }
    this.#state = { kind: "open", life, link };
    for (const subscription of this.#subscriptions) void subscription.attach(link);
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
    if (before.kind === "blocked") before.change.give();
    for (const subscription of this.#subscriptions) subscription.detach();
    return true;
  }

  /** A link that is being opened publishes nothing, so it is never blocked. */
  #onBlocked(reason: string | undefined): void {
    const before = this.#state;
    if (!("link" in before)) return;
    const { life, link } = before;
    if (reason !== undefined && before.kind === "open") {
      this.#state = { kind: "blocked", life, link, reason, change: signal() };
      this.#tell("blocked", reason);
    } else if (reason === undefined && before.kind === "blocked") {
      this.#state = { kind: "open", life, link };
      before.change.give();
      this.#tell("unblocked");
    }
  }

  #pauseAfter(failures: number): number {
    const { initialDelay, maxDelay } = this.#pauses;
    const pause = Math.min(initialDelay * 2 ** failures, maxDelay / (1 + jitter));
    return pause * (1 + jitter * (2 * Math.random() - 1));
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
        throw new BrokerError(
          "unconfirmed",
          `the broker takes no messages for now: ${this.#state.reason}`,
        );
      case "connecting":
        throw new BrokerError("unconfirmed", "the broker is not connected");
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

function signal(): Signal {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
