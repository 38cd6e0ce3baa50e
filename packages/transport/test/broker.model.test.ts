/** Consuming, cancelling, publishing and closing in any order, while the connection comes and goes. */
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { modelTimeout, runModel } from "@esme/model";
import { amqpUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { type Channel, type ChannelModel, connect } from "amqplib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker, Consumer, Delivery } from "../src/broker/broker.ts";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { soon } from "./soon.ts";

const queues = ["a", "b"] as const;
type Queue = (typeof queues)[number];

/** What can happen; a number chooses among what there is. */
const step = fc.oneof(
  fc.record({ do: fc.constant("consume" as const), queue: fc.constantFrom(...queues) }),
  fc.record({ do: fc.constant("cancel" as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant("publish" as const), queue: fc.constantFrom(...queues) }),
  fc.record({ do: fc.constantFrom("ack" as const, "requeue" as const), which: fc.nat(9) }),
  fc.record({ do: fc.constantFrom("cut" as const, "refuse" as const, "relay" as const) }),
  fc.record({ do: fc.constantFrom("close" as const, "connect" as const) }),
  fc.record({ do: fc.constant("wait" as const), turns: fc.nat(20) }),
  fc.record({ do: fc.constant("delete" as const), queue: fc.constantFrom(...queues) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Subscription {
  readonly queue: Queue;
  readonly made: Promise<Consumer | undefined>;
  /** `over` once its cancel, or a close of the broker, has resolved. */
  state: "wanted" | "ending" | "over";
}

/** What is between a broker and its connections; an embedded one has none. */
interface Network {
  cut(): void;
  refuse(): void;
  relay(): void;
}

class World {
  readonly #broker: Broker;
  readonly #network: Network;
  readonly #nameOf: (queue: Queue) => string;
  readonly #deleteQueue: (queue: Queue) => Promise<void>;
  readonly #open: Promise<unknown>[] = [];
  readonly #subscriptions: Subscription[] = [];
  readonly #inHand: Delivery[] = [];
  /** By body: what the broker confirmed since the queue was last deleted, and what was handed out. */
  readonly confirmed = new Map<string, Queue>();
  readonly seen = new Set<string>();
  readonly faults: string[] = [];
  #published = 0;

  constructor(options: {
    readonly broker: Broker;
    readonly network: Network;
    readonly nameOf: (queue: Queue) => string;
    readonly deleteQueue: (queue: Queue) => Promise<void>;
  }) {
    this.#broker = options.broker;
    this.#network = options.network;
    this.#nameOf = options.nameOf;
    this.#deleteQueue = options.deleteQueue;
  }

  /** Begins the step; what it leads to is waited for at the end. */
  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "consume":
        return this.#consume(step.queue);
      case "cancel":
        return this.#cancel(this.#subscriptions[step.which % this.#subscriptions.length]);
      case "publish":
        return this.#publish(step.queue);
      case "ack":
      case "requeue": {
        const [delivery] = this.#inHand.splice(step.which % Math.max(1, this.#inHand.length), 1);
        delivery?.[step.do]();
        return;
      }
      case "connect":
        return this.#watch(this.#broker.connect());
      case "close":
        return this.#close();
      case "wait":
        for (let done = 0; done < step.turns; done += 1) await turn();
        return;
      case "delete":
        await this.#deleteQueue(step.queue);
        for (const [body, queue] of this.confirmed) {
          if (queue === step.queue) this.confirmed.delete(body);
        }
        return;
      default:
        this.#network[step.do]();
    }
  }

  /** The number of subscriptions that nobody has ended. */
  wanted(queue: Queue): number {
    return this.#subscriptions.filter((each) => each.queue === queue && each.state === "wanted")
      .length;
  }

  /** The connection is there again, and everything that was begun has come to its end. */
  async settle(): Promise<void> {
    this.#network.relay();
    await soon("the connection", this.#broker.connect());
    await soon("what was begun", Promise.all(this.#open));
  }

  /** Ends everything; unacknowledged messages go back. */
  async end(): Promise<void> {
    this.#close();
    await soon("the end", Promise.all(this.#open));
  }

  #consume(queue: Queue): void {
    const subscription: Subscription = {
      queue,
      state: "wanted",
      made: this.#broker
        .consume(this.#nameOf(queue), 3, (delivery) => {
          const body = Buffer.from(delivery.body).toString();
          if (subscription.state === "over") this.faults.push(`${body} after the end`);
          this.seen.add(body);
          this.#inHand.push(delivery);
        })
        .catch((error: unknown) => {
          if (Object(error).code !== "closed") this.faults.push(`consume: ${error}`);
          subscription.state = "over";
          return undefined;
        }),
    };
    this.#subscriptions.push(subscription);
    this.#watch(subscription.made);
  }

  #cancel(subscription: Subscription | undefined): void {
    if (subscription?.state !== "wanted") return;
    subscription.state = "ending";
    const cancelled = subscription.made
      .then((consumer) => consumer?.cancel())
      .then(() => {
        subscription.state = "over";
      });
    this.#watch(cancelled);
  }

  #publish(queue: Queue): void {
    this.#published += 1;
    const body = `${queue} ${this.#published}`;
    let ends = 0;
    const published = this.#broker.publish(this.#nameOf(queue), Buffer.from(body)).then(
      () => {
        ends += 1;
        this.confirmed.set(body, queue);
      },
      (error: unknown) => {
        ends += 1;
        const { code } = Object(error);
        if (code !== "unconfirmed" && code !== "closed") this.faults.push(`publish: ${error}`);
      },
    );
    this.#watch(
      published.then(() => {
        if (ends !== 1) this.faults.push(`${body} ended ${ends} times`);
      }),
    );
  }

  #close(): void {
    const ended = this.#subscriptions.filter(({ state }) => state === "wanted");
    for (const subscription of ended) subscription.state = "ending";
    this.#watch(
      this.#broker.close().then(() => {
        for (const subscription of ended) subscription.state = "over";
      }),
    );
  }

  #watch(work: Promise<unknown>): void {
    this.#open.push(
      work.catch((error: unknown) => {
        if (Object(error).code !== "closed") this.faults.push(String(error));
      }),
    );
  }
}

