import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { amqpUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { connect } from "amqplib";
import { afterEach, describe, expect, test } from "vitest";
import type { Broker, Delivery, QueueOptions } from "../src/broker/broker.ts";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { Inbox } from "./inbox.ts";

const octets = (text: string): Uint8Array => Buffer.from(text);
const text = ({ body }: Delivery): string => Buffer.from(body).toString();

type Make = (exchange: string, options?: QueueOptions) => Broker;

const brokers: readonly (readonly [string, boolean, Make])[] = [
  ["MemoryBroker", true, (_exchange, options) => new MemoryBroker(options)],
  [
    "RabbitBroker",
    amqpUrl !== undefined,
    (exchange, options) =>
      new RabbitBroker({ url: new Secret(amqpUrl ?? ""), exchange, initialDelay: 20, ...options }),
  ],
];

describe.each(brokers)("%s", (_name, available, make) => {
  const used: { broker: Broker; exchange: string; queue: string }[] = [];

  async function open(
    options?: QueueOptions,
  ): Promise<{ broker: Broker; exchange: string; queue: string }> {
    const id = randomUUID();
    const opened = { exchange: `esme-test-${id}`, queue: `esme-test-${id}.outbound` };
    const broker = make(opened.exchange, options);
    used.push({ broker, ...opened });
    await broker.connect();
    return { broker, ...opened };
  }

  afterEach(async () => {
    const done = used.splice(0);
    await Promise.all(done.map(({ broker }) => broker.close()));
    if (!done.some(({ broker }) => broker instanceof RabbitBroker) || !amqpUrl) return;
    const connection = await connect(amqpUrl);
    const channel = await connection.createChannel();
    for (const { exchange, queue } of done) {
      await channel.deleteQueue(queue);
      await channel.deleteExchange(exchange);
    }
    await connection.close();
  });

  test.runIf(available)("delivers in order what was published to a declared queue", async () => {
    const { broker, queue } = await open();
    await broker.declareQueue(queue);
    await Promise.all(["1", "2", "3"].map((body) => broker.publish(queue, octets(body))));
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 10, inbox.put);
    const got = [await inbox.next(), await inbox.next(), await inbox.next()];
    expect(got.map(text)).toEqual(["1", "2", "3"]);
    expect(got.map(({ redelivered }) => redelivered)).toEqual([false, false, false]);
    expect(got.map((delivery) => delivery.ack())).toEqual([true, true, true]);
  });

  test.runIf(available)("makes the queue for what is published to none", async () => {
    const { broker, queue } = await open();
    await Promise.all(["1", "2"].map((body) => broker.publish(queue, octets(body))));
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 10, inbox.put);
    expect([text(await inbox.next()), text(await inbox.next())].sort()).toEqual(["1", "2"]);
  });

  test.runIf(available)("rejects what no queue takes where it may not make one", async () => {
    const { broker, queue } = await open({ declareQueues: false });
    const nowhere = `${queue}.nowhere`;
    await broker.declareQueue(queue);
    const keys = [nowhere, queue, nowhere, queue, queue, nowhere];
    const ends = await Promise.allSettled(
      // Alike in their octets: only the key says which of them has a queue.
      keys.map((key) => broker.publish(key, octets("same"))),
    );
    expect(ends.map(({ status }) => status === "fulfilled")).toEqual(
      keys.map((key) => key === queue),
    );
    await expect(broker.publish(nowhere, octets("1"))).rejects.toMatchObject({
      code: "unroutable",
      message: expect.stringContaining(nowhere),
    });
  });

  test.runIf(available)("waits for a queue that it may not make", async () => {
    const { broker, queue } = await open({ declareQueues: false });
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.declareQueue(queue);
    await broker.publish(queue, octets("late"));
    expect(text(await inbox.next())).toBe("late");
  });

  test.runIf(available)("a consumer that throws is reported, and harms nobody else", async () => {
    const { broker, queue } = await open();
    const problem = new Promise<Error>((resolve) => broker.on("problem", resolve));
    const throwing = await broker.consume(queue, 1, () => {
      throw new Error("not ready");
    });
    await broker.publish(queue, octets("1"));
    expect((await problem).message).toBe("not ready");
    await throwing.cancel();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.publish(queue, octets("2"));
    expect(text(await inbox.next())).toBe("2");
  });

  test.runIf(available)("after close nothing is taken, until connect", async () => {
    const { broker, queue } = await open();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.close();
    expect(broker.connected).toBe(false);
    await expect(broker.publish(queue, octets("1"))).rejects.toMatchObject({ code: "closed" });
    await expect(broker.consume(queue, 1, inbox.put)).rejects.toMatchObject({ code: "closed" });
    await broker.connect();
    await broker.publish(queue, octets("2"));
    const again = new Inbox<Delivery>();
    await broker.consume(queue, 1, again.put);
    expect(text(await again.next())).toBe("2");
    expect(inbox.size).toBe(0);
  });

  test.runIf(available)("holds back what exceeds the prefetch until an ack", async () => {
    const { broker, queue } = await open();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.publish(queue, octets("1"));
    await broker.publish(queue, octets("2"));
    const first = await inbox.next();
    // A round trip through the same connection: anything sent before it has arrived by now.
    await broker.declareQueue(queue);
    await turn();
    expect(inbox.size).toBe(0);
    first.ack();
    expect(text(await inbox.next())).toBe("2");
  });

  test.runIf(available)(
    "holds back what exceeds a prefetch of two, in whatever order they end",
    async () => {
      const { broker, queue } = await open();
      const inbox = new Inbox<Delivery>();
      await broker.consume(queue, 2, inbox.put);
      for (const body of ["1", "2", "3", "4"]) await broker.publish(queue, octets(body));
      const [, second] = [await inbox.next(), await inbox.next()];
      const nothingMore = async () => {
        await broker.declareQueue(queue);
        await turn();
        expect(inbox.size).toBe(0);
      };
      await nothingMore();
      second.ack();
      expect(text(await inbox.next())).toBe("3");
      await nothingMore();
    },
  );

  test.runIf(available)("delivers again, marked, what was requeued", async () => {
    const { broker, queue } = await open();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.publish(queue, octets("again"));
    (await inbox.next()).requeue();
    const second = await inbox.next();
    expect(text(second)).toBe("again");
    expect(second.redelivered).toBe(true);
    // What was given back makes room, and only for itself.
    await broker.publish(queue, octets("next"));
    await broker.declareQueue(queue);
    await turn();
    expect(inbox.size).toBe(0);
    second.ack();
    expect(text(await inbox.next())).toBe("next");
  });

  test.runIf(available)("hands out nothing after cancel, and still takes acks", async () => {
    const { broker, queue } = await open();
    const inbox = new Inbox<Delivery>();
    const consumer = await broker.consume(queue, 10, inbox.put);
    await broker.publish(queue, octets("before"));
    const before = await inbox.next();
    await consumer.cancel();
    await broker.publish(queue, octets("after"));
    expect(before.ack()).toBe(true);
    expect(inbox.size).toBe(0);
    await broker.consume(queue, 10, inbox.put);
    expect(text(await inbox.next())).toBe("after");
  });

  test.runIf(available)("shares a queue's messages among its consumers", async () => {
    const { broker, queue } = await open();
    const [left, right] = [new Inbox<Delivery>(), new Inbox<Delivery>()];
    await broker.consume(queue, 1, left.put);
    await broker.consume(queue, 1, right.put);
    await broker.publish(queue, octets("1"));
    await broker.publish(queue, octets("2"));
    const got = await Promise.all([left.next(), right.next()]);
    expect(got.map(text).sort()).toEqual(["1", "2"]);
  });
});

