/** Receipts that come before the answer to their message, and receipts that nobody waits for. */
import { randomUUID } from "node:crypto";
import { decode, encode, type Pdu } from "@esme/pdu";
import { redisUrl } from "@esme/services";
import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { Inbox } from "./inbox.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { ScriptedSmsc } from "./scripted-smsc.ts";

/** One worker, or several of one account, each with an SMSC that does what the test says. */
async function workers(count: number, config: TransportConfigInput = {}) {
  const broker = new MemoryBroker();
  const application = await Application.on(broker);
  await application.listen();
  const logger = new RecordingLogger();
  const smscs: ScriptedSmsc[] = [];
  const transports: SmppTransport[] = [];
  /** What comes from all of them but binds, in its order. */
  const arrivals = new Inbox<{ smsc: number; pdu: Pdu }>();
  for (let i = 0; i < count; i++) {
    const smsc = await ScriptedSmsc.listen((pdu) => {
      if (!/bind|enquire/.test(pdu.command)) arrivals.put({ smsc: i, pdu });
      return undefined;
    });
    onTestFinished(() => smsc.close());
    const transport = new SmppTransport(
      { host: "127.0.0.1", port: smsc.port, drain_timeout: 1, ...config },
      { broker, logger, classFolder: new URL(".", import.meta.url).pathname },
    );
    await transport.start();
    onTestFinished(() => transport.stop());
    smscs.push(smsc);
    transports.push(transport);
  }
  const [first = await ScriptedSmsc.listen(), second = first] = smscs;
  return { application, arrivals, logger, first, second, transports };
}