const steps = fc.array(step, { maxLength: 30 });

const nothing: Network = { cut: () => {}, refuse: () => {}, relay: () => {} };

test("the embedded broker: every order ends well", { timeout: modelTimeout }, () =>
  runModel(
    fc.asyncProperty(steps, async (all) => {
      const broker = new MemoryBroker();
      const nameOf = (queue: Queue) => queue;
      const deleteQueue = async () => {};
      const world = new World({ broker, network: nothing, nameOf, deleteQueue });
      await broker.connect();
      for (const each of all) if (each.do !== "delete") await world.take(each);
      await world.settle();
      await world.end();
      expect(world.faults).toEqual([]);
      await broker.connect();
      const left = new Set<string>();
      for (const queue of queues) {
        await broker.consume(queue, 10_000, ({ body }) => left.add(Buffer.from(body).toString()));
      }
      await turn();
      await broker.close();
      for (const body of world.confirmed.keys()) {
        expect(left.has(body) || world.seen.has(body)).toBe(true);
      }
    }),
  ),
);

describe.runIf(amqpUrl)("RabbitMQ", () => {
  let connection: ChannelModel;
  let channel: Channel;

  beforeAll(async () => {
    connection = await connect(amqpUrl ?? "");
    channel = await connection.createChannel();
  });

  afterAll(() => connection.close());

  /** Looks until the server counts so many consumers, or has been asked often. */
  async function consumers(queue: string, expected: number): Promise<number> {
    let count = -1;
    for (let tries = 0; tries < 2_000 && count !== expected; tries += 1) {
      await channel.assertQueue(queue, { durable: true });
      count = (await channel.checkQueue(queue)).consumerCount;
    }
    return count;
  }

  /** What is left on a queue, which is deleted. */
  async function drain(queue: string): Promise<string[]> {
    const left: string[] = [];
    await channel.assertQueue(queue, { durable: true });
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (!message) break;
      left.push(message.content.toString());
    }
    await channel.deleteQueue(queue);
    return left;
  }

  test("every order ends well", { timeout: modelTimeout }, () =>
    runModel(
      fc.asyncProperty(steps, async (all) => {
        const id = `esme-test-${randomUUID()}`;
        const proxy = await TcpProxy.to(amqpUrl ?? "");
        const broker = new RabbitBroker({
          url: new Secret(proxy.url),
          exchange: id,
          initialDelay: 5,
          maxDelay: 50,
        });
        const nameOf = (queue: Queue): string => `${id}.${queue}`;
        const deleteQueue = async (queue: Queue): Promise<void> => {
          await channel.deleteQueue(nameOf(queue));
        };
        const world = new World({ broker, network: proxy, nameOf, deleteQueue });
        await broker.connect();
        for (const each of all) await world.take(each);
        await world.settle();
        for (const queue of queues) {
          expect(await consumers(nameOf(queue), world.wanted(queue))).toBe(world.wanted(queue));
        }
        await world.end();
        expect(broker.connected).toBe(false);
        await proxy.idle;
        await proxy.close();
        const left = new Set(
          (await Promise.all(queues.map((queue) => drain(nameOf(queue))))).flat(),
        );
        await channel.deleteExchange(id);
        expect(world.faults).toEqual([]);
        for (const body of world.confirmed.keys()) {
          expect(left.has(body) || world.seen.has(body), `${body} is nowhere`).toBe(true);
        }
      }),
    ),
  );
});
