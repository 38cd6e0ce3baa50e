/** Messages from the queue to the SMSC and back, in fake time: whatever stands in the way, and for how long. */
import { setImmediate as turn } from "node:timers/promises";
import { InMemorySmppCache } from "@esme/caches";
import { LinkError, StatusError, TimeoutError } from "@esme/client";
import { newMessage, parseEvent, serialise } from "@esme/messages";
import { modelTimeout, runModel } from "@esme/model";
import { decode, encode, type PduInputOf } from "@esme/pdu";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { StatusTable } from "../src/config/values/status-table.ts";
import { DeadLetters } from "../src/flow/dead-letters.ts";
import { Intake } from "../src/flow/intake.ts";
import { Outbound, type OutboundDeps } from "../src/flow/outbound.ts";
import { OutboundConsumer } from "../src/flow/outbound-consumer.ts";
import { PartSender } from "../src/flow/part-sender.ts";
import { Publisher } from "../src/flow/publisher.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { silentLogger } from "./silent-logger.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => void vi.useRealTimers());

const most = 4;
const holdTimeout = 7_500;
const noCredit = 0x401;

const ways = ["taken", "stop", "later", "away", "unnumbered", "no store", "no turn"] as const;
type Way = (typeof ways)[number];

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("send" as const), count: fc.nat(6) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("be" as const), way: fc.constantFrom(...ways) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.nat(60) }) },
);

/** What an SMSC and its link, or a store, do with a part. */
class World {
  readonly broker = new MemoryBroker();
  readonly #stop = new AbortController();
  readonly #cache = new InMemorySmppCache();
  readonly #events = new Set<string>();
  readonly #sent = new Set<string>();
  /** By message: how often it was delivered. */
  readonly #deliveries = new Map<string, number>();
  #way: Way = "taken";
  mostInHand = 0;
  readonly #intake: Intake;
  readonly #outbound: Outbound;
  readonly #consumer: OutboundConsumer;

