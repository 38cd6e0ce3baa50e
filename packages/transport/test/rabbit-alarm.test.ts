/** A RabbitMQ of its own that is short of memory, and one that refuses what is too large. */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { onPath } from "@esme/services/find";
import { type OwnRabbitmq, startRabbitmq } from "@esme/services/rabbitmq";
import { Smsc } from "@esme/smsc";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { Inbox } from "./inbox.ts";
import { RecordingLogger } from "./recording-logger.ts";

const hasRabbitmq = onPath("rabbitmq-server") !== undefined;
const timeout = 60_000;
const mostOctets = 250_000;

let rabbitmq: OwnRabbitmq | undefined;

beforeAll(async () => {
  if (hasRabbitmq) {
    rabbitmq = await startRabbitmq({ settings: [`max_message_size = ${mostOctets}`] });
  }
}, timeout);

afterAll(() => rabbitmq?.stop(), timeout);

function server(): OwnRabbitmq {
  if (!rabbitmq) throw new Error("no RabbitMQ: install rabbitmq-server");
  return rabbitmq;
}

/** A connected broker, and what it tells. */
async function open(publishTimeout?: number) {
  const broker = new RabbitBroker({
    url: new Secret(server().url),
    exchange: `esme-test-${randomUUID()}`,
    ...(publishTimeout !== undefined && { publishTimeout }),
  });
  onTestFinished(() => broker.close());
  const told: string[] = [];
  broker.on("disconnected", () => told.push("disconnected"));
  broker.on("blocked", (reason) => told.push(`blocked: ${reason}`));
  broker.on("unblocked", () => told.push("unblocked"));
  await broker.connect();
  return { broker, told };
}

/** A worker that is not started yet, and an application that listens. */
async function prepare(configOf: (name: string) => TransportConfigInput = () => ({})) {
  const name = `esme-test-${randomUUID()}`;
  const broker = new RabbitBroker({ url: new Secret(server().url) });
  onTestFinished(() => broker.close());
  const application = await Application.on(broker, name);
  await application.listen();
  const smsc = await new Smsc({ port: 0 }).listen();
  onTestFinished(() => smsc.close());
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    {
      transport_name: name,
      amqp_url: server().url,
      host: "127.0.0.1",
      port: smsc.port,
      ...configOf(name),
    },
    { logger: log },
  );
  onTestFinished(() => transport.stop());
  return { application, log, smsc, transport };
}

describe.runIf(hasRabbitmq)("a broker that refuses what is too large", () => {
  const large = Buffer.alloc(mostOctets + 1);

  test("says so of that message alone, and need not be asked the next time", async () => {
    const { broker, told } = await open();
    await broker.declareQueue("large");
    const inbox = new Inbox<Delivery>();
    await broker.consume("large", 100, inbox.put);
    const refused = { code: "refused", message: expect.stringContaining("at most 250000") };
    const ends = await Promise.allSettled(
      [Buffer.from("1"), large, Buffer.from("2")].map((body) => broker.publish("large", body)),
    );
    expect(ends[1]).toEqual({ status: "rejected", reason: expect.objectContaining(refused) });
    for (const end of [ends[0], ends[2]]) {
      // The channel was closed under it: as with any lost connection.
      if (end?.status === "rejected") expect(end.reason).toMatchObject({ code: "unconfirmed" });
    }
    await broker.publish("large", Buffer.from("3"));
    await expect(broker.publish("large", large)).rejects.toMatchObject(refused);
    await broker.publish("large", Buffer.alloc(mostOctets));
    expect(told).toEqual(["disconnected"]);
  });

  test("has a body that nobody can read on .failed, cut, and the other messages go out", async () => {
    const { application, log, transport } = await prepare();
    await transport.start();
    await application.publish(Buffer.alloc(mostOctets));
    const ids = await Promise.all(["1", "2", "3"].map((text) => application.send(text)));
    expect(await application.failed.next()).toMatchObject({
      body_base64: expect.any(String),
      cut: { octets: mostOctets },
    });
    const events = await Promise.all(ids.map(() => application.events.next()));
    expect(events.map((event) => event.user_message_id).sort()).toEqual(ids.sort());
    await log.until("error", "unreadable message dead-lettered");
    expect(log.messages("error")).toEqual(["unreadable message dead-lettered"]);
  });

  test("has the event of a middleware on .failed, cut, and its message leaves the queue", async () => {
    const class_path = `${fileURLToPath(new URL("./data/classes/swelling.mjs", import.meta.url))}#Swelling`;
    const gives = "300,000 characters";
    const { application, log, transport } = await prepare((name) => ({
      middlewares: [{ class_path, enable_for_connectors: [name], event_enabled: true, gives }],
    }));
    await transport.start();
    await application.send("hello");
    expect(await application.failed.next()).toMatchObject({
      reason: expect.stringMatching(/the ack event of \w+: a message to .* has 300\d{3} octets/),
      cut: { octets: expect.any(Number) },
    });
    await log.until("error", "message that the broker refuses dead-lettered");
    expect(log.messages("error")).toEqual([
      "broker not connected, trying again",
      "message that the broker refuses dead-lettered",
    ]);
  });
});

