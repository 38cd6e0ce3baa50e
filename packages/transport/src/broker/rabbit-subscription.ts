/** One subscription over any number of connections: one consumer at a time, none once it is cancelled. */
import type { ConsumeMessage } from "amqplib";
import { asError, type Delivery } from "./broker.ts";
import type { RabbitConsumption } from "./rabbit-consumption.ts";
import type { RabbitLink } from "./rabbit-link.ts";

/** What a subscription is for, and whom it tells. */
export interface SubscriptionOptions {
  readonly queue: string;
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** Whether a queue that is absent is made; else it is waited for. */
  readonly declares: boolean;
  /** Between tries on a link that refuses, in milliseconds; doubled each time. */
  readonly pauses: { readonly initialDelay: number; readonly maxDelay: number };
  /** The broker refused, which is tried again; or `onDelivery` threw. */
  readonly onProblem: (error: Error) => void;
}

type State =
  /** There is no link. */
  | { readonly kind: "waiting" }
  /** The broker was asked for a consumer; `done` resolves, whatever comes of it. */
  | { readonly kind: "starting"; readonly link: RabbitLink; readonly done: Promise<void> }
  /** The broker refused; it is asked again. */
  | { readonly kind: "pausing"; readonly link: RabbitLink; readonly timer: NodeJS.Timeout }
  | {
      readonly kind: "running";
      readonly link: RabbitLink;
      readonly consumption: RabbitConsumption;
    }
  | { readonly kind: "cancelled" };

/** Begins without a link. */
export class RabbitSubscription {
  readonly #options: SubscriptionOptions;
  #state: State = { kind: "waiting" };
  #refusals = 0;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** A link was opened. Resolves once it was asked for a consumer, whatever came of it. */
  async attach(link: RabbitLink): Promise<void> {
    if (this.#state.kind === "waiting") await this.#start(link);
  }

  /** The link was lost. */
  detach(): void {
    if (this.#state.kind === "cancelled") return;
    if (this.#state.kind === "pausing") clearTimeout(this.#state.timer);
    this.#state = { kind: "waiting" };
  }

  /** Resolves once nothing more is handed out. */
  async cancel(): Promise<void> {
    const before = this.#state;
    this.#state = { kind: "cancelled" };
    switch (before.kind) {
      case "starting":
        return before.done;
      case "pausing":
        return clearTimeout(before.timer);
      case "running":
        return before.consumption.cancel();
      case "waiting":
      case "cancelled":
    }
  }

  #start(link: RabbitLink): Promise<void> {
    // Set before the first step is taken: what happens meanwhile must see it.
    const begin = Promise.resolve().then(() => this.#consume(link, () => this.#state === mine));
    const mine: State = { kind: "starting", link, done: begin };
    this.#state = mine;
    return begin;
  }

  async #consume(link: RabbitLink, isWanted: () => boolean): Promise<void> {
    const { declares, prefetch, queue } = this.#options;
    let isGone = false;
    let consumption: RabbitConsumption;
    try {
      if (declares) await link.declareQueue(queue);
      else await link.checkQueue(queue);
      if (!isWanted()) return;
      consumption = await link.consume(queue, prefetch, {
        onMessage: (message, from) => this.#deliver(from, message),
        onEnded: () => {
          isGone = true;
          if (this.#state.kind === "running" && this.#state.link === link) this.#pause(link);
        },
      });
    } catch (error) {
      if (!link.isOpen) return;
      this.#options.onProblem(asError(error));
      if (isWanted()) this.#pause(link);
      return;
    }
    if (!isWanted()) return consumption.cancel();
    if (isGone) return this.#pause(link);
    this.#refusals = 0;
    this.#state = { kind: "running", link, consumption };
  }

  /** A deleted queue is made again; one that is deleted over and over does not keep us busy. */
  #pause(link: RabbitLink): void {
    const { initialDelay, maxDelay } = this.#options.pauses;
    const pause = Math.min(initialDelay * 2 ** this.#refusals, maxDelay);
    this.#refusals += 1;
    const timer = setTimeout(() => void this.#start(link), pause);
    this.#state = { kind: "pausing", link, timer };
  }

  #deliver(consumption: RabbitConsumption, message: ConsumeMessage): void {
    const { onDelivery, onProblem } = this.#options;
    try {
      onDelivery({
        body: message.content,
        redelivered: message.fields.redelivered,
        givenBack: timesGivenBack(message),
        // A delivery belongs to its channel: on another one its tag would name another message.
        ack: () => consumption.ack(message),
        requeue: () => consumption.requeue(message),
      });
    } catch (error) {
      onProblem(asError(error));
    }
  }
}

/** Quorum queues count it, from the second delivery on. */
function timesGivenBack({ properties: { headers } }: ConsumeMessage): number {
  const count: unknown = headers?.["x-delivery-count"];
  return typeof count === "number" ? count : 0;
}
