/** Consumes the outbound queue while its messages can be sent, and only then. */
import type { Broker, Consumer, Delivery } from "../broker/broker.ts";
import type { Logger } from "../log/logger.ts";

/** What is consumed, and when. */
export interface OutboundConsumerOptions {
  readonly broker: Broker;
  readonly queue: string;
  readonly logger: Logger;
  readonly onDelivery: (delivery: Delivery) => void;
  /** The most that `prefetch` says. */
  readonly most: number;
  /** How many messages may be unacknowledged now; 0: the consumer is cancelled. */
  readonly prefetch: () => number;
  /**
   * Messages that were taken and have not met their fate: a new consumer waits until they are less than
   * its prefetch, since the broker does not count those of the consumer before it.
   */
  readonly inHand: () => number;
}

type State =
  | { readonly kind: "idle" }
  /** The broker was asked for a consumer, or to end it; `done` resolves, whatever comes of it. */
  | { readonly kind: "changing"; readonly done: Promise<void> }
  | { readonly kind: "consuming"; readonly consumer: Consumer; readonly prefetch: number }
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

  /** Something changed that decides whether to consume, or how many. */
  follow(): void {
    const { inHand, most, prefetch } = this.#options;
    switch (this.#state.kind) {
      case "idle": {
        const wanted = prefetch();
        if (wanted > inHand()) this.#change(() => this.#begin(wanted));
        return;
      }
      case "consuming": {
        const { consumer } = this.#state;
        if (!fits(this.#state.prefetch, prefetch(), most)) this.#change(() => this.#end(consumer));
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
    const state = this.#state;
    const isLess = state.kind === "consuming" && state.prefetch < this.#options.most;
    if (isLess || state.kind === "idle") this.follow();
  }

  /** Resolves once the broker has answered what it was asked, if it was. */
  async settled(): Promise<void> {
    while (this.#state.kind === "changing") await this.#state.done;
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

  async #begin(prefetch: number): Promise<State> {
    const { broker, onDelivery, queue } = this.#options;
    const consumer = await broker.consume(queue, prefetch, onDelivery);
    return { kind: "consuming", consumer, prefetch };
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

/** A consumer keeps its prefetch: it ends and begins anew for another, but not for every change of a rate. */
function fits(prefetch: number, wanted: number, most: number): boolean {
  if (wanted === prefetch) return true;
  return wanted !== most && wanted < 2 * prefetch && prefetch < 2 * wanted;
}