describe.runIf(hasRabbitmq)("a broker that is short of memory", () => {
  test("has publishes wait, takes them when it has room again, and says both once", async () => {
    const { broker, told } = await open(60_000);
    await broker.declareQueue("alarm");
    const blocked = new Promise((resolve) => broker.once("blocked", resolve));
    await server().alarm();
    onTestFinished(() => server().calm());
    // RabbitMQ blocks a connection once it publishes.
    const first = broker.publish("alarm", Buffer.from("1"));
    await blocked;
    expect([broker.connected, broker.blocked]).toEqual([true, "low on memory"]);
    const others = Array.from({ length: 100 }, () =>
      broker.publish("alarm", Buffer.alloc(100_000)),
    );
    await server().calm();
    await Promise.all([first, ...others]);
    expect([broker.connected, broker.blocked]).toEqual([true, undefined]);
    expect(told).toEqual(["blocked: low on memory", "unblocked"]);
  });

  test("refuses after the publish timeout, and has nothing of that afterwards", async () => {
    const { broker } = await open(50);
    await broker.declareQueue("late");
    const inbox = new Inbox<Delivery>();
    const blocked = new Promise((resolve) => broker.once("blocked", resolve));
    await server().alarm();
    onTestFinished(() => server().calm());
    const first = broker.publish("late", Buffer.from("first"));
    await blocked;
    await expect(broker.publish("late", Buffer.from("second"))).rejects.toMatchObject({
      code: "unconfirmed",
      message: "the broker takes no messages for now: low on memory",
    });
    await server().calm();
    await first;
    await broker.publish("late", Buffer.from("third"));
    await broker.consume("late", 10, inbox.put);
    const bodies = [await inbox.next(), await inbox.next()].map(({ body }) => String(body));
    expect(bodies).toEqual(["first", "third"]);
  });

  test("can be closed", async () => {
    const { broker } = await open();
    await broker.declareQueue("closed");
    const blocked = new Promise((resolve) => broker.once("blocked", resolve));
    await server().alarm();
    onTestFinished(() => server().calm());
    const first = broker.publish("closed", Buffer.from("1")).catch((error: unknown) => error);
    await blocked;
    const waiting = broker.publish("closed", Buffer.from("2")).catch((error: unknown) => error);
    await broker.close();
    expect(await Promise.all([first, waiting])).toMatchObject([
      { code: "unconfirmed" },
      { code: "closed" },
    ]);
  });

  test("keeps a worker from taking more than worker_concurrency, and all events come in the end", async () => {
    const { application, log, smsc, transport } = await prepare(() => ({ worker_concurrency: 5 }));
    const taken: string[] = [];
    smsc.on("submit", ({ to }) => taken.push(to));
    const ids = await Promise.all(Array.from({ length: 30 }, () => application.send("hello")));
    await server().alarm();
    onTestFinished(() => server().calm());
    await transport.start();
    await log.until("error", "the broker takes no messages for now");
    expect((await transport.health()).components.amqp).toEqual({
      health: "down",
      state: "blocked",
      node: new URL(server().url).host,
      reason: "low on memory",
    });
    await expect.poll(() => taken.length).toBe(5);
    await server().calm();
    const events = await Promise.all(ids.map(() => application.events.next()));
    expect(events.map((event) => event.user_message_id).sort()).toEqual(ids.sort());
    expect(log.messages("info")).toContain("the broker takes messages again");
    expect(taken).toHaveLength(30);
  });
});
