/** Whether this process still counts as there to the broker: asked again and again. */
import type { Channel } from "amqplib";
import type { LinkTenant, RabbitLink } from "../broker/rabbit-link.ts";

/** What is asked, and what follows. */
export interface PulseOptions {
  /** A queue that is always empty: to look into it, most of its nodes must agree. */
  readonly queue: string;
  readonly queueArguments: Readonly<Record<string, unknown>>;
  /** Between two questions, in milliseconds. */
  readonly interval: number;
  /** For how long an answer holds, from the moment of its question, in milliseconds. */
  readonly validity: number;
  /** An answer holds from now on, where none did; or none does any more. */
  readonly onChange: () => void;
}

/**
 * The broker gives a slot away after it heard nothing from this process for a heartbeat. It heard this
 * process at the latest question that it answered. So until `validity`, which is shorter, is over from
 * then on, no other process has the slot; also not while this one was frozen, since it cannot have asked.
 */
export class Pulse implements LinkTenant {
  readonly #options: PulseOptions;
  #link: RabbitLink | undefined;
  #asking: NodeJS.Timeout | undefined;
  #ending: NodeJS.Timeout | undefined;
  /** On the clock of `performance.now()`. */
  #until = Number.NEGATIVE_INFINITY;
  #wasFresh = false;

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  get isFresh(): boolean {
    return performance.now() < this.#until;
  }

  attach(link: RabbitLink): void {
    this.#link = link;
    void this.#run(link);
  }

  detach(): void {
    this.#link = undefined;
    clearTimeout(this.#asking);
    this.#until = Number.NEGATIVE_INFINITY;
    this.#follow();
  }

  /** Until the link is lost. A queue that is away for a while is asked for again. */
  async #run(link: RabbitLink): Promise<void> {
    const { interval, queue, queueArguments } = this.#options;
    while (this.#link === link) {
      try {
        await link.declareQueue(queue, queueArguments);
        const channel = await link.channel();
        const lost = new Promise<never>((_, reject) => {
          channel.on("close", () => reject(new Error("the channel was closed")));
        });
        // Heard by whoever waits at that moment.
        lost.catch(() => {});
        while (this.#link === link) {
          await Promise.race([this.#ask(channel), lost]);
          await this.#pause(interval);
        }
      } catch {
        await this.#pause(interval);
      }
    }
  }

  async #ask(channel: Channel): Promise<void> {
    const { queue, validity } = this.#options;
    const asked = performance.now();
    await channel.get(queue, { noAck: true });
    this.#until = asked + validity;
    this.#follow();
  }

  #pause(interval: number): Promise<void> {
    return new Promise((resolve) => {
      this.#asking = setTimeout(resolve, interval);
    });
  }

  #follow(): void {
    clearTimeout(this.#ending);
    const left = this.#until - performance.now();
    if (left > 0) this.#ending = setTimeout(() => this.#follow(), Math.ceil(left));
    const isFresh = left > 0;
    if (isFresh === this.#wasFresh) return;
    this.#wasFresh = isFresh;
    this.#options.onChange();
  }
}
