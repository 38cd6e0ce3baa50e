/** Starting, stopping and sending in any order, while broker, SMSC, link and Redis come and go. */
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { type Event, parseEvent, parseMessage } from "@esme/messages";
import { modelTimeout, runModel } from "@esme/model";
import { Status } from "@esme/pdu";
import { redisUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { Smsc } from "@esme/smsc";
import fc from "fast-check";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { AwayBroker } from "./away-broker.ts";
import { silentLogger } from "./silent-logger.ts";
import { soon } from "./soon.ts";

const steps = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), long: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("text" as const), long: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("refuse" as const),
      status: fc.constantFrom(0x58, 0x400, 0x401),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("cut" as const, "smsc away" as const, "smsc back" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("broker away" as const, "broker back" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("start" as const, "stop" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), turns: fc.nat(60) }) },
] as const;
const storeStep = {
  weight: 2,
  arbitrary: fc.record({
    do: fc.constantFrom("store away" as const, "store silent" as const, "store back" as const),
  }),
};

const step = fc.oneof(...steps);
const stepWithStore = fc.oneof(...steps, storeStep);

type Step = typeof stepWithStore extends fc.Arbitrary<infer T> ? T : never;

/** A Redis for one world: the relay in front of it, and what the worker is told of it. */
interface Store {
  readonly proxy: TcpProxy;
  readonly config: TransportConfigInput;
}

interface WorldParts {
  readonly smsc: Smsc;
  readonly proxy: TcpProxy;
  readonly store: Store | undefined;
  readonly inner: MemoryBroker;
  readonly broker: AwayBroker;
  readonly application: Application;
  /** What the SMSC answers next, before it takes messages again. */
  readonly refusals: number[];
  /** By number: the parts that the SMSC took. */
  readonly taken: Map<string, number>;
}

class World {
  readonly #parts: WorldParts;
  readonly #open: Promise<unknown>[] = [];
  /** By id: the number that the message goes to, and its parts. */
  readonly #sent = new Map<string, { readonly to: string; readonly parts: number }>();
  /** By message: its events, those published twice counted once. */
  readonly #events = new Map<string, Map<string, Event>>();
  readonly #accepted = new Set<string>();
  readonly #arrived = new Set<string>();
  readonly #watchers = new Set<() => void>();
  #transport: SmppTransport | undefined;
  #count = 0;

  private constructor(parts: WorldParts) {
    this.#parts = parts;
  }

  static async open(store?: Store): Promise<World> {
    const refusals: number[] = [];
    const taken = new Map<string, number>();
    const onSubmit = (pdu: object): number => {
      const status = refusals.shift() ?? Status.ESME_ROK;
      const to = "destination_addr" in pdu ? String(pdu.destination_addr) : "";
      if (status === Status.ESME_ROK) taken.set(to, (taken.get(to) ?? 0) + 1);
      return status;
    };
    const smsc = await new Smsc({ port: 0, retryDelay: 20, onSubmit }).listen();
    const proxy = await TcpProxy.to(`tcp://127.0.0.1:${smsc.port}`);
    const inner = new MemoryBroker();
    const broker = new AwayBroker(inner);
    const application = await Application.on(inner);
    const world = new World({ smsc, proxy, store, inner, broker, application, refusals, taken });
    await world.#listen();
    return world;
  }

  async take(step: Step): Promise<void> {
    const { broker, proxy, refusals, store } = this.#parts;
    switch (step.do) {
      case "send":
        return this.#send(step.long);
      case "text":
        return this.#text(step.long);
      case "refuse":
        for (let times = 0; times < step.times; times += 1) refusals.push(step.status);
        return;
      case "cut":
        return proxy.cut();
      case "smsc away":
        proxy.refuse();
        return proxy.cut();
      case "smsc back":
        return proxy.relay();
      case "broker away":
        return broker.leave();
      case "broker back":
        return broker.comeBack();
      case "store away":
        store?.proxy.refuse();
        return store?.proxy.cut();
      case "store silent":
        return store?.proxy.holdAnswers();
      case "store back":
        return store?.proxy.relay();
      case "start":
        return this.#start();
      case "stop":
        return this.#stop();
      case "wait":
        for (let done = 0; done < step.turns; done += 1) await turn();
    }
  }

