import { randomUUID } from "node:crypto";
import { amqpUrl } from "@esme/services";
import { connect } from "amqplib";
import { afterEach, describe, expect, test } from "vitest";
import type { Broker, Delivery } from "../src/broker/broker.ts";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/secret.ts";
import { Inbox } from "./inbox.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const octets = (text: string): Uint8Array => Buffer.from(text);
const text = ({ body }: Delivery): string => Buffer.from(body).toString();

const brokers: readonly (readonly [string, boolean, (exchange: string) => Broker])[] = [
  ["MemoryBroker", true, () => new MemoryBroker()],
  [
    "RabbitBroker",
    amqpUrl !== undefined,
    (exchange) => new RabbitBroker({ url: new Secret(amqpUrl ?? ""), exchange, initialDelay: 20 }),
  ],
];

describe.each(brokers)("%s", (_name, available, make) => {
  const used: { broker: Broker; exchange: string; queue: string }[] = [];

  async function open(): Promise<{ broker: Broker; exchange: string; queue: string }> {
    const id = randomUUID();
    const opened = { exchange: `esme-test-${id}`, queue: `esme-test-${id}.outbound` };
    const broker = make(opened.exchange);
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

  test.runIf(available)("confirms and drops what no queue is bound to", async () => {
    const { broker, queue } = await open();
    await broker.publish(queue, octets("nobody listens"));
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.publish(queue, octets("somebody listens"));
    expect(text(await inbox.next())).toBe("somebody listens");
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
    expect(inbox.size).toBe(0);
    first.ack();
    expect(text(await inbox.next())).toBe("2");
  });

  test.runIf(available)("delivers again, marked, what was requeued", async () => {
    const { broker, queue } = await open();
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue, 1, inbox.put);
    await broker.publish(queue, octets("again"));
    (await inbox.next()).requeue();
    const second = await inbox.next();
    expect(text(second)).toBe("again");
    expect(second.redelivered).toBe(true);
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
  test("refuses to hold more than its limit, naming queue and limit", async () => {
    const broker = new MemoryBroker({ maxQueueLength: 1 });
    await broker.declareQueue("q");
    await broker.publish("q", octets("1"));
    await expect(broker.publish("q", octets("2"))).rejects.toThrow(/queue q holds 1 messages/);
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
  test("comes back by itself after its connection was cut, subscription included", async () => {
    const id = randomUUID();
    const [exchange, queue] = [`esme-test-${id}`, `esme-test-${id}.outbound`];
    const proxy = await TcpProxy.to(amqpUrl ?? "");
    const broker = new RabbitBroker({ url: new Secret(proxy.url), exchange, initialDelay: 10 });
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
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    await broker.close();
    await channel.deleteQueue(queue);
    await channel.deleteExchange(exchange);
    await connection.close();
    await proxy.close();
  });

  test("says why it is not connected, without the password, and ends when closed", async () => {
    const url = new URL(amqpUrl ?? "");
    url.password = "wr0ng-secret";
    const broker = new RabbitBroker({ url: new Secret(url.href), initialDelay: 10 });
    const refused = new Promise<Error>((resolve) => broker.on("disconnected", resolve));
    const connecting = broker.connect();
    const error = await refused;
    expect(error.message).toMatch(/ACCESS.REFUSED/i);
    expect(error.message).not.toContain("wr0ng-secret");
    await broker.close();
    await expect(connecting).rejects.toThrow();
  });
});
