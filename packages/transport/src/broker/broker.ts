/** The message bus as the worker needs it: confirmed publishing and acknowledged consuming. */

/** One message handed out by the broker; it stays the broker's until `ack`. */
export interface Delivery {
  readonly body: Uint8Array;
  /** True when the broker may have handed this message out before. */
  readonly redelivered: boolean;
  /**
   * Takes the message off its queue. False when the broker was lost meanwhile: the message is then
   * still the broker's and will be delivered again.
   */
  ack(): boolean;
  /** Puts the message back on its queue; harmless when the broker was lost. */
  requeue(): void;
}

/** A running subscription. */
export interface Consumer {
  /** Ends the subscription. Deliveries already handed out can still be acknowledged. */
  cancel(): Promise<void>;
}

/** What a broker tells while it works; it recovers by itself. */
export interface BrokerEvents {
  connected: [];
  /** The connection is gone or could not be made; `error` says why. It is tried again. */
  disconnected: [error: Error];
}

/**
 * One exchange of a message bus. Implementations: `RabbitBroker`, `MemoryBroker`.
 *
 * Routing is by key on the exchange `vumi`; a queue is bound under its own name.
 */
export interface Broker {
  /** Begins to connect, and goes on trying until `close`. Resolves once connected. */
  connect(): Promise<void>;
  readonly connected: boolean;
  /** Makes a durable queue and binds it under its own name. */
  declareQueue(queue: string): Promise<void>;
  /**
   * Publishes a persistent message and resolves once the broker has confirmed it.
   *
   * @throws BrokerError `unconfirmed` when the broker was lost or refused; the message may or may
   *   not have arrived
   */
  publish(routingKey: string, body: Uint8Array): Promise<void>;
  /**
   * Declares the queue and hands out its messages, at most `prefetch` unacknowledged at a time.
   * The subscription survives the loss of the connection until it is cancelled.
   */
  consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer>;
  /** Closes the connection; unacknowledged deliveries go back to their queues. */
  close(): Promise<void>;
  on<E extends keyof BrokerEvents>(event: E, listener: (...args: BrokerEvents[E]) => void): unknown;
  off<E extends keyof BrokerEvents>(
    event: E,
    listener: (...args: BrokerEvents[E]) => void,
  ): unknown;
}

/** A message that the broker did not take over. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: "unconfirmed" | "closed" | "queue_full";

  constructor(code: BrokerError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
