/** What was published and is not confirmed yet: in order, over any number of connections. */
import {
  asError,
  BrokerError,
  brokerClosed,
  type QueueOptions,
  tooLarge,
  unroutable,
} from "./broker.ts";
import type { PublishEnd, RabbitLink } from "./rabbit-link.ts";
import { pauseOf } from "./retry.ts";

/** What `Outbox` works with. */
export interface OutboxOptions extends Required<QueueOptions> {
  /** How long a message may wait to be sent, in milliseconds. */
  readonly timeout: number;
  /** The broker refused a message that it may take later. */
  readonly onProblem: (error: Error) => void;
}

/** Where messages are sent. */
export type OutboxLink = Pick<RabbitLink, "publish" | "renew" | "declareQueue" | "isOpen">;

/** How often a returned message is published again, each time after declaring its queue. */
const maxReturns = 3;

/**
 * Before messages that the broker refused are published again, in milliseconds: a queue whose leader
 * died has another within a second or two, on a busy machine five. A full queue stays so, and whoever publishes decides.
 */
const refusalPauses = { initial: 100, max: 2_000 };
const maxRefusals = 7;

interface Entry {
  readonly routingKey: string;
  readonly content: Buffer;
  /** What was published before has a smaller one. */
  readonly order: number;
  resolve(): void;
  reject(error: BrokerError): void;
  readonly ended: (end: PublishEnd) => void;
  /** How often no queue took it. */
  returns: number;
  /** Runs from when it first had to wait. */
  timer: NodeJS.Timeout | undefined;
  isLate: boolean;
}

/** Messages under one key that are not to be sent now: all later ones wait behind them. */
interface Lane {
  readonly waiting: Set<Entry>;
  /** In the pause after a refusal, or while its queue is declared. */
  isHeld: boolean;
  /** In a row. */
  refusals: number;
}

