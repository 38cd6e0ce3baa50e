/** Two workers on one queue of RabbitMQ that share a ledger: what is published three times is sent once. */
import { randomUUID } from "node:crypto";
import { newMessage } from "@esme/messages";
import { amqpUrl, redisUrl } from "@esme/services";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";
import { createClient } from "redis";
import { expect, onTestFinished, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";

const count = 200;
const times = 3;

test.skipIf(!redisUrl || !amqpUrl)("one SMS for each message, and one event", async () => {
  const transport_name = `esme-test-${randomUUID()}`;
  const sent = new Map<string, number>();
  const smsc = new Smsc({ port: 0 });
  smsc.on("pdu", ({ pdu }) => {
    if (pdu?.command !== "submit_sm") return;
    const { destination_addr } = pdu;
    sent.set(destination_addr, (sent.get(destination_addr) ?? 0) + 1);
  });
  await smsc.listen();
  const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
  const application = await Application.on(broker, transport_name);
  await application.listen();
  const log = new RecordingLogger();
  const workers = [1, 2].map(
    () =>
      new SmppTransport(
        {
          amqp_url: amqpUrl ?? "",
          transport_name,
          host: "127.0.0.1",
          port: smsc.port,
          ledger: { url: redisUrl ?? "", unknown: "hold" },
          throttle: { initial_pause: 0.05 },
        },
        { logger: log },
      ),
  );
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await smsc.close();
    await broker.close();
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    for (const queue of ["outbound", "event", "inbound", "failed"]) {
      await channel.deleteQueue(`${transport_name}.${queue}`);
    }
    await connection.close();
    const client = await createClient({ url: redisUrl ?? "" }).connect();
    const keys = await client.keys(`esme:ledger:${transport_name}:*`);
    if (keys.length > 0) await client.del(keys);
    await client.close();
  });
  await Promise.all(workers.map((worker) => worker.start()));
  const messages = Array.from({ length: count }, (_, index) =>
    newMessage({ to_addr: `2782${10_000 + index}`, from_addr: "4711", content: `${index}` }),
  );
  const copies = Array.from({ length: times }, () => messages).flat();
  await Promise.all(copies.map((message) => application.publish(JSON.stringify(message))));
  const told = new Map<string, Set<string>>();
  for (let events = 0; events < count * times; events++) {
    const { event_id, event_type, user_message_id } = await application.events.next();
    expect(event_type).toBe("ack");
    told.set(user_message_id, (told.get(user_message_id) ?? new Set()).add(event_id));
  }
  expect([...sent.values()]).toEqual(messages.map(() => 1));
  expect(told.size).toBe(count);
  expect([...told.values()].map(({ size }) => size)).toEqual(messages.map(() => 1));
  expect(log.messages("error")).toEqual([]);
});
