/** Four workers of one account, on one queue of RabbitMQ, with their state in Redis. */
import { randomUUID } from "node:crypto";
import { amqpUrl, redisUrl } from "@esme/services";
import { Smsc } from "@esme/smsc";
import { connect } from "amqplib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import { Secret } from "../src/config/values/secret.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { RecordingLogger } from "./recording-logger.ts";

const name = `esme-test-${randomUUID()}`;
const smsc = new Smsc({ port: 0, receiptDelay: 0 });
const log = new RecordingLogger();
const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
const workers: SmppTransport[] = [];
let application: Application;

beforeAll(async () => {
  await smsc.listen();
  application = await Application.on(broker, name);
  await application.listen();
  const state = { url: redisUrl };
  for (let count = 0; count < 4; count++) {
    const worker = new SmppTransport(
      {
        amqp_url: amqpUrl ?? "",
        transport_name: name,
        worker_concurrency: 5,
        host: "127.0.0.1",
        port: smsc.port,
        sequencer_class: "@esme/sequencers/redis#RedisSequencer",
        sequencer_config: { ...state, key: `${name}:sequence`, blockSize: 3 },
        smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
        smpp_cache_config: { ...state, prefix: name },
        submit_sm_processor_config: { registered_delivery: { delivery_receipt: 1 } },
      },
      { logger: log },
    );
    workers.push(worker);
    await worker.start();
  }
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await smsc.close();
  await broker.close();
  const connection = await connect(amqpUrl ?? "");
  const channel = await connection.createChannel();
  for (const queue of ["outbound", "event", "inbound", "failed"]) {
    await channel.deleteQueue(`${name}.${queue}`);
  }
  await connection.close();
});

test("every message has its own ack and its own receipt, whichever worker got which", async () => {
  const submitted = new Map<unknown, Set<string>>();
  const answered = new Map<unknown, number>();
  const numbers: number[] = [];
  smsc.on("pdu", ({ pdu, session }) => {
    if (pdu?.command === "submit_sm") {
      numbers.push(pdu.sequence_number);
      submitted.set(session, (submitted.get(session) ?? new Set()).add(pdu.destination_addr));
    }
    if (pdu?.command === "deliver_sm") answered.set(session, (answered.get(session) ?? 0) + 1);
  });
  const ids = new Map<string, string>();
  for (let count = 0; count < 200; count++) {
    // Every fourth ends undelivered: a receipt that reached another message would show.
    const to_addr = count % 4 === 0 ? `2782${1000 + count}888805` : `2782000${1000 + count}`;
    ids.set(await application.send(`message ${count}`, { to_addr }), to_addr);
  }
  const seen = new Map<string, string[]>();
  for (let count = 0; count < 400; count++) {
    const event = await application.events.next();
    const { user_message_id, event_type } = event;
    const outcome = event_type === "delivery_report" ? event.delivery_status : event_type;
    seen.set(user_message_id, [...(seen.get(user_message_id) ?? []), outcome]);
  }
  for (const [id, to_addr] of ids) {
    const last = to_addr.endsWith("888805") ? "failed" : "delivered";
    expect(seen.get(id)?.sort()).toEqual(["ack", last].sort());
  }
  expect(submitted.size).toBe(4);
  expect(answered.size).toBe(4);
  expect(new Set(numbers).size).toBe(200);
});

test("the parts of one message are joined though each came to another worker", async () => {
  const sessions = smsc.sessions.slice(0, 3);
  await Promise.all(
    sessions.map(({ session }, index) =>
      session.request({
        command: "deliver_sm",
        source_addr: "27820001001",
        destination_addr: "4711",
        esm_class: 0x40,
        short_message: Buffer.from([5, 0, 3, 77, sessions.length, index + 1, 0x61 + index]),
      }),
    ),
  );
  expect(await application.inbound.next()).toMatchObject({ content: "abc" });
  expect(log.messages("error")).toEqual([]);
});