/**
 * A message that the broker refused, or that was lost with a connection, is sent again before any
 * later one under its key.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** Of keys that have messages waiting, or had one refused lately. */
  readonly #lanes = new Map<string, Lane>();
  /** Where messages are sent now. */
  #link: OutboxLink | undefined;
  /** The link gets a new channel: nothing is sent until then. */
  #renewal: { readonly link: OutboxLink; readonly done: Promise<void> } | undefined;
  /** Why there is no link. */
  #reason = "the broker is not connected";
  #published = 0;
  #isClosed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** As `Broker.publish`. */
  publish(routingKey: string, content: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Entry = {
        routingKey,
        content,
        order: this.#published,
        resolve,
        reject,
        ended: (end) => this.#ended(entry, end),
        returns: 0,
        timer: undefined,
        isLate: false,
      };
      this.#published += 1;
      const lane = this.#lanes.get(routingKey);
      const isBehind = lane !== undefined && (lane.isHeld || lane.waiting.size > 0);
      const link = this.#sender;
      if (link === undefined || isBehind) this.#wait(entry);
      else link.publish(entry);
    });
  }

  /** Where a message can be sent now. */
  get #sender(): OutboxLink | undefined {
    return this.#renewal === undefined ? this.#link : undefined;
  }

  /** From now on messages are sent over this link: first what waits. */
  open(link: OutboxLink): void {
    this.#link = link;
    if (this.#renewal?.link !== link) this.#renewal = undefined;
    this.#flushAll();
  }

  /** Until `open`, nothing is sent. */
  pause(reason: string): void {
    this.#link = undefined;
    this.#reason = reason;
  }

  /** Rejects what waits, and what is lost from now on. */
  close(): void {
    this.#isClosed = true;
    this.#link = undefined;
    for (const { waiting } of this.#lanes.values()) {
      for (const entry of waiting) this.#reject(entry, brokerClosed());
    }
    this.#lanes.clear();
  }

  #ended(entry: Entry, end: PublishEnd): void {
    const { content, routingKey } = entry;
    switch (end.kind) {
      case "confirmed":
        if (entry.timer !== undefined) clearTimeout(entry.timer);
        if (this.#lanes.size > 0) this.#taken(routingKey);
        entry.resolve();
        break;
      case "too_large":
        this.#reject(entry, tooLarge(routingKey, content.length, end.most));
        break;
      case "returned":
        this.#returned(entry);
        break;
      case "refused":
        this.#refused(entry);
        break;
      case "lost":
        this.#wait(entry);
    }
  }

  /** A message was confirmed: its key is forgotten when nothing waits under it. */
  #taken(routingKey: string): void {
    const lane = this.#lanes.get(routingKey);
    if (lane === undefined) return;
    lane.refusals = 0;
    if (lane.waiting.size === 0 && !lane.isHeld) this.#lanes.delete(routingKey);
  }

  #laneOf(routingKey: string): Lane {
    const lane = this.#lanes.get(routingKey) ?? {
      waiting: new Set<Entry>(),
      isHeld: false,
      refusals: 0,
    };
    this.#lanes.set(routingKey, lane);
    return lane;
  }

  #wait(entry: Entry): void {
    if (this.#isClosed || entry.isLate) {
      this.#reject(entry, this.#unconfirmed(entry));
      return;
    }
    const { waiting } = this.#laneOf(entry.routingKey);
    waiting.add(entry);
    entry.timer ??= setTimeout(() => {
      entry.isLate = true;
      // One that is on its way has its answer to wait for.
      if (waiting.delete(entry)) this.#reject(entry, this.#unconfirmed(entry));
    }, this.#options.timeout);
  }

  /** Lets a message wait, and all later ones under its key, until the lane is released. */
  #hold(entry: Entry, begin: (lane: Lane) => void): void {
    this.#wait(entry);
    const lane = this.#lanes.get(entry.routingKey);
    if (lane === undefined || lane.isHeld) return;
    lane.isHeld = true;
    begin(lane);
  }

  #returned(entry: Entry): void {
    entry.returns += 1;
    if (!this.#options.declareQueues || entry.returns > maxReturns) {
      this.#reject(entry, unroutable(entry.routingKey));
    } else {
      this.#hold(entry, (lane) => void this.#declare(lane, entry.routingKey));
    }
  }

  #refused(entry: Entry): void {
    const { isHeld, refusals } = this.#laneOf(entry.routingKey);
    if (!isHeld && refusals >= maxRefusals) {
      this.#reject(entry, refused(entry));
      return;
    }
    this.#hold(entry, (lane) => {
      lane.refusals += 1;
      this.#options.onProblem(refused(entry));
      void this.#rest(lane);
    });
  }

  async #rest(lane: Lane): Promise<void> {
    const { refusals } = lane;
    await this.#renewed();
    // A process that has nothing else to do need not wait for it.
    setTimeout(() => this.#release(lane), pauseOf(refusalPauses, refusals)).unref();
  }

  /** A channel that was refused one message may be refused all: nothing is sent until there is another. */
  #renewed(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return Promise.resolve();
    if (this.#renewal?.link === link) return this.#renewal.done;
    const over = (): void => {
      if (this.#renewal !== renewal) return;
      this.#renewal = undefined;
      this.#flushAll();
    };
    // Rejected when the link is lost: then there will be another.
    const renewal = { link, done: link.renew().then(over, over) };
    this.#renewal = renewal;
    return renewal.done;
  }

  async #declare(lane: Lane, routingKey: string): Promise<void> {
    const link = this.#link;
    try {
      await link?.declareQueue(routingKey);
    } catch (cause) {
      // A link that was lost on the way says nothing about the queue.
      if (link?.isOpen) {
        const what = `no queue is bound under ${routingKey}, and none could be declared`;
        const error = new BrokerError("unroutable", `${what}: ${asError(cause).message}`, {
          cause,
        });
        for (const entry of lane.waiting) this.#reject(entry, error);
        lane.waiting.clear();
      }
    }
    this.#release(lane);
  }

  #release(lane: Lane): void {
    lane.isHeld = false;
    this.#flush(lane);
  }

  #flushAll(): void {
    for (const lane of this.#lanes.values()) this.#flush(lane);
  }

  #flush(lane: Lane): void {
    const link = this.#sender;
    if (link === undefined || lane.isHeld) return;
    const entries = [...lane.waiting].sort((one, other) => one.order - other.order);
    lane.waiting.clear();
    for (const entry of entries) link.publish(entry);
  }

  #unconfirmed({ routingKey }: Entry): BrokerError {
    const isAway = this.#link === undefined && !this.#isClosed;
    const why = isAway ? this.#reason : `the broker did not confirm a message to ${routingKey}`;
    return new BrokerError("unconfirmed", why);
  }

  #reject(entry: Entry, error: BrokerError): void {
    clearTimeout(entry.timer);
    entry.reject(error);
  }
}

function refused({ routingKey }: Entry): BrokerError {
  return new BrokerError(
    "unconfirmed",
    `the broker refused a message to ${routingKey}: its queue is full (x-overflow: reject-publish), or has no leader for the moment`,
  );
}
