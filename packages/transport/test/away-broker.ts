/** A broker of a program's own that can be away: the embedded one, with a connection to lose. */
import { EventEmitter } from "node:events";
import {
  type Broker,
  BrokerError,
  type BrokerEvents,
  type Consumer,
  type Delivery,
} from "../src/broker/broker.ts";
import type { MemoryBroker } from "../src/broker/memory-broker.ts";

/** Subscriptions survive; while it is away nothing is published, and what is handed out is lost. */
export class AwayBroker extends EventEmitter<BrokerEvents> implements Broker {
  readonly #inner: MemoryBroker;
  readonly #inHand = new Set<Delivery>();
  #isAway = false;
  /** Deliveries that came while it was away. */
  #late: (() => void)[] = [];

  constructor(inner: MemoryBroker) {
    super();
    this.#inner = inner;
  }

  get connected(): boolean {
    return !this.#isAway;
  }

  async connect(): Promise<void> {}

  async close(): Promise<void> {}

  declareQueue(queue: string): Promise<void> {
    return this.#inner.declareQueue(queue);
  }

  async publish(routingKey: string, body: Uint8Array): Promise<void> {
    if (this.#isAway) throw new BrokerError("unconfirmed", "the broker is away");
    await this.#inner.publish(routingKey, body);
  }

  async consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    let isCancelled = false;
    const consumer = await this.#inner.consume(queue, prefetch, (delivery) => {
      const arrive = (): void => {
        if (isCancelled) {
          delivery.requeue();
          return;
        }
        this.#inHand.add(delivery);
        onDelivery({
          ...delivery,
          ack: () => this.#inHand.delete(delivery) && delivery.ack(),
          requeue: () => {
            if (this.#inHand.delete(delivery)) delivery.requeue();
          },
        });
      };
      if (this.#isAway) this.#late.push(arrive);
      else arrive();
    });
    return {
      cancel: async () => {
        isCancelled = true;
        await consumer.cancel();
      },
    };
  }

  /** Loses the connection: what was handed out is delivered again. */
  leave(): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.emit("disconnected", new Error("the broker is away"), 0);
    const lost = [...this.#inHand];
    this.#inHand.clear();
    for (const delivery of lost) delivery.requeue();
  }

  comeBack(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.emit("connected");
    for (const arrive of this.#late.splice(0)) arrive();
  }
}
