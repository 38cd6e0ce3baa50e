/** One slot of an account in RabbitMQ: a queue with one active consumer, and a token in it. */
import type { Delivery } from "../broker/broker.ts";
import type { RabbitConsumption } from "../broker/rabbit-consumption.ts";
import type { LinkTenant, RabbitLink } from "../broker/rabbit-link.ts";
import { OwnGrant } from "./own-grant.ts";
import type { Grant } from "./session-lease.ts";

/** What a slot is made of, and whom it tells. */
export interface RabbitSlotOptions {
  readonly slot: number;
  readonly queue: string;
  readonly queueArguments: Readonly<Record<string, unknown>>;
  /** Between the token and the grant: whoever had it before has noticed by then. In milliseconds. */
  readonly margin: number;
  /** Before the token is asked for, in milliseconds: longer for whoever has more slots. */
  readonly delay: () => number;
  /** Whether nobody else can have what this process has. */
  readonly isFresh: () => boolean;
  /** Puts a token into the queue. */
  readonly publish: () => Promise<void>;
  readonly onGrant: (grant: Grant) => void;
  /** It was got, or is no longer had. */
  readonly onChange: () => void;
  /** The broker refused something, which is tried again. */
  readonly onProblem: (error: unknown) => void;
}

type Token = Pick<Delivery, "ack" | "requeue">;

type State =
  /** There is no link, or nobody asks. */
  | { readonly kind: "away" }
  /** Waits before it asks. */
  | { readonly kind: "resting"; readonly link: RabbitLink; readonly timer: NodeJS.Timeout }
  | { readonly kind: "asking"; readonly link: RabbitLink }
  /** In the line of those that want the token. */
  | { readonly kind: "waiting"; readonly link: RabbitLink; readonly consumption: RabbitConsumption }
  /** Has the token, and waits for the margin, or for a pulse. */
  | (Holding & { readonly kind: "taking"; readonly timer: NodeJS.Timeout | undefined })
  | (Holding & { readonly kind: "held"; readonly grant: OwnGrant })
  | { readonly kind: "closed" };

interface Holding {
  readonly link: RabbitLink;
  readonly consumption: RabbitConsumption;
  readonly token: Token;
}

/** Before the broker is asked again that refused, or that ended a consumer, in milliseconds. */
const retryPause = 500;

/** Wants its slot for as long as it has a link, until it is closed. */
export class RabbitSlot implements LinkTenant {
  readonly #options: RabbitSlotOptions;
  #state: State = { kind: "away" };

  constructor(options: RabbitSlotOptions) {
    this.#options = options;
  }

  get isHeld(): boolean {
    return this.#state.kind === "held";
  }

  attach(link: RabbitLink): void {
    if (this.#state.kind === "away") this.#rest(link, this.#options.delay());
  }

  detach(): void {
    if (this.#state.kind === "closed") return;
    this.#lose("the broker was lost");
    this.#state = { kind: "away" };
  }

  /** The pulse began or ended. */
  follow(): void {
    const { isFresh } = this.#options;
    const state = this.#state;
    if (state.kind === "held" && !isFresh()) {
      this.#lose("the broker did not answer");
      this.#take(state);
    } else if (state.kind === "taking" && state.timer === undefined && isFresh()) {
      this.#grant(state);
    }
  }

  /** Asks whoever uses the slot to give it to others; false when it is not held. */
  handOver(): boolean {
    if (this.#state.kind !== "held") return false;
    this.#state.grant.want();
    return true;
  }

  /** Wants it no more; no session is open under it. */
  async close(): Promise<void> {
    const before = this.#state;
    this.#lose("the lease was closed");
    this.#state = { kind: "closed" };
    await giveBack(before);
  }

  #rest(link: RabbitLink, pause: number): void {
    const timer = setTimeout(() => void this.#ask(link), pause);
    this.#state = { kind: "resting", link, timer };
  }

  async #ask(link: RabbitLink): Promise<void> {
    const { onProblem, publish, queue, queueArguments } = this.#options;
    const mine: State = { kind: "asking", link };
    this.#state = mine;
    try {
      await link.declareQueue(queue, queueArguments);
      // The queue keeps one that waits, whoever publishes how many: so a token that was lost is replaced.
      await publish();
      if (this.#state !== mine) return;
      const consumption = await link.consume(queue, 1, {
        onMessage: (message, from) => {
          this.#onToken(link, from, {
            ack: () => from.ack(message),
            requeue: () => from.requeue(message),
          });
        },
        onEnded: () => this.#onEnded(link),
      });
      if (this.#isAsking(mine)) this.#state = { kind: "waiting", link, consumption };
      else if (!this.#has(consumption)) await consumption.cancel();
    } catch (error) {
      if (!link.isOpen || !this.#isAsking(mine)) return;
      onProblem(error);
      this.#rest(link, retryPause);
    }
  }

  /** The compiler does not know that the state changes while one waits. */
  #isAsking(mine: State): boolean {
    return this.#state === mine;
  }

  #has(consumption: RabbitConsumption): boolean {
    return "consumption" in this.#state && this.#state.consumption === consumption;
  }

  /** It may come before the answer to the question for it. */
  #onToken(link: RabbitLink, consumption: RabbitConsumption, token: Token): void {
    const { kind } = this.#state;
    if (kind !== "asking" && kind !== "waiting") return;
    this.#take({ link, consumption, token });
  }

  #take({ link, consumption, token }: Holding): void {
    const timer = setTimeout(() => {
      const holding = { link, consumption, token };
      if (this.#options.isFresh()) this.#grant(holding);
      else this.#state = { kind: "taking", ...holding, timer: undefined };
    }, this.#options.margin);
    this.#state = { kind: "taking", link, consumption, token, timer };
  }

  #grant({ link, consumption, token }: Holding): void {
    const { isFresh, onChange, onGrant, slot } = this.#options;
    const grant: OwnGrant = new OwnGrant(slot, isFresh, () => this.#release(grant));
    this.#state = { kind: "held", link, consumption, token, grant };
    onChange();
    onGrant(grant);
  }

  /** Whoever used it has ended its session: the next in line may have it. */
  async #release(grant: OwnGrant): Promise<void> {
    const before = this.#state;
    if (before.kind !== "held" || before.grant !== grant) return;
    const { link } = before;
    this.#rest(link, this.#options.delay() + this.#options.margin);
    this.#options.onChange();
    await giveBack(before);
  }

  /** The broker ended the consumer: the queue was deleted, or its channel lost. */
  #onEnded(link: RabbitLink): void {
    if (!("link" in this.#state) || this.#state.link !== link) return;
    if (this.#state.kind === "resting" || this.#state.kind === "asking") return;
    this.#lose("its queue is gone");
    this.#rest(link, retryPause);
  }

  /** Ends what runs; whoever uses the slot hears of it. */
  #lose(reason: string): void {
    const before = this.#state;
    if ("timer" in before) clearTimeout(before.timer);
    if (before.kind !== "held") return;
    before.grant.lose(reason);
    this.#state = { kind: "away" };
    this.#options.onChange();
  }
}

/** The consumer first: else the broker would deliver the token here once more. */
async function giveBack(state: State): Promise<void> {
  if (!("consumption" in state)) return;
  await state.consumption.cancel();
  if ("token" in state) state.token.requeue();
}
