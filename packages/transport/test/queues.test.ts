/** Queues that nobody has declared, or somebody has declared in another way. */
import { randomUUID } from "node:crypto";
import { newMessage, parseEvent, serialise } from "@esme/messages";
import { Status } from "@esme/pdu";
import { amqpUrl } from "@esme/services";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Broker, Delivery } from "../src/broker/broker.ts";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Inbox } from "./inbox.ts";
import { RecordingLogger } from "./recording-logger.ts";

const kinds = ["outbound", "inbound", "event", "failed"] as const;

const brokers: readonly (readonly [string, boolean, (declareQueues: boolean) => Broker])[] = [
  ["the embedded broker", true, (declareQueues) => new MemoryBroker({ declareQueues })],
  [
    "RabbitMQ",
    amqpUrl !== undefined,
    (declareQueues) =>
      new RabbitBroker({ url: new Secret(amqpUrl ?? ""), declareQueues, initialDelay: 20 }),
  ],
];

/** Deletes the queues when the test is over. */
async function queuesOf(name: string) {
  const connection = await connect(amqpUrl ?? "");
  const channel = await connection.createChannel();
  onTestFinished(async () => {
    for (const kind of kinds) await channel.deleteQueue(`${name}.${kind}`);
    await connection.close();
  });
  return channel;
}

/** A worker on a broker where nobody has declared anything. */
async function start(broker: Broker, config: TransportConfigInput = {}) {
  const name = `esme-test-${randomUUID()}`;
  const channel = broker instanceof RabbitBroker ? await queuesOf(name) : undefined;
  onTestFinished(() => broker.close());
  const smsc = new Smsc({ port: 0, attempts: 1 });
  await smsc.listen();
  onTestFinished(() => smsc.close());
  const log = new RecordingLogger();
  const transport = new SmppTransport(
    { transport_name: name, host: "127.0.0.1", port: smsc.port, ...config },
    { broker, logger: log },
  );
  onTestFinished(() => transport.stop());
  const queue = (kind: (typeof kinds)[number]): string => `${name}.${kind}`;
  const message = newMessage({ to_addr: "27820001001", from_addr: "4711", content: "hello" });
  const send = () => broker.publish(queue("outbound"), Buffer.from(serialise(message)));
  const read = async (kind: (typeof kinds)[number]): Promise<string> => {
    const inbox = new Inbox<Delivery>();
    await broker.consume(queue(kind), 1, inbox.put);
    const delivery = await inbox.next();
    delivery.ack();
    return Buffer.from(delivery.body).toString();
  };
  return { channel, id: message.message_id, log, queue, read, send, smsc, transport };
}

describe.each(brokers)("on %s", (_name, available, make) => {
  test.runIf(available)("what comes before any application is kept for it", async () => {
    const broker = make(true);
    const { id, read, send, smsc, transport } = await start(broker);
    await transport.start();
    const [response] = await smsc.deliver({ from: "27820001001", to: "4711", text: "lost?" });
    expect(response?.command_status).toBe(Status.ESME_ROK);
    await send();
    expect(JSON.parse(await read("inbound"))).toMatchObject({ content: "lost?" });
    expect(parseEvent(Buffer.from(await read("event")))).toMatchObject({
      event_type: "ack",
      user_message_id: id,
    });
  });

  test.runIf(available)(
    "without declare_queues nothing is acknowledged that is nowhere",
    async () => {
      const broker = make(false);
      const { id, log, queue, read, send, smsc, transport } = await start(broker, {
        declare_queues: false,
      });
      // It has no queue to consume yet, and tells so.
      await transport.start();
      await broker.declareQueue(queue("outbound"));
      const text = { from: "27820001001", to: "4711", text: "lost?" };
      await expect(smsc.deliver(text)).rejects.toMatchObject({ status: Status.ESME_RX_T_APPN });
      await send();
      await log.until("warn", "not confirmed by the broker, publishing it again");
      expect(log.text()).toContain(`no queue is bound under ${queue("event")}`);
      await broker.declareQueue(queue("event"));
      expect(parseEvent(Buffer.from(await read("event")))).toMatchObject({ user_message_id: id });
      await broker.declareQueue(queue("inbound"));
      await smsc.deliver(text);
      expect(JSON.parse(await read("inbound"))).toMatchObject({ content: "lost?" });
    },
  );
});

describe.runIf(amqpUrl)("on RabbitMQ", () => {
  const url = new Secret(amqpUrl ?? "");

  test("a start makes all queues, and binds them", async () => {
    const { channel, queue, transport } = await start(new RabbitBroker({ url }));
    await transport.start();
    for (const kind of kinds) {
      channel?.publish("vumi", queue(kind), Buffer.from("{}"));
      await expect(channel?.checkQueue(queue(kind))).resolves.toBeDefined();
    }
  });

  test("queues that are deleted while it runs are made again by what needs them", async () => {
    const { channel, id, queue, read, send, smsc, transport } = await start(
      new RabbitBroker({ url, initialDelay: 20 }),
    );
    await transport.start();
    // A queue that is gone when consuming begins costs the link, and a message is answered "later".
    while ((await channel?.checkQueue(queue("outbound")))?.consumerCount === 0);
    for (const kind of kinds) await channel?.deleteQueue(queue(kind));
    await smsc.deliver({ from: "27820001001", to: "4711", text: "still here" });
    await send();
    expect(JSON.parse(await read("inbound"))).toMatchObject({ content: "still here" });
    expect(parseEvent(Buffer.from(await read("event")))).toMatchObject({ user_message_id: id });
  });

  test.each([
    ["quorum queues", { durable: true, arguments: { "x-queue-type": "quorum" } }],
    ["queues with a dead-letter exchange", { durable: true, deadLetterExchange: "amq.fanout" }],
    ["queues that are not durable", { durable: false }],
  ])("%s that are there are used as they are", async (_, options) => {
    const { channel, id, log, queue, read, send, smsc, transport } = await start(
      new RabbitBroker({ url }),
    );
    for (const kind of kinds) await channel?.assertQueue(queue(kind), options);
    await transport.start();
    await smsc.deliver({ from: "27820001001", to: "4711", text: "hello" });
    await send();
    expect(JSON.parse(await read("inbound"))).toMatchObject({ content: "hello" });
    expect(parseEvent(Buffer.from(await read("event")))).toMatchObject({ user_message_id: id });
    expect(log.messages("error")).toEqual([]);
  });
});

test("a stop says how many messages of the embedded broker end with it", async () => {
  const log = new RecordingLogger();
  const transport = new SmppTransport({ amqp_url: "memory:", port: 1 }, { logger: log });
  await transport.broker.connect();
  for (const body of ["1", "2"]) {
    await transport.broker.publish("smpp.outbound", Buffer.from(body));
  }
  await transport.stop();
  expect(log.messages("warn")).toContain("messages of the embedded broker lost");
  expect(log.text()).toContain("{ messages: 2, queues: { 'smpp.outbound': 2 } }");
});
