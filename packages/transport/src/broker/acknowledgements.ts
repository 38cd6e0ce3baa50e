/** The acknowledgements of one AMQP channel, as few frames as possible. */
import type { Channel, ConsumeMessage } from "amqplib";

/** What is told of the acknowledgements of a channel. */
export interface AcknowledgementEvents {
  /** Frames were handed to the channel. */
  onFrames(): void;
  /** Nothing is unacknowledged any more. */
  onNoneOpen(): void;
}

/**
 * Acknowledges all deliveries up to one in a single frame where everything before it is finished
 * too, which most are: answers and confirms come in order. Waits for the end of the turn of the
 * event loop, and for nothing else: one slow message keeps no other back.
 */
export class Acknowledgements {
  readonly #channel: Pick<Channel, "ack" | "nack">;
  /** In the order of delivery. */
  readonly #open = new Set<ConsumeMessage>();
  readonly #finished = new Set<ConsumeMessage>();
  readonly #events: AcknowledgementEvents;

  constructor(channel: Pick<Channel, "ack" | "nack">, events: AcknowledgementEvents) {
    this.#channel = channel;
    this.#events = events;
  }

  /** Whether nothing is unacknowledged. */
  get noneOpen(): boolean {
    return this.#open.size === 0;
  }

  /** Every delivery of the channel, in order. */
  add(message: ConsumeMessage): void {
    this.#open.add(message);
  }

  ack(message: ConsumeMessage): void {
    if (this.#finished.size === 0) queueMicrotask(this.#afterMicrotasks);
    this.#finished.add(message);
  }

  requeue(message: ConsumeMessage): void {
    this.#open.delete(message);
    try {
      this.#channel.nack(message, false, true);
      this.#events.onFrames();
    } catch {
      // The channel was closed in this very turn: the message is back on its queue.
    }
    if (this.noneOpen) this.#events.onNoneOpen();
  }

  /** A tick asked for in a microtask comes when all promises that this turn settled have run. */
  readonly #afterMicrotasks = (): void => process.nextTick(this.flush);

  /** Hands what is finished to the channel now. */
  readonly flush = (): void => {
    let upTo: ConsumeMessage | undefined;
    for (const message of this.#open) {
      if (!this.#finished.delete(message)) break;
      this.#open.delete(message);
      upTo = message;
    }
    try {
      if (upTo) this.#channel.ack(upTo, true);
      for (const message of this.#finished) {
        this.#open.delete(message);
        this.#channel.ack(message);
      }
      this.#events.onFrames();
    } catch {
      // The channel was closed in this very turn: the broker delivers these messages again.
    }
    this.#finished.clear();
    if (this.noneOpen) this.#events.onNoneOpen();
  };
}
