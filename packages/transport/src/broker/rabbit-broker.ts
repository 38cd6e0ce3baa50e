/** RabbitMQ as the worker's broker: one connection that recovers, one channel with confirms. */
import { EventEmitter, once } from "node:events";
import { Socket } from "node:net";
import {
  type ChannelModel,
  type ConfirmChannel,
  connect,
  type RecoveringChannelModel,
} from "amqplib";
import type { Secret } from "../config/secret.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import {
  type Broker,
  BrokerError,
  type BrokerEvents,
  type Consumer,
  type Delivery,
} from "./broker.ts";

/** Options of `RabbitBroker`. */
export interface RabbitBrokerOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps:` for TLS. */
  readonly url: Secret;
  /** The direct, durable exchange to use. Default `vumi`. */
  readonly exchange?: string;
  /** First delay before another try to connect, in milliseconds; doubled each time. Default 200. */
  readonly initialDelay?: number;
  /** Longest delay between tries, in milliseconds. Default 10,000. */
  readonly maxDelay?: number;
  /** How long `publish` waits for a lost connection to come back, in milliseconds. Default 10,000. */
  readonly publishTimeout?: number;
}

interface Subscription {
  readonly queue: string;
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** Present while the subscription lives on the current channel. */
  tag?: string;
}

/** The broker behind `amqp_url: "amqp://..."`. Wire contract: exchange, queues and keys as vumi. */
export class RabbitBroker extends EventEmitter<BrokerEvents> implements Broker {
  readonly #exchange: string;
  readonly #url: Secret;
  readonly #recovery: { initialDelay: number; maxDelay: number };
  readonly #publishTimeout: number;
  readonly #subscriptions = new Set<Subscription>();
  #connecting: Promise<void> | undefined;
  #model: RecoveringChannelModel | undefined;
  #channel: ConfirmChannel | undefined;
  /** Those of the channel. */
  #acknowledgements: Acknowledgements | undefined;

  constructor(options: RabbitBrokerOptions) {
    super();
    // One listener for each publish that waits for the connection.
    this.setMaxListeners(0);
    this.#url = options.url;
    this.#exchange = options.exchange ?? "vumi";
    this.#publishTimeout = options.publishTimeout ?? 10_000;
    this.#recovery = {
      initialDelay: options.initialDelay ?? 200,
      maxDelay: options.maxDelay ?? 10_000,
    };
  }

  get connected(): boolean {
    return this.#channel !== undefined;
  }

  connect(): Promise<void> {
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const model = await connect(this.#url.reveal(), {
      ...socketOptions,
      recovery: {
        ...this.#recovery,
        waitForConnect: false,
        setup: (connection: ChannelModel) => this.#open(connection),
      },
    });
    this.#model = model;
    model.on("connect", () => this.emit("connected"));
    model.on("connect-failed", (error) => this.emit("disconnected", error));
    model.on("disconnect", (error) => this.#lost(error));
    model.on("error", (error) => this.#lost(error));
    await model.waitForConnect();
  }

  async declareQueue(queue: string): Promise<void> {
    const channel = await this.#usableChannel();
    await this.#declare(channel, queue);
  }

  async publish(routingKey: string, body: Uint8Array): Promise<void> {
    const channel = await this.#usableChannel();
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown): void =>
        reject(
          new BrokerError("unconfirmed", `the broker did not confirm a message to ${routingKey}`, {
            cause,
          }),
        );
      try {
        channel.publish(this.#exchange, routingKey, content, { persistent: true }, (error) =>
          error ? fail(error) : resolve(),
        );
        gather(channel);
      } catch (error) {
        fail(error);
      }
    });
  }

  async consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    const subscription: Subscription = { queue, prefetch, onDelivery };
    this.#subscriptions.add(subscription);
    // What the broker refuses closes the channel: it is told as `disconnected` and tried again.
    if (this.#channel) await this.#subscribe(this.#channel, subscription).catch(() => {});
    return {
      cancel: async () => {
        this.#subscriptions.delete(subscription);
        const { tag } = subscription;
        // When the channel is lost on the way, the subscription went with it.
        if (tag !== undefined) await this.#channel?.cancel(tag).catch(() => {});
      },
    };
  }

  async close(): Promise<void> {
    const model = this.#model;
    this.#connecting = undefined;
    this.#model = undefined;
    this.#channel = undefined;
    this.#subscriptions.clear();
    await model?.close();
  }

  /** Runs on every fresh connection, before it counts as connected. */
  async #open(connection: ChannelModel): Promise<void> {
    const channel = await connection.createConfirmChannel();
    let reason: Error | undefined;
    channel.on("error", (error) => {
      reason = error;
    });
    channel.on("close", () => {
      if (this.#channel !== channel) return;
      // Recovery watches connections only: a lost channel takes its connection along.
      this.#lost(reason ?? new Error("the channel was closed"));
      connection.close().catch(() => {});
    });
    await channel.assertExchange(this.#exchange, "direct", { durable: true });
    // Set first: what a subscription delivers at once can then be acknowledged at once.
    this.#channel = channel;
    this.#acknowledgements = new Acknowledgements(channel, () => gather(channel));
    for (const subscription of this.#subscriptions) await this.#subscribe(channel, subscription);
  }

  async #subscribe(channel: ConfirmChannel, subscription: Subscription): Promise<void> {
    const acknowledgements = this.#acknowledgements;
    await channel.prefetch(subscription.prefetch);
    await this.#declare(channel, subscription.queue);
    const { consumerTag } = await channel.consume(subscription.queue, (message) => {
      // Null: the broker cancelled the subscription, because its queue was deleted for instance.
      if (!message) return void channel.close().catch(() => {});
      acknowledgements?.add(message);
      // A delivery belongs to its channel: on another one its tag would name another message.
      const isOpen = (): boolean => this.#channel === channel;
      subscription.onDelivery({
        body: message.content,
        redelivered: message.fields.redelivered,
        ack: () => {
          if (isOpen()) acknowledgements?.ack(message);
          return isOpen();
        },
        requeue: () => {
          if (isOpen()) acknowledgements?.requeue(message);
        },
      });
    });
    subscription.tag = consumerTag;
  }

  async #declare(channel: ConfirmChannel, queue: string): Promise<void> {
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, this.#exchange, queue);
  }

  /** A loss shows as several events, the first of which knows the reason. */
  #lost(error: Error): void {
    if (!this.#channel) return;
    this.#channel = undefined;
    for (const subscription of this.#subscriptions) delete subscription.tag;
    this.emit("disconnected", error);
  }

  async #usableChannel(): Promise<ConfirmChannel> {
    if (!this.#channel && this.#model) {
      const signal = AbortSignal.timeout(this.#publishTimeout);
      await once(this, "connected", { signal }).catch(() => {});
    }
    if (this.#channel) return this.#channel;
    throw new BrokerError("unconfirmed", "the broker is not connected");
  }
}

/** What `net.connect` is given. */
const socketOptions = {
  // Confirms are small frames: with Nagle's algorithm on they wait for the peer's delayed
  // acknowledgement, and 12,000 messages/s become 500.
  noDelay: true,
  // What one turn of the event loop makes should fit, or it leaves in several writes.
  writableHighWaterMark: 1 << 20,
  timeout: 10_000,
};

/**
 * Lets all frames that one turn of the event loop makes leave in one write. amqplib writes each by
 * itself, which was 39 % of a worker's time: a system call for each event and each acknowledgement.
 *
 * amqplib gives out no socket; should a later version keep it elsewhere, frames go one by one again
 * and a test tells.
 */
function gather({ connection }: ConfirmChannel): void {
  const socket: unknown = Reflect.get(connection, "stream");
  if (!(socket instanceof Socket) || socket.writableCorked > 0) return;
  socket.cork();
  // amqplib hands frames over in an immediate that it asks for in a tick after the call that made
  // them: this one comes right behind it.
  process.nextTick(() => setImmediate(() => socket.uncork()));
}
