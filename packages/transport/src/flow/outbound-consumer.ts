/** Consumes the outbound queue while its messages can be sent, and only then. */
import type { Broker, Consumer, Delivery } from "../broker/broker.ts";
import type { Logger } from "../log/logger.ts";

/** What is consumed, and when. */
export interface OutboundConsumerOptions {
  readonly broker: Broker;
  readonly queue: string;
  readonly prefetch: number;
  readonly logger: Logger;
  readonly onDelivery: (delivery: Delivery) => void;
  /** Whether messages can be sent now; else the consumer is cancelled. */
  readonly canSend: () => boolean;
  /**
   * Whether a new consumer may bring `prefetch` more: those that were taken before it are not
   * counted by the broker.
   */
  readonly hasRoom: () => boolean;
}

type State =
  | { readonly kind: "idle" }
  /** The broker was asked for a consumer, or to end it; `done` resolves, whatever comes of it. */
  | { readonly kind: "changing"; readonly done: Promise<void> }
  | { readonly kind: "consuming"; readonly consumer: Consumer }
  /** The broker could not; it is asked again. */
  | { readonly kind: "pausing"; readonly timer: NodeJS.Timeout }
  | { readonly kind: "stopped" };

/** Before the broker is asked again, in milliseconds. */
const retryDelay = 1_000;

/** One step at a time: a link that flaps must not leave two consumers behind. */
export class OutboundConsumer {
  readonly #options: OutboundConsumerOptions;
  #state: State = { kind: "idle" };

  constructor(options: OutboundConsumerOptions) {
    this.#options = options;
  }

  /** Something changed that decides whether to consume. */
  follow(): void {
    const { canSend, hasRoom } = this.#options;
    switch (this.#state.kind) {
      case "idle":
        if (canSend() && hasRoom()) this.#change(() => this.#begin());
        return;
      case "consuming": {
        const { consumer } = this.#state;
        if (!canSend()) this.#change(() => this.#end(consumer));
        return;
      }
      case "changing":
      case "pausing":
      case "stopped":
      // Looks again when that is over, or never more.
    }
  }

  /** A message left: asked for each, so it is cheap while all goes well. */
  roomMade(): void {
    if (this.#state.kind === "idle") this.follow();
  }

  /** Resolves once the broker has answered what it was asked, if it was. */
  async settled(): Promise<void> {
    if (this.#state.kind === "changing") await this.#state.done;
  }

  /** Resolves once nothing more is delivered, for good. */
  async stop(): Promise<void> {
    const before = this.#state;
    this.#state = { kind: "stopped" };
    switch (before.kind) {
      case "changing":
        return before.done;
      case "consuming":
        return before.consumer.cancel();
      case "pausing":
        return clearTimeout(before.timer);
      case "idle":
      case "stopped":
    }
  }

  #change(step: () => Promise<State>): void {
    // Set before the first step is taken: what happens meanwhile must see it.
    const done = Promise.resolve().then(async () => {
      const next = await step().catch((err: unknown) => this.#refused(err));
      if (this.#state === mine) {
        this.#state = next;
        this.follow();
      } else {
        await this.#undo(next);
      }
    });
    const mine: State = { kind: "changing", done };
    this.#state = mine;
  }

  async #begin(): Promise<State> {
    const { broker, onDelivery, prefetch, queue } = this.#options;
    return { kind: "consuming", consumer: await broker.consume(queue, prefetch, onDelivery) };
  }

  async #end(consumer: Consumer): Promise<State> {
    await consumer.cancel();
    return { kind: "idle" };
  }

  #refused(err: unknown): State {
    this.#options.logger.error({ err }, "the broker did not begin or end to deliver, trying again");
    const timer = setTimeout(() => {
      this.#state = { kind: "idle" };
      this.follow();
    }, retryDelay);
    return { kind: "pausing", timer };
  }

  /** It was stopped meanwhile. */
  async #undo(state: State): Promise<void> {
    if (state.kind === "consuming") await state.consumer.cancel();
    if (state.kind === "pausing") clearTimeout(state.timer);
  }
}
