/** The embedded broker: RabbitMQ's semantics for one process, nothing stored on disk. */
import { EventEmitter } from "node:events";
import {
  type Broker,
  BrokerError,
  type BrokerEvents,
  type Consumer,
  type Delivery,
} from "./broker.ts";

/** Options of `MemoryBroker`. */
export interface MemoryBrokerOptions {
  /** Messages that one queue holds before `publish` refuses more. Default 100,000. */
  readonly maxQueueLength?: number;
}

interface Stored {
  readonly body: Uint8Array;
  readonly redelivered: boolean;
}

interface Subscription {
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  unacknowledged: number;
}

interface Queue {
  readonly waiting: Stored[];
  /** In turn: the first one with room gets the next message and goes to the end. */
  readonly subscriptions: Subscription[];
}

/**
 * A broker inside the process, for `amqp_url: "memory:"`, demonstrations and tests. As with
 * RabbitMQ, a message published under a key to which no queue is bound is dropped. Messages end
 * with the process.
 */
export class MemoryBroker extends EventEmitter<BrokerEvents> implements Broker {
  readonly #queues = new Map<string, Queue>();
  readonly #listeners = new Map<string, Set<(body: Uint8Array) => void>>();
  readonly #unsettled = new Set<Delivery>();
  readonly #maxQueueLength: number;
  #connected = false;

  constructor({ maxQueueLength = 100_000 }: MemoryBrokerOptions = {}) {
    super();
    this.#maxQueueLength = maxQueueLength;
  }

  get connected(): boolean {
    return this.#connected;
  }

  async connect(): Promise<void> {
    if (this.#connected) return;
    this.#connected = true;
    this.emit("connected");
  }

  async declareQueue(queue: string): Promise<void> {
    this.#queue(queue);
  }

  /**
   * Calls the listener with each message that is published under the key, before the publish is
   * confirmed and whether or not there is a queue. The function that is returned ends that.
   */
  listen(routingKey: string, listener: (body: Uint8Array) => void): () => void {
    const listeners = this.#listeners.get(routingKey) ?? new Set();
    this.#listeners.set(routingKey, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  async publish(routingKey: string, body: Uint8Array): Promise<void> {
    this.#enqueue(routingKey, body);
    for (const listener of this.#listeners.get(routingKey) ?? []) listener(body);
  }

  #enqueue(routingKey: string, body: Uint8Array): void {
    const queue = this.#queues.get(routingKey);
    if (!queue) return;
    if (queue.waiting.length >= this.#maxQueueLength) {
      throw new BrokerError(
        "queue_full",
        `queue ${routingKey} holds ${this.#maxQueueLength} messages, its limit; consume it or raise maxQueueLength`,
      );
    }
    // A copy: the octets belong to the queue from here on, as they would on the wire.
    queue.waiting.push({ body: Uint8Array.from(body), redelivered: false });
    this.#handOut(queue);
  }

  async consume(
    name: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    const queue = this.#queue(name);
    const subscription: Subscription = { prefetch, onDelivery, unacknowledged: 0 };
    queue.subscriptions.push(subscription);
    this.#handOut(queue);
    return {
      cancel: async () => {
        const index = queue.subscriptions.indexOf(subscription);
        if (index >= 0) queue.subscriptions.splice(index, 1);
      },
    };
  }

  async close(): Promise<void> {
    if (!this.#connected) return;
    this.#connected = false;
    for (const { subscriptions } of this.#queues.values()) subscriptions.length = 0;
    // From the last to the first: each goes to the head of its queue.
    for (const delivery of [...this.#unsettled].reverse()) delivery.requeue();
  }

  #queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = { waiting: [], subscriptions: [] };
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #handOut(queue: Queue): void {
    while (queue.waiting.length > 0) {
      const turn = queue.subscriptions.findIndex((s) => s.unacknowledged < s.prefetch);
      const subscription = queue.subscriptions[turn];
      const stored = subscription && queue.waiting.shift();
      if (!stored) return;
      queue.subscriptions.push(...queue.subscriptions.splice(turn, 1));
      subscription.unacknowledged += 1;
      const delivery = this.#delivery(queue, subscription, stored);
      // Never inside the publisher's call: a delivery comes by itself, as from a socket, and a
      // message that is put back again and again leaves the process time for other things.
      setImmediate(() => subscription.onDelivery(delivery));
    }
  }

  #delivery(queue: Queue, subscription: Subscription, stored: Stored): Delivery {
    const settle = (): boolean => {
      if (!this.#unsettled.delete(delivery)) return false;
      subscription.unacknowledged -= 1;
      return true;
    };
    const delivery: Delivery = {
      ...stored,
      ack: () => {
        const settled = settle();
        this.#handOut(queue);
        return settled;
      },
      requeue: () => {
        if (settle()) queue.waiting.unshift({ body: stored.body, redelivered: true });
        this.#handOut(queue);
      },
    };
    this.#unsettled.add(delivery);
    return delivery;
  }
}
