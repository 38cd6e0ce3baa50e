/** The message bus as the worker needs it: confirmed publishing and acknowledged consuming. */
import type { Message } from "@esme/messages";
import { reasonOf } from "@esme/settings";

/** One message handed out by the broker; it stays the broker's until `ack`. */
export interface Delivery {
  readonly body: Uint8Array;
  /** What `body` says, where it was published in this process; not to be changed. */
  readonly message?: Message | undefined;
  /** True when the broker may have handed this message out before. */
  readonly redelivered: boolean;
  /**
   * How often this message was given back before, as far as the broker counts it: quorum queues of
   * RabbitMQ do, classic ones do not (0).
   */
  readonly givenBack: number;
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
  /**
   * Ends the subscription: nothing is handed out once it resolves, whatever happens to the
   * connection. Deliveries already handed out can still be acknowledged.
   */
  cancel(): Promise<void>;
}

/** Options that every broker has. */
export interface QueueOptions {
  /**
   * Whether `publish` and `consume` make a queue that is absent. Without, `publish` rejects with
   * `unroutable`, and `consume` waits until somebody has made the queue. Default true.
   */
  readonly declareQueues?: boolean;
}

/** What a broker tells while it works; it recovers by itself. */
export interface BrokerEvents {
  connected: [];
  /**
   * The connection is gone or could not be made; `error` says why. It, or the next node, is tried
   * after so many milliseconds.
   */
  disconnected: [error: Error, pause: number];
  /**
   * The broker takes no messages for now, and says why; what is published waits. `unblocked` ends it,
   * and so does the loss of the connection.
   */
  blocked: [reason: string];
  unblocked: [];
  /**
   * Something went wrong that leaves the connection as it is: a queue could not be declared or
   * consumed, which is tried again, or a consumer's function threw.
   */
  problem: [error: Error];
}

/**
 * One exchange of a message bus. Implementations: `RabbitBroker`, `MemoryBroker`.
 *
 * Routing is by key on the exchange `vumi`; a queue is bound under its own name.
 */
export interface Broker {
  /**
   * Begins to connect, and goes on trying until `close`: then it rejects with BrokerError `closed`.
   * Resolves once connected; while it is connecting or connected, a second call shares the first.
   */
  connect(): Promise<void>;
  readonly connected: boolean;
  /**
   * The node that it is connected to, `host:port`; undefined without, and absent where there are no
   * nodes.
   */
  readonly node?: string | undefined;
  /** All nodes that it may be connected to. */
  readonly nodes?: readonly string[];
  /**
   * Why the broker takes no messages for now, though it is connected: RabbitMQ is short of memory or
   * disk. Undefined, or absent: it takes them.
   */
  readonly blocked?: string | undefined;
  /**
   * Binds a queue under its own name, and makes it, durable, if it is absent. A queue that exists is
   * used as it is, whatever its type and arguments.
   */
  declareQueue(queue: string): Promise<void>;
  /**
   * Publishes a persistent message and resolves once the broker has confirmed it and a queue has
   * it.
   *
   * @throws BrokerError `unconfirmed` when the broker was lost or refused: the message may or may
   *   not have arrived; `refused` when it will never take this message, as one that is too large;
   *   `unroutable` when no queue is bound under the key: no queue has it; `closed` after `close`
   */
  publish(routingKey: string, body: Uint8Array): Promise<void>;
  /**
   * Hands out the messages of a queue, at most `prefetch` unacknowledged at a time. The
   * subscription survives the loss of the connection and of the queue until it is cancelled.
   */
  consume(
    queue: string,
    prefetch: number,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer>;
  /**
   * Closes the connection, whatever it is doing: subscriptions end, unacknowledged deliveries go
   * back to their queues, and what waits for the connection is rejected. `connect` begins anew.
   */
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
  readonly code:
    | "unconfirmed"
    | "refused"
    | "unroutable"
    | "closed"
    | "queue_full"
    | "queue_refused"
    | "not_connected";

  constructor(code: BrokerError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether the broker refused this very message: it would do so again, however often it is tried. */
export function isRefusal(error: unknown): boolean {
  return error instanceof BrokerError && error.code === "refused";
}

/** The error for a message that is larger than a broker takes. */
export function tooLarge(routingKey: string, octets: number, most: number): BrokerError {
  return new BrokerError(
    "refused",
    `a message to ${routingKey} has ${octets} octets, the broker takes at most ${most}`,
  );
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
}

/** The error for what asks a closed broker. */
export function brokerClosed(): BrokerError {
  return new BrokerError(
    "closed",
    "the broker is not connected: connect() was not called, or close() was",
  );
}

/** The error for a message that no queue took. */
export function unroutable(routingKey: string): BrokerError {
  return new BrokerError(
    "unroutable",
    `no queue is bound under ${routingKey}: declare and bind it, or let the worker do so (declare_queues)`,
  );
}