describe("MemoryBroker", () => {
  test("is connected from connect to close, and tells once", async () => {
    const broker = new MemoryBroker();
    const told: string[] = [];
    broker.on("connected", () => told.push("connected"));
    expect(broker.connected).toBe(false);
    await broker.connect();
    await broker.connect();
    expect([broker.connected, told]).toEqual([true, ["connected"]]);
    await broker.close();
    expect(broker.connected).toBe(false);
    await broker.connect();
    expect([broker.connected, told]).toEqual([true, ["connected", "connected"]]);
  });

  test("keeps what is on its way to a consumer that is cancelled, in its place", async () => {
    const broker = new MemoryBroker();
    const [cancelled, inbox] = [new Inbox<Delivery>(), new Inbox<Delivery>()];
    const consumer = await broker.consume("q", 2, cancelled.put);
    for (const body of ["1", "2", "3"]) await broker.publish("q", octets(body));
    await consumer.cancel();
    await turn();
    expect([cancelled.size, broker.left]).toEqual([0, { q: 3 }]);
    await broker.consume("q", 10, inbox.put);
    const got = [await inbox.next(), await inbox.next(), await inbox.next()];
    expect(got.map(text)).toEqual(["1", "2", "3"]);
    expect(got.map(({ redelivered }) => redelivered)).toEqual([false, false, false]);
  });

  test("hands what is on its way to a cancelled consumer to another that waits", async () => {
    const broker = new MemoryBroker();
    const inbox = new Inbox<Delivery>();
    const consumer = await broker.consume("q", 1, () => {});
    await broker.publish("q", octets("1"));
    await broker.consume("q", 1, inbox.put);
    await consumer.cancel();
    expect(text(await inbox.next())).toBe("1");
  });

  test("keeps what is on its way when it is closed, and hands out nothing more", async () => {
    const broker = new MemoryBroker();
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 1, inbox.put);
    for (const body of ["1", "2"]) await broker.publish("q", octets(body));
    await broker.close();
    await turn();
    expect([inbox.size, broker.left]).toEqual([0, { q: 2 }]);
    await broker.connect();
    await turn();
    expect(inbox.size).toBe(0);
  });

  test("hands nothing more to a consumer when it is closed, what that one had in hand included", async () => {
    const broker = new MemoryBroker();
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 1, inbox.put);
    for (const body of ["1", "2"]) await broker.publish("q", octets(body));
    await inbox.next();
    await broker.close();
    await turn();
    expect([inbox.size, broker.left]).toEqual([0, { q: 2 }]);
  });

  test("has room for as many again once they are acknowledged", async () => {
    const broker = new MemoryBroker();
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 2, inbox.put);
    for (const round of ["1", "2", "3"]) {
      await Promise.all([broker.publish("q", octets(round)), broker.publish("q", octets(round))]);
      const got = [await inbox.next(), await inbox.next()];
      expect(got.map(text)).toEqual([round, round]);
      for (const delivery of got) delivery.ack();
    }
  });

  test("an ack counts once, and none after a requeue", async () => {
    const broker = new MemoryBroker();
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 1, inbox.put);
    for (const body of ["1", "2", "3"]) await broker.publish("q", octets(body));
    const first = await inbox.next();
    first.requeue();
    first.requeue();
    expect(first.ack()).toBe(false);
    const again = await inbox.next();
    expect([text(again), again.givenBack, broker.left]).toEqual(["1", 1, { q: 2 }]);
    expect([again.ack(), again.ack()]).toEqual([true, false]);
    again.requeue();
    await turn();
    expect([text(await inbox.next()), broker.left]).toEqual(["2", { q: 1 }]);
    await turn();
    expect(inbox.size).toBe(0);
  });

  test("nothing left is no queue at all", async () => {
    const broker = new MemoryBroker();
    const inbox = new Inbox<Delivery>();
    await broker.declareQueue("empty");
    await broker.consume("q", 1, inbox.put);
    await broker.publish("q", octets("1"));
    (await inbox.next()).ack();
    expect(broker.left).toEqual({});
  });

  test("a listener needs no queue, has what is published until it ends, and a queue has it too", async () => {
    const broker = new MemoryBroker({ declareQueues: false });
    const heard: string[] = [];
    const end = broker.listen("q", (body) => heard.push(Buffer.from(body).toString()));
    await broker.publish("q", octets("1"));
    expect([heard, broker.left]).toEqual([["1"], {}]);
    await broker.declareQueue("q");
    await broker.publish("q", octets("2"));
    expect([heard, broker.left]).toEqual([["1", "2"], { q: 1 }]);
    end();
    await broker.publish("q", octets("3"));
    expect([heard, broker.left]).toEqual([["1", "2"], { q: 2 }]);
    const other = broker.listen("other", () => {});
    other();
    await expect(broker.publish("other", octets("4"))).rejects.toMatchObject({
      code: "unroutable",
    });
  });

  test("a queue that is consumed is there for what a listener hears, too", async () => {
    const broker = new MemoryBroker();
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 1, inbox.put);
    broker.listen("q", () => {});
    await broker.publish("q", octets("1"));
    expect(text(await inbox.next())).toBe("1");
  });

  test("a queue that is consumed and not declared takes nothing where it may not be made", async () => {
    const broker = new MemoryBroker({ declareQueues: false });
    await broker.consume("q", 1, () => {});
    await expect(broker.publish("q", octets("1"))).rejects.toMatchObject({ code: "unroutable" });
  });

  test("a publish without a queue makes it, and it holds what is published when nobody listens", async () => {
    const broker = new MemoryBroker();
    const end = broker.listen("q", () => {});
    await broker.publish("q", octets("1"));
    end();
    await broker.publish("q", octets("2"));
    expect(broker.left).toEqual({ q: 1 });
  });

  test("takes a message of as many octets as a queue may hold", async () => {
    const broker = new MemoryBroker({ maxQueueOctets: 10 });
    await broker.publish("q", octets("1234567890"));
    expect(broker.left).toEqual({ q: 1 });
  });

  test("the octets of a message are the queue's own", async () => {
    const broker = new MemoryBroker();
    const body = Buffer.from("before");
    await broker.publish("q", body);
    body.write("after ");
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 1, inbox.put);
    expect(text(await inbox.next())).toBe("before");
  });

  test("refuses to hold more than its limit, naming queue and limit", async () => {
    const broker = new MemoryBroker({ maxQueueLength: 1 });
    await broker.declareQueue("q");
    await broker.publish("q", octets("1"));
    await expect(broker.publish("q", octets("2"))).rejects.toThrow(/queue q holds 1 messages/);
  });

  test("refuses to hold more octets than its limit, and takes more once there is room", async () => {
    const broker = new MemoryBroker({ maxQueueOctets: 10 });
    await broker.publish("q", octets("123456"));
    await expect(broker.publish("q", octets("12345"))).rejects.toMatchObject({
      code: "queue_full",
      message: expect.stringMatching(/queue q holds as much as fits into 10 octets/),
    });
    await broker.publish("q", octets("1234"));
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 1, inbox.put);
    (await inbox.next()).ack();
    await broker.publish("q", octets("12345"));
  });

  test("never takes a message of more octets than a queue may hold", async () => {
    const broker = new MemoryBroker({ maxQueueOctets: 10 });
    await expect(broker.publish("q", octets("12345678901"))).rejects.toMatchObject({
      code: "refused",
      message: "a message to q has 11 octets, the broker takes at most 10",
    });
  });

  test("functions that throw are reported and keep nothing from being published", async () => {
    const broker = new MemoryBroker();
    const problems: string[] = [];
    broker.on("problem", ({ message }) => {
      problems.push(message);
      throw new Error("again");
    });
    broker.on("connected", () => {
      throw new Error("connected");
    });
    broker.listen("q", () => {
      throw new Error("heard");
    });
    await broker.connect();
    await broker.declareQueue("q");
    await broker.publish("q", octets("1"));
    expect([problems, broker.left]).toEqual([["connected", "heard"], { q: 1 }]);
  });

  test("puts unacknowledged deliveries back in order when closed", async () => {
    const broker = new MemoryBroker();
    await broker.connect();
    const inbox = new Inbox<Delivery>();
    await broker.consume("q", 10, inbox.put);
    await broker.publish("q", octets("1"));
    await broker.publish("q", octets("2"));
    const lost = [await inbox.next(), await inbox.next()];
    await broker.close();
    expect(lost.map((delivery) => delivery.ack())).toEqual([false, false]);
    await broker.connect();
    await broker.consume("q", 10, inbox.put);
    expect([text(await inbox.next()), text(await inbox.next())]).toEqual(["1", "2"]);
  });
});

