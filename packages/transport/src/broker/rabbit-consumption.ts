/** One consumer of a queue, on a channel of its own. */
import { withTimeout } from "@esme/bounded";
import type { Channel, ChannelModel, ConsumeMessage } from "amqplib";
import { Acknowledgements } from "./acknowledgements.ts";
import { gather } from "./gather.ts";

/** What the broker calls. */
export interface LinkConsumer {
  onMessage(message: ConsumeMessage, consumption: RabbitConsumption): void;
  /** Nothing more comes, and nobody here has asked for that: the queue was deleted, or the channel lost. */
  onEnded(): void;
}

/** How long a closing waits for the broker, in milliseconds. */
const closeTimeout = 1_000;

/**
 * Its own channel, since RabbitMQ does one thing after the other on a channel: while a queue has no
 * leader, `basic.consume` waits for as long as 15 s, and publishes would wait behind it. What the broker
 * refuses closes this channel alone.
 */
export class RabbitConsumption {
  readonly #channel: Channel;
  readonly #acknowledgements: Acknowledgements;
  #tag = "";
  #state: "open" | "cancelling" | "cancelled" | "gone" = "open";

  private constructor(channel: Channel) {
    this.#channel = channel;
    this.#acknowledgements = new Acknowledgements(channel, {
      onFrames: () => gather(channel),
      onNoneOpen: () => this.#closeIfCancelled(),
    });
  }

  /** Resolves once the broker hands out messages; rejects when it refuses, or the connection is lost. */
  static async begin(
    connection: ChannelModel,
    queue: string,
    prefetch: number,
    consumer: LinkConsumer,
  ): Promise<RabbitConsumption> {
    const channel = await connection.createChannel();
    const consumption = new RabbitConsumption(channel);
    channel.on("error", () => {});
    channel.on("close", () => consumption.#ended("gone", consumer));
    const limited = channel.prefetch(prefetch);
    const consuming = channel.consume(queue, (message) => {
      if (message === null) return consumption.#ended("cancelled", consumer);
      consumption.#acknowledgements.add(message);
      consumer.onMessage(message, consumption);
    });
    const [{ consumerTag }] = await Promise.all([consuming, limited]);
    consumption.#tag = consumerTag;
    return consumption;
  }

  /** The broker ended the consumer, or the channel with it. */
  #ended(state: "cancelled" | "gone", consumer: LinkConsumer): void {
    const before = this.#state;
    this.#state = state;
    if (before === "open") consumer.onEnded();
    this.#closeIfCancelled();
  }

  get isGone(): boolean {
    return this.#state === "gone";
  }

  /** False when the channel is gone: the message is then delivered again. */
  ack(message: ConsumeMessage): boolean {
    if (this.#state !== "gone") this.#acknowledgements.ack(message);
    return this.#state !== "gone";
  }

  requeue(message: ConsumeMessage): void {
    if (this.#state !== "gone") this.#acknowledgements.requeue(message);
  }

  /** Resolves once nothing more comes. What was handed out can still be acknowledged. */
  async cancel(): Promise<void> {
    if (this.#state !== "open") return;
    // What is on its way comes before the broker's answer: until then the channel stays open for it.
    this.#state = "cancelling";
    // When the connection is lost on the way, the consumer goes with it.
    await this.#channel.cancel(this.#tag).catch(() => {});
    if (this.#state === "cancelling") this.#state = "cancelled";
    this.#closeIfCancelled();
  }

  /** The connection is lost, though the channel may not know yet. */
  abandon(): void {
    this.#state = "gone";
  }

  /** Sends what was acknowledged, and gives the rest back; never rejects. */
  async close(): Promise<void> {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#acknowledgements.flush();
    await withTimeout(
      closeTimeout,
      this.#channel.close().catch(() => {}),
    );
  }

  #closeIfCancelled(): void {
    if (this.#state === "cancelled" && this.#acknowledgements.noneOpen) void this.close();
  }
}