  constructor() {
    const { broker } = this;
    const common = {
      ...{ broker, holdTimeout, logger: silentLogger, metrics: new Metrics() },
      ...{ expiry: 0, stopped: this.#stop.signal, transportName: "smpp" },
      drained: this.#stop.signal,
    };
    const intake = new Intake({ ...common, onChange: () => this.#consumer.follow() });
    const deadLetters = new DeadLetters({ ...common, keep: true });
    this.#intake = intake;
    this.#outbound = new Outbound({
      ...common,
      intake,
      publisher: new Publisher({ ...common, deadLetters, middlewares: { event: undefined } }),
      cache: this.#cache,
      early: { claimed: async () => {} },
      processor: { handleOutboundMessage: async () => this.#parts() },
      middlewares: { outbound: undefined },
      contentOf: () => ({}),
      sender: new PartSender({
        ...common,
        intake,
        sequencer: "sequencer_class",
        onLinkLoss: "requeue",
        statuses: new StatusTable({
          [noCredit]: { meaning: "", reaction: "stop" },
          "0x402": { meaning: "", reaction: "retry" },
        }),
        throttleStatuses: [],
        tlvs: {},
        retryPauses: { initial: 1_000, max: 30_000 },
      }),
      maxDeliveries: 0,
      requestQueue: () => this.#requestQueue,
      consumerSettled: () => this.#consumer.settled(),
      onSettled: () => {
        if (this.#outbound.inHand === 0) intake.emptied();
        this.#consumer.roomMade();
      },
    });
    this.#consumer = new OutboundConsumer({
      ...common,
      queue: "smpp.outbound",
      most,
      prefetch: () => intake.prefetch(most),
      inHand: () => this.#outbound.inHand,
      onDelivery: (delivery) => {
        const { message_id } = JSON.parse(Buffer.from(delivery.body).toString());
        this.#deliveries.set(message_id, (this.#deliveries.get(message_id) ?? 0) + 1);
        this.#outbound.handle(delivery);
        this.mostInHand = Math.max(this.mostInHand, this.#outbound.inHand);
      },
    });
  }

  async open(): Promise<void> {
    await this.broker.connect();
    await this.broker.declareQueue("smpp.outbound");
    await this.broker.consume("smpp.event", 100, (delivery) => {
      this.#events.add(parseEvent(delivery.body).user_message_id);
      delivery.ack();
    });
    this.be("taken");
  }

  async send(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent += 1) {
      const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "hello" });
      this.#sent.add(message.message_id);
      await this.broker.publish("smpp.outbound", Buffer.from(serialise(message)));
    }
  }

  be(way: Way): void {
    this.#way = way;
    this.#intake.linked(way !== "away");
  }

  /** The longer a wait, the larger its steps. */
  async wait(seconds: number): Promise<void> {
    for (let half = 0; half < 2 * seconds; half += 1) {
      await vi.advanceTimersByTimeAsync(500);
      await turn();
    }
  }

  /** The most of one message, and of all together. */
  get deliveries(): { most: number; all: number } {
    const counts = [...this.#deliveries.values()];
    return { most: Math.max(0, ...counts), all: counts.reduce((sum, count) => sum + count, 0) };
  }

  /** Messages without an event. */
  get missing(): number {
    return this.#sent.size - this.#events.size;
  }

  get reasons(): readonly string[] {
    return this.#intake.reasons;
  }

  async close(): Promise<void> {
    this.#intake.close();
    await this.#consumer.stop();
    this.#stop.abort();
    await this.#outbound.settled();
    await this.#cache.close();
    await this.broker.close();
  }

  async #parts(): Promise<PduInputOf<"submit_sm">[]> {
    if (this.#way === "no store") {
      throw Object.assign(new Error("Redis is away"), { code: "unavailable" });
    }
    return [{ command: "submit_sm" }];
  }

  // Generic in its command, of which a part has but one.
  readonly #requestQueue = {
    request: async () => {
      switch (this.#way) {
        case "stop":
          throw refusal(noCredit);
        case "later":
          throw refusal(0x402);
        case "away":
          throw new LinkError("closed_by_peer", "no link");
        case "unnumbered":
          throw new Error("Redis is away");
        case "no turn":
          throw new TimeoutError("wait_timeout", "submit_sm", false, holdTimeout);
        case "taken":
        case "no store":
          return decode(encode({ command: "submit_sm_resp", sequence_number: 1 }));
      }
    },
  } as unknown as ReturnType<OutboundDeps["requestQueue"]>;
}

const refusal = (command_status: number): StatusError =>
  new StatusError(
    "submit_sm",
    decode(encode({ command: "submit_sm_resp", sequence_number: 1, command_status })),
  );

test(
  "every order of outages: an event for each message, never more in hand than twice the prefetch, nothing stuck",
  { timeout: modelTimeout },
  () =>
    runModel(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const world = new World();
        await world.open();
        try {
          for (const each of steps) {
            if (each.do === "send") await world.send(each.count);
            if (each.do === "be") world.be(each.way);
            if (each.do === "wait") await world.wait(each.seconds);
          }
          world.be("taken");
          await world.send(1);
          // The longest rest, and the longest pause of a part.
          for (let tries = 0; tries < 12 && world.missing > 0; tries += 1) await world.wait(30);
          await world.wait(1);
          expect([world.missing, world.reasons, world.broker.left]).toEqual([0, [], {}]);
          expect(world.mostInHand).toBeLessThan(2 * most);
        } finally {
          await world.close();
        }
      }),
    ),
);

test.each(["stop", "away", "unnumbered", "no store", "no turn"] as const)(
  "five minutes of %s deliver what may be in hand, and then one at a time, none more than four times",
  async (way) => {
    const world = new World();
    await world.open();
    await world.send(10);
    // What is in hand as it begins is no more than that.
    world.be(way);
    await world.wait(300);
    const { all, most: times } = world.deliveries;
    expect(times).toBeLessThanOrEqual(4);
    // Two tries, after 37.5 and 135 s; a link that is away is not tried.
    const tries = way === "away" ? 0 : 2;
    expect(all).toBeLessThanOrEqual(2 * most + tries);
    world.be("taken");
    await world.wait(300);
    expect([world.missing, world.deliveries.most <= 4]).toEqual([0, true]);
    await world.close();
  },
);