  /** Everything is there, and every message comes to its end. */
  async finish(): Promise<void> {
    const { broker, proxy, store } = this.#parts;
    proxy.relay();
    store?.proxy.relay();
    broker.comeBack();
    this.#start();
    await this.#until("an event for each message", () => this.#events.size === this.#sent.size);
    await this.#until("each accepted text", () =>
      [...this.#accepted].every((text) => this.#arrived.has(text)),
    );
    this.#stop();
    await soon("the stops", Promise.all(this.#open));
  }

  /** What a count of everything finds wrong. */
  async faults(): Promise<string[]> {
    const { application, broker, inner, proxy, smsc, taken } = this.#parts;
    const found: string[] = [];
    for (const [id, events] of this.#events) {
      const message = this.#sent.get(id);
      const isMarked = [...events.values()].some(marked);
      const isAcked = [...events.values()].some(({ event_type }) => event_type === "ack");
      if (!message) {
        found.push(`an event about ${id}`);
        continue;
      }
      const parts = taken.get(message.to) ?? 0;
      if (parts > message.parts && !isMarked) found.push(`${id}: sent twice, not marked`);
      if (parts < message.parts && isAcked) found.push(`${id}: an ack, and parts not taken`);
      if (events.size > 1 && !isMarked) found.push(`${id}: ${events.size} events, none marked`);
    }
    if (application.failed.size > 0) found.push("something on .failed");
    // The SMSC hears of the end of a connection a moment later.
    await soon("no connection after the stop", proxy.idle);
    const unbound = async (): Promise<void> => {
      while (smsc.sessions.length > 0) await turn();
    };
    await soon("no session after the stop", unbound());
    if (this.#parts.store) await soon("no connection to Redis", this.#parts.store.proxy.idle);
    if (broker.eventNames().length > 0) found.push("a listener after the stop");
    // Nobody takes it any more.
    await application.send("after the stop");
    for (let turns = 0; turns < 5; turns += 1) await turn();
    if (inner.left["smpp.outbound"] !== 1) found.push("a consumer after the stop");
    return found;
  }

  async close(): Promise<void> {
    const { inner, proxy, smsc } = this.#parts;
    await this.#transport?.stop();
    await smsc.close();
    await proxy.close();
    await inner.close();
  }

  #start(): void {
    if (this.#transport) return;
    const { broker, proxy, store } = this.#parts;
    const { port } = new URL(proxy.url);
    this.#transport = new SmppTransport(
      {
        host: "127.0.0.1",
        port: Number(port),
        worker_concurrency: 3,
        drain_timeout: 0.3,
        smpp_deliver_timeout: 0.5,
        reconnect: { initial_delay: 0.005, max_delay: 0.02 },
        throttle: { initial_pause: 0.005, max_pause: 0.02 },
        statuses: {
          "0x400": { meaning: "", reaction: "retry" },
          "0x401": { meaning: "", reaction: "stop" },
        },
        ...store?.config,
      },
      { broker, logger: silentLogger },
    );
    // Rejected by a stop.
    this.#open.push(this.#transport.start().catch(() => {}));
  }

  /** Not waited for: the next life may begin meanwhile. */
  #stop(): void {
    const transport = this.#transport;
    this.#transport = undefined;
    if (transport) this.#open.push(transport.stop());
  }

  async #send(isLong: boolean): Promise<void> {
    this.#count += 1;
    const to = `2782000${1_000 + this.#count}`;
    const { id, published } = this.#parts.application.begin(isLong ? "x".repeat(200) : "hello", {
      to_addr: to,
    });
    this.#sent.set(id, { to, parts: isLong ? 2 : 1 });
    await published;
  }

  #text(isLong: boolean): void {
    this.#count += 1;
    const text = `text ${this.#count}`.padEnd(isLong ? 200 : 0, ".");
    const from = `2782100${1_000 + this.#count}`;
    void this.#parts.smsc.deliver({ from, to: "4711", text }).then(
      (responses) => {
        const isTaken = responses.every(({ command_status }) => command_status === Status.ESME_ROK);
        if (isTaken) this.#accepted.add(text);
        this.#tell();
      },
      // Refused, or given up as the SMSC closed.
      () => {},
    );
  }

  async #listen(): Promise<void> {
    const { inner } = this.#parts;
    await inner.consume("smpp.event", 100, (delivery) => {
      const event = parseEvent(delivery.body);
      const known = this.#events.get(event.user_message_id) ?? new Map<string, Event>();
      this.#events.set(event.user_message_id, known.set(event.event_id, event));
      delivery.ack();
      this.#tell();
    });
    await inner.consume("smpp.inbound", 100, (delivery) => {
      this.#arrived.add(parseMessage(delivery.body).content ?? "");
      delivery.ack();
      this.#tell();
    });
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    const met = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
    await soon(what, met);
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look();
  }
}

function marked({ transport_metadata: { smpp } }: Event): boolean {
  return typeof smpp === "object" && smpp !== null && "maybe_duplicate" in smpp;
}

/** One world from its beginning to its end. */
async function play(all: readonly Step[], store?: Store): Promise<void> {
  const world = await World.open(store);
  try {
    for (const each of all) await world.take(each);
    await world.finish();
    expect(await world.faults()).toEqual([]);
  } finally {
    await world.close();
    await store?.proxy.close();
  }
}

test(
  "every order of operations: one event for each message, nothing lost, nothing left",
  { timeout: modelTimeout },
  () => runModel(fc.asyncProperty(fc.array(step, { maxLength: 30 }), (all) => play(all))),
);

describe.runIf(redisUrl)("with ids, parts and numbers in Redis", () => {
  const client = createClient({ url: redisUrl ?? "" });
  const prefix = `esme-test-${randomUUID()}`;
  let worlds = 0;

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    const used = await client.keys(`${prefix}*`);
    if (used.length > 0) await client.del(used);
    await client.close();
  });

  async function open(): Promise<Store> {
    worlds += 1;
    const proxy = await TcpProxy.to(redisUrl ?? "");
    const { url } = proxy;
    const name = `${prefix}:${worlds}`;
    const config = {
      smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
      smpp_cache_config: { url, prefix: name, answerTimeout: 0.05 },
      sequencer_class: "@esme/sequencers/redis#RedisSequencer",
      sequencer_config: { url, key: `${name}:number`, answerTimeout: 0.05 },
    };
    return { proxy, config };
  }

  test(
    "every order of operations: one event for each message, nothing lost, nothing left",
    { timeout: modelTimeout },
    () =>
      runModel(
        fc.asyncProperty(fc.array(stepWithStore, { maxLength: 30 }), async (all) =>
          play(all, await open()),
        ),
      ),
  );
});
