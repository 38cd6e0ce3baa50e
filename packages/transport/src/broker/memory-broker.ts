/** The embedded broker: RabbitMQ's semantics for one process, nothing stored on disk. */
import { EventEmitter } from "node:events";
import { type Queued, TurnQueue } from "@esme/bounded";
import { type Message, serialise } from "@esme/messages";
import {
  asError,
  type Broker,
  BrokerError,
  type BrokerEvents,
  brokerClosed,
  type Consumer,
  type Delivery,
  type QueueOptions,
  tooLarge,
  unroutable,
} from "./broker.ts";

/** Options of `MemoryBroker`. */
export interface MemoryBrokerOptions extends QueueOptions {
  /** Messages that one queue holds before `publish` refuses more. Default 100,000. */
  readonly maxQueueLength?: number;
  /**
   * The same in octets, of all bodies that wait in the queue. Default 268,435,456. A message of more
   * than that is never taken.
   */
  readonly maxQueueOctets?: number;
}

/** What is published: octets, or a message that has none before somebody asks for them. */
type Content =
  | { readonly body: Uint8Array; readonly message?: undefined }
  | { body?: Uint8Array; readonly message: Message };

interface Stored extends Queued<Stored> {
  readonly content: Content;
  readonly octets: number;
  readonly givenBack: number;
}

interface Subscription {
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  unacknowledged: number;
  isCancelled: boolean;
}

/** A message that a subscription gets by the next turn of the event loop. */
interface OnTheWay {
  readonly queue: Queue;
  readonly subscription: Subscription;
  readonly stored: Stored;
}

interface Queue {
  /** False for a queue that is consumed and that nobody has declared yet. */
  declared: boolean;
  readonly waiting: TurnQueue<Stored>;
  /** Of all bodies that wait. */
  octets: number;
  /** Those with room, in turn: the first one gets the next message and goes to the end. */
  readonly ready: Set<Subscription>;
}

/**
 * A broker inside the process, for `amqp_url: "memory:"`, demonstrations and tests. Messages end
 * with the process: `left` says how many, after a `close` too.
 */
export class MemoryBroker extends EventEmitter<BrokerEvents> implements Broker {
  readonly #queues = new Map<string, Queue>();
  readonly #listeners = new Map<string, Set<(body: Uint8Array) => void>>();
  /** Taken from their queues, and not with their subscriptions yet. */
  #onTheWay: OnTheWay[] = [];
  readonly #unsettled = new Set<Delivery>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #maxQueueLength: number;
  readonly #maxQueueOctets: number;
  readonly #declareQueues: boolean;
  #state: "new" | "connected" | "closed" = "new";
  #turns = 0;

  constructor(options: MemoryBrokerOptions = {}) {
    super();
    const {
      maxQueueLength = 100_000,
      maxQueueOctets = 268_435_456,
      declareQueues = true,
    } = options;
    this.#maxQueueLength = maxQueueLength;
    this.#maxQueueOctets = maxQueueOctets;
    this.#declareQueues = declareQueues;
  }

  get connected(): boolean {
    return this.#state === "connected";
  }