function receiptOf(id: string, stat = "DELIVRD", sequence_number = 1): Uint8Array {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2401020304 done date:2401020305 stat:${stat} err:000 text:`;
  return encode({
    command: "deliver_sm",
    sequence_number,
    source_addr: "27820001001",
    destination_addr: "4711",
    esm_class: 0x04,
    short_message: Buffer.from(text),
  });
}

/** Answers the next submit_sm with that id. */
async function accept(smsc: ScriptedSmsc, message_id: string): Promise<void> {
  smsc.write(acceptance(await smsc.received.next(), message_id));
}

function acceptance(submit: Uint8Array, message_id: string): Uint8Array {
  const sequence_number = Buffer.from(submit).readUInt32BE(12);
  return encode({ command: "submit_sm_resp", sequence_number, message_id });
}

const answered = (command_status: number) => ({ command: "deliver_sm_resp", command_status });

const redis = () => ({
  smpp_cache_class: "@esme/caches/redis#RedisSmppCache",
  smpp_cache_config: { url: redisUrl, prefix: `esme-test-${randomUUID()}` },
});

const caches: [string, () => TransportConfigInput][] = [
  ["memory", () => ({})],
  ["Redis", redis],
  ["a cache of one's own", () => ({ smpp_cache_class: "./data/own-cache.js#OwnCache" })],
];

describe.each(caches)("with state in %s", (_, config) => {
  test.each([
    ["in the same segment as its submit_sm_resp, behind it", false],
    ["before its submit_sm_resp", true],
  ])("a receipt that comes %s is matched", async (_, isFirst) => {
    const { application, first: smsc } = await workers(1, config());
    const id = await application.send("hello");
    const response = acceptance(await smsc.received.next(), "7");
    const deliver = receiptOf("7");
    smsc.write(Buffer.concat(isFirst ? [deliver, response] : [response, deliver]));
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(await application.events.next()).toMatchObject({
      event_type: "delivery_report",
      user_message_id: id,
      delivery_status: "delivered",
    });
  });

  test("one that nobody claims is counted, and put on the queue for what failed", async () => {
    const dr_processor_config = { early_receipts: 0.05 };
    const {
      application,
      first: smsc,
      logger,
    } = await workers(1, {
      ...config(),
      dr_processor_config,
      unmatched_receipts: "failed",
    });
    smsc.write(receiptOf("7"));
    expect(decode(await smsc.received.next())).toMatchObject(answered(0));
    expect(await application.failed.next()).toMatchObject({
      reason: "receipt for an unknown message id",
      pdu: { command: "deliver_sm", short_message: expect.stringMatching(/^69643a37/) },
    });
    expect(logger.messages("warn")).toEqual(["receipt for an unknown message id"]);
  });
});

describe.each(caches.slice(0, 2))("with state in %s", (_, config) => {
  test("a receipt for an unknown id is answered before anything is known of it", async () => {
    // Longer than a deliver_sm may wait: once no such receipt was ever taken.
    const dr_processor_config = { early_receipts: 20 };
    const { application, first: smsc } = await workers(1, { ...config(), dr_processor_config });
    smsc.write(receiptOf("7"));
    expect(decode(await smsc.received.next())).toMatchObject(answered(0));
    const id = await application.send("hello");
    await accept(smsc, "7");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(await application.events.next()).toMatchObject({ user_message_id: id });
  });

  test("a stop does not wait for one whose event this worker has published", async () => {
    const {
      application,
      first: smsc,
      transports: [transport],
    } = await workers(1, {
      ...config(),
      drain_timeout: 600,
      dr_processor_config: { early_receipts: 600 },
    });
    smsc.write(receiptOf("7"));
    expect(decode(await smsc.received.next())).toMatchObject(answered(0));
    await application.send("hello");
    await accept(smsc, "7");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    expect(await application.events.next()).toMatchObject({ event_type: "delivery_report" });
    await transport?.stop();
  });

  test("a repeated last receipt is answered, and that is all", async () => {
    const {
      application,
      first: smsc,
      logger,
    } = await workers(1, {
      ...config(),
      unmatched_receipts: "failed",
      dr_processor_config: { early_receipts: 0.001 },
    });
    await application.send("hello");
    await accept(smsc, "7");
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
    for (const sequence of [1, 2, 3]) {
      smsc.write(receiptOf("7", "DELIVRD", sequence));
      expect(decode(await smsc.received.next())).toMatchObject(answered(0));
    }
    await application.send("another");
    await accept(smsc, "8");
    const kinds = [await application.events.next(), await application.events.next()];
    expect(kinds.map(({ event_type }) => event_type)).toEqual(["delivery_report", "ack"]);
    expect(logger.messages("warn")).toEqual([]);
  });

  test("the receipt of a part is matched while other parts are not answered yet", async () => {
    const { application, first: smsc } = await workers(1, config());
    const id = await application.send("x".repeat(200));
    await accept(smsc, "7");
    const second = await smsc.received.next();
    smsc.write(receiptOf("7"));
    const event = { event_type: "delivery_report", user_message_id: id };
    expect(await application.events.next()).toMatchObject(event);
    smsc.write(acceptance(second, "8"));
    expect(decode(await smsc.received.next())).toMatchObject(answered(0));
    expect(await application.events.next()).toMatchObject({ event_type: "ack" });
  });

  test("what is given up goes to the queue for what failed, with its parts", async () => {
    const { application, first: smsc } = await workers(1, config());
    for (const [sequence_number, text] of [
      [1, "a"],
      [2, "b"],
    ] as const) {
      const short_message = Buffer.from([5, 0, 3, 77, 2, 1, ...Buffer.from(text)]);
      const addresses = { source_addr: "27820001001", destination_addr: "4711" };
      const part = { ...addresses, esm_class: 0x40, data_coding: 3, short_message };
      smsc.write(encode({ command: "deliver_sm", sequence_number, ...part }));
      expect(decode(await smsc.received.next())).toMatchObject(answered(0));
    }
    expect(await application.failed.next()).toEqual({
      reason: "parts missing: replaced",
      incomplete: {
        source: "27820001001",
        destination: "4711",
        reference: 77,
        total: 2,
        data_coding: 3,
        received: [1],
        parts: [{ sequence: 1, octets: "61" }],
      },
    });
  });
});

test("a receipt that another worker kept is published by the one that stores the id", async () => {
  const { application, arrivals, first, second } = await workers(2, redis());
  const smscs = [first, second];
  const at = new Set<number>();
  for (let count = 0; count < 20; count++) {
    const id = await application.send(`message ${count}`);
    const submit = await arrivals.next();
    at.add(submit.smsc);
    smscs[1 - submit.smsc]?.write(receiptOf(`smsc-${count}`, "DELIVRD", count + 1));
    expect(await arrivals.next()).toMatchObject({ smsc: 1 - submit.smsc, pdu: answered(0) });
    const { sequence_number } = submit.pdu;
    const response = { sequence_number, message_id: `smsc-${count}` };
    smscs[submit.smsc]?.write(encode({ command: "submit_sm_resp", ...response }));
    const events = [await application.events.next(), await application.events.next()];
    expect(events.map(({ event_type }) => event_type)).toEqual(["ack", "delivery_report"]);
    expect(events.map(({ user_message_id }) => user_message_id)).toEqual([id, id]);
  }
  expect(at.size).toBe(2);
});