describe.runIf(amqpUrl)("RabbitBroker", () => {
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A broker that is reached through a relay, and a connection that is not. */
  async function open(options?: QueueOptions) {
    const id = randomUUID();
    const [exchange, queue] = [`esme-test-${id}`, `esme-test-${id}.outbound`];
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    closing.push(async () => {
      await channel.deleteQueue(queue);
      await channel.deleteExchange(exchange);
      await connection.close();
    });
    const proxy = await TcpProxy.to(amqpUrl ?? "");
    closing.push(() => proxy.close());
    const url = new Secret(proxy.url);
    const broker = new RabbitBroker({ url, exchange, initialDelay: 10, ...options });
    closing.push(() => broker.close());
    return { broker, channel, exchange, proxy, queue };
  }

  /** Ends the connection, and resolves in the moment in which the next one is there. */
  async function reconnected(broker: RabbitBroker, proxy: TcpProxy): Promise<void> {
    const again = new Promise<void>((resolve) => broker.once("connected", resolve));
    proxy.cut();
    await again;
  }

  test("comes back by itself after its connection was cut, subscription included", async () => {
    const { broker, proxy, queue } = await open();
    await broker.connect();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 10, inbox.put);
    await broker.publish(queue, octets("first"));
    const first = await inbox.next();
    const lost = new Promise<Error>((resolve) => broker.on("disconnected", resolve));
    proxy.cut();
    expect(await lost).toBeInstanceOf(Error);
    expect(first.ack()).toBe(false);
    // Published while the link is down: waits, and is confirmed on the new one.
    await broker.publish(queue, octets("second"));
    const again = [await inbox.next(), await inbox.next()];
    expect(again.map(text).sort()).toEqual(["first", "second"]);
    expect(again.map((delivery) => delivery.ack())).toEqual([true, true]);
  });

  test("a listener that throws does not end the recovery", async () => {
    const { broker, proxy, queue } = await open();
    const problem = new Promise<Error>((resolve) => broker.on("problem", resolve));
    await broker.connect();
    broker.on("disconnected", () => {
      throw new Error("a listener of somebody");
    });
    proxy.cut();
    expect((await problem).message).toBe("a listener of somebody");
    await broker.publish(queue, octets("1"));
  });

  test("a subscription that is cancelled while it comes back consumes nothing more", async () => {
    const { broker, channel, proxy, queue } = await open();
    await broker.connect();
    const inbox = new Inbox<Delivery>();
    const consumer = await broker.consume(queue, 10, inbox.put);
    await reconnected(broker, proxy);
    await consumer.cancel();
    expect((await channel.checkQueue(queue)).consumerCount).toBe(0);
    await broker.publish(queue, octets("stays"));
    expect((await channel.checkQueue(queue)).messageCount).toBe(1);
    expect(inbox.size).toBe(0);
  });

  test("a subscription that is made while others come back has one consumer", async () => {
    const { broker, channel, proxy, queue } = await open();
    await broker.connect();
    const first = await broker.consume(queue, 10, () => {});
    await reconnected(broker, proxy);
    const second = await broker.consume(queue, 10, () => {});
    await first.cancel();
    expect((await channel.checkQueue(queue)).consumerCount).toBe(1);
    await second.cancel();
    expect((await channel.checkQueue(queue)).consumerCount).toBe(0);
  });

  test("a queue that is deleted while it is consumed is made again and consumed", async () => {
    const { broker, channel, queue } = await open();
    await broker.connect();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 10, inbox.put);
    await channel.deleteQueue(queue);
    await broker.publish(queue, octets("again"));
    expect(text(await inbox.next())).toBe("again");
    expect((await channel.checkQueue(queue)).consumerCount).toBe(1);
  });

  test.each([
    ["a quorum queue", { durable: true, arguments: { "x-queue-type": "quorum" } }],
    ["a queue with a message TTL", { durable: true, messageTtl: 60_000 }],
    ["a queue that is not durable", { durable: false }],
  ])("%s is used as it is", async (_, options) => {
    const { broker, channel, queue } = await open();
    await channel.assertQueue(queue, options);
    const problems = new Inbox<Error>();
    broker.on("problem", problems.put);
    broker.on("disconnected", problems.put);
    await broker.connect();
    await broker.declareQueue(queue);
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 10, inbox.put);
    await broker.publish(queue, octets("hello"));
    const delivery = await inbox.next();
    expect(text(delivery)).toBe("hello");
    delivery.ack();
    expect(problems.size).toBe(0);
  });

  test("an exchange with other arguments is used as it is", async () => {
    const { broker, channel, exchange, queue } = await open();
    const options = { durable: true, alternateExchange: "amq.fanout" };
    await channel.assertExchange(exchange, "direct", options);
    await broker.connect();
    await broker.declareQueue(queue);
    await broker.publish(queue, octets("hello"));
    expect((await channel.checkQueue(queue)).messageCount).toBe(1);
  });

  test("a quorum queue says how often a message was given back", async () => {
    const { broker, channel, queue } = await open();
    const quorum = { durable: true, arguments: { "x-queue-type": "quorum" } };
    await channel.assertQueue(queue, quorum);
    await broker.connect();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.publish(queue, octets("hello"));
    for (const times of [0, 1, 2]) {
      const delivery = await inbox.next();
      expect(delivery.givenBack).toBe(times);
      delivery.requeue();
    }
  });

  test.each([
    ["at once", async () => {}],
    ["in the next turn", () => turn()],
    ["while the connection is made", (proxy: TcpProxy) => proxy.connected],
    ["once it is made", (_: TcpProxy, connected: Promise<void>) => connected],
  ])("closed %s after connect, nothing of it is left", async (_, moment) => {
    const { broker, proxy } = await open();
    const connecting = broker.connect();
    const ended = connecting.catch((error: unknown) => error);
    await moment(proxy, connecting);
    await broker.close();
    expect(broker.connected).toBe(false);
    expect([undefined, "closed"]).toContain(Object(await ended).code);
    await proxy.idle;
  });

  test("connected again while it closes, it has the new connection", async () => {
    const { broker, queue } = await open();
    await broker.connect();
    await Promise.all([broker.close(), broker.connect()]);
    await broker.publish(queue, octets("1"));
    expect(broker.connected).toBe(true);
  });

  test("acknowledgements of the last turn are sent before it closes", async () => {
    const { broker, channel, queue } = await open();
    await broker.connect();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 10, inbox.put);
    await broker.publish(queue, octets("1"));
    expect((await inbox.next()).ack()).toBe(true);
    await broker.close();
    expect((await channel.checkQueue(queue)).messageCount).toBe(0);
  });

  test("says why it is not connected, without the password, and ends when closed", async () => {
    const url = new URL(amqpUrl ?? "");
    url.password = "wr0ng-secret";
    const broker = new RabbitBroker({ url: new Secret(url.href), initialDelay: 10 });
    const refused = new Promise<Error>((resolve) => broker.on("disconnected", resolve));
    const connecting = broker.connect();
    const error = await refused;
    expect(error.message).toMatch(/the broker refuses the user "\w+" or its password/);
    expect(error.message).not.toContain("wr0ng-secret");
    await broker.close();
    await expect(connecting).rejects.toThrow();
  });
});