  /** The messages in each queue that is not empty, those handed out excepted. */
  get left(): Readonly<Record<string, number>> {
    const lengths = [...this.#queues].map(([name, { waiting }]) => [name, waiting.length] as const);
    return Object.fromEntries(lengths.filter(([, length]) => length > 0));
  }

  async connect(): Promise<void> {
    if (this.#state === "connected") return;
    this.#state = "connected";
    this.#guard(() => this.emit("connected"));
  }

  async declareQueue(queue: string): Promise<void> {
    this.#refuseWhenClosed();
    this.#queue(queue).declared = true;
  }

  /**
   * Calls the listener with each message that is published under the key, before the publish is
   * confirmed. A key that is listened to needs no queue. The function that is returned ends that.
   */
  listen(routingKey: string, listener: (body: Uint8Array) => void): () => void {
    const listeners = this.#listeners.get(routingKey) ?? new Set();
    this.#listeners.set(routingKey, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  async publish(routingKey: string, body: Uint8Array): Promise<void> {
    // A copy: the octets belong to the queue from here on, as they would on the wire.
    this.#publish(routingKey, { body: new Uint8Array(body) }, body.length);
  }

  /**
   * Publishes a message as it is: its consumer gets the object, and octets only where it asks for them.
   * `octets` is what it counts in its queue. The message belongs to the queue from here on.
   */
  async publishMessage(routingKey: string, message: Message, octets: number): Promise<void> {
    this.#publish(routingKey, { message }, octets);
  }

  #publish(routingKey: string, content: Content, octets: number): void {
    this.#refuseWhenClosed();
    const listeners = this.#listeners.get(routingKey);
    const isHeard = listeners !== undefined && listeners.size > 0;
    if (this.#declareQueues && !isHeard) this.#queue(routingKey).declared = true;
    const queue = this.#queues.get(routingKey);
    if (queue?.declared) this.#enqueue(routingKey, queue, content, octets);
    else if (!isHeard) throw unroutable(routingKey);
    for (const listener of listeners ?? []) this.#guard(() => listener(bodyOf(content)));
  }

  #enqueue(name: string, queue: Queue, content: Content, octets: number): void {
    if (octets > this.#maxQueueOctets) throw tooLarge(name, octets, this.#maxQueueOctets);
    if (queue.waiting.length >= this.#maxQueueLength) {
      throw queueFull(name, `${this.#maxQueueLength} messages`, "maxQueueLength");
    }
    if (queue.octets + octets > this.#maxQueueOctets) {
      throw queueFull(
        name,
        `as much as fits into ${this.#maxQueueOctets} octets`,
        "maxQueueOctets",
      );
    }
    this.#turns += 1;
    wait(queue, { content, octets, givenBack: 0, turn: this.#turns });
    this.#handOut(queue);
  }

  async consume(
    name: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    this.#refuseWhenClosed();
    const queue = this.#queue(name);
    queue.declared ||= this.#declareQueues;
    const subscription = { prefetch, onDelivery, unacknowledged: 0, isCancelled: false };
    this.#subscriptions.add(subscription);
    queue.ready.add(subscription);
    this.#handOut(queue);
    return {
      cancel: async () => {
        subscription.isCancelled = true;
        this.#subscriptions.delete(subscription);
        queue.ready.delete(subscription);
      },
    };
  }

  async close(): Promise<void> {
    this.#state = "closed";
    for (const subscription of this.#subscriptions) subscription.isCancelled = true;
    this.#subscriptions.clear();
    for (const { ready } of this.#queues.values()) ready.clear();
    for (const { queue, stored } of this.#onTheWay) wait(queue, stored);
    this.#onTheWay = [];
    for (const delivery of this.#unsettled) delivery.requeue();
  }

  #refuseWhenClosed(): void {
    if (this.#state === "closed") throw brokerClosed();
  }

  #queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = { declared: false, waiting: new TurnQueue(), octets: 0, ready: new Set() };
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #handOut(queue: Queue): void {
    for (const subscription of queue.ready) {
      const stored = queue.waiting.first;
      if (!stored) return;
      queue.waiting.remove(stored);
      queue.octets -= stored.octets;
      subscription.unacknowledged += 1;
      queue.ready.delete(subscription);
      // At the end, where this very loop comes to it again in its turn.
      if (hasRoom(subscription)) queue.ready.add(subscription);
      // Never inside the publisher's call: a delivery comes by itself, as from a socket. All of a turn
      // at once: promises run between two immediates, so that with one for each delivery each submit_sm
      // was a write of its own, an eighth of a gateway's time (tools/bench, gateway).
      if (this.#onTheWay.length === 0) setImmediate(this.#arrive);
      this.#onTheWay.push({ queue, subscription, stored });
    }
  }

  readonly #arrive = (): void => {
    const arriving = this.#onTheWay;
    this.#onTheWay = [];
    for (const { queue, subscription, stored } of arriving) {
      this.#arriveAt(subscription, queue, stored);
    }
  };

  #arriveAt(subscription: Subscription, queue: Queue, stored: Stored): void {
    if (subscription.isCancelled) {
      wait(queue, stored);
      this.#handOut(queue);
    } else {
      this.#deliver(queue, subscription, stored);
    }
  }

  #deliver(queue: Queue, subscription: Subscription, stored: Stored): void {
    const settle = (): boolean => {
      if (!this.#unsettled.delete(delivery)) return false;
      subscription.unacknowledged -= 1;
      if (!subscription.isCancelled) queue.ready.add(subscription);
      return true;
    };
    const { content, givenBack, octets, turn } = stored;
    const delivery: Delivery = {
      get body() {
        return bodyOf(content);
      },
      message: content.message,
      redelivered: givenBack > 0,
      givenBack,
      ack: () => {
        const settled = settle();
        this.#handOut(queue);
        return settled;
      },
      requeue: () => {
        if (settle()) wait(queue, { content, octets, givenBack: givenBack + 1, turn });
        this.#handOut(queue);
      },
    };
    this.#unsettled.add(delivery);
    // When it throws, its message stays unacknowledged.
    this.#guard(() => subscription.onDelivery(delivery));
  }

  /** A function of somebody else that throws must not end the process, nor a publish. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      try {
        this.emit("problem", asError(error));
      } catch {
        // Nobody is left to tell.
      }
    }
  }
}

function bodyOf(content: Content): Uint8Array {
  if (content.message === undefined) return content.body;
  content.body ??= Buffer.from(serialise(content.message));
  return content.body;
}

/** Puts a message into its place: behind all others, or where it was. */
function wait(queue: Queue, stored: Stored): void {
  queue.waiting.insert(stored);
  queue.octets += stored.octets;
}

function queueFull(name: string, holds: string, option: keyof MemoryBrokerOptions): BrokerError {
  return new BrokerError(
    "queue_full",
    `queue ${name} holds ${holds}, its limit; consume it or raise ${option}`,
  );
}

function hasRoom({ prefetch, unacknowledged }: Subscription): boolean {
  return unacknowledged < prefetch;
}
