/** Messages that wait: they are held, and go back to their queue only when that cannot be avoided. */
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { LinkError } from "@esme/client";
import { amqpUrl } from "@esme/services";
import { connect } from "amqplib";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import { RabbitBroker } from "../src/broker/rabbit-broker.ts";
import type { TransportConfigInput } from "../src/config/settings.ts";
import { Secret } from "../src/config/values/secret.ts";
import { StatusTable } from "../src/config/values/status-table.ts";
import { Intake } from "../src/flow/intake.ts";
import { PartSender } from "../src/flow/part-sender.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { SmppTransport } from "../src/smpp-transport.ts";
import { Application } from "./application.ts";
import { Inbox } from "./inbox.ts";
import { silentLogger } from "./silent-logger.ts";
import { prepare, start } from "./world.ts";

const kinds = ["outbound", "inbound", "event", "failed"] as const;

const noCredit = 0x401;

/** Pauses of some milliseconds, so that many of them fit into a test. */
const stopping = {
  worker_concurrency: 5,
  statuses: { "0x401": { meaning: "no credit left", reaction: "stop" } },
  throttle: { initial_pause: 0.005, max_pause: 0.01 },
} satisfies TransportConfigInput;

/** A message centre that refuses so many messages, and takes the others. */
class Refusing {
  left: number;
  readonly smsc = {
    onSubmit: () => {
      if (this.left === 0) return 0;
      this.left -= 1;
      return noCredit;
    },
  };

  constructor(times: number) {
    this.left = times;
  }
}

describe("a message that the SMSC refuses together with all others", () => {
  test("is held, and is sent when the SMSC takes messages again", async () => {
    const { application, broker, log } = await start({
      config: stopping,
      smsc: new Refusing(100).smsc,
    });
    const ids = await Promise.all(Array.from({ length: 10 }, () => application.send("hello")));
    const events = await Promise.all(ids.map(() => application.events.next()));
    expect(events.map(({ event_type }) => event_type)).toEqual(ids.map(() => "ack"));
    expect(events.map(({ user_message_id }) => user_message_id).sort()).toEqual(ids.sort());
    expect(log.messages("error")).toContain(
      "no more messages are taken: the SMSC refuses all messages",
    );
    expect(log.messages("warn")).not.toContain("not sent, back on the queue");
    expect(broker.left).toEqual({});
  });

  test("keeps the worker from taking more than it may have in hand", async () => {
    const { application, broker, log } = await start({
      config: { ...stopping, throttle: { initial_pause: 60, max_pause: 60 } },
      smsc: { onSubmit: () => noCredit },
    });
    await Promise.all(Array.from({ length: 20 }, () => application.send("hello")));
    await log.until("error", "no more messages are taken: the SMSC refuses all messages");
    // Every one of the five has been refused, and the consumer is gone.
    while (broker.left["smpp.outbound"] !== 15) await turn();
  });

  test("goes back to its queue once, at the stop", async () => {
    const { application, broker, log, transport } = await start({
      config: { ...stopping, throttle: { initial_pause: 60, max_pause: 60 } },
      smsc: { onSubmit: () => noCredit },
    });
    await application.send("hello");
    await log.until("error", "no more messages are taken: the SMSC refuses all messages");
    await transport.stop();
    const inbox = new Inbox<Delivery>();
    await broker.consume("smpp.outbound", 1, inbox.put);
    expect((await inbox.next()).givenBack).toBe(1);
  });

  test("with parts: only those without an answer are sent again", async () => {
    const taken: string[] = [];
    let answers = 0;
    const { application } = await start({
      config: stopping,
      smsc: {
        onSubmit: (pdu) => {
          answers += 1;
          if (answers > 1 && answers < 5) return noCredit;
          taken.push(
            Buffer.from(("short_message" in pdu && pdu.short_message) || "").toString("hex"),
          );
          return 0;
        },
      },
    });
    await application.send("x".repeat(400));
    expect(await application.events.next()).toEqual(
      expect.objectContaining({
        event_type: "ack",
        transport_metadata: {},
      }),
    );
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).toHaveLength(3);
  });
});

test("a slow account takes no more than it can send, and nothing goes back", async () => {
  const { application, log } = await start({
    config: { worker_concurrency: 20, mt_tps: 20, hold_timeout: 0.5 },
  });
  const ids = await Promise.all(Array.from({ length: 25 }, () => application.send("hello")));
  const events = await Promise.all(ids.map(() => application.events.next()));
  expect(events.map(({ event_type }) => event_type)).toEqual(ids.map(() => "ack"));
  expect(log.messages("warn")).not.toContain("not sent, back on the queue");
});

test("what a rate cannot send within the hold goes back, and rests", async () => {
  const { application, broker, log, transport } = await start({
    // As where many workers share a rate: not even the one message in hand leaves within its hold.
    config: { worker_concurrency: 20, mt_tps: 1, hold_timeout: 0.1 },
  });
  await Promise.all(Array.from({ length: 5 }, () => application.send("hello")));
  await log.until("warn", "no more messages are taken: the rate lets out less than is in hand");
  expect((await transport.health()).components.smpp.paused).toEqual(["rate"]);
  await expect.poll(() => broker.left["smpp.outbound"]).toBe(4);
});

describe("a message that was given back again and again", () => {
  test("gets one nack and is dead-lettered, before the queue's limit drops it", async () => {
    const { application, broker, transport } = await prepare({ config: { max_deliveries: 2 } });
    await application.listen();
    const id = await application.send("hello");
    const inbox = new Inbox<Delivery>();
    const other = await broker.consume("smpp.outbound", 1, inbox.put);
    (await inbox.next()).requeue();
    const second = await inbox.next();
    await other.cancel();
    second.requeue();
    await transport.start();
    const reason = "given back 2 times, expected less than 2 (max_deliveries)";
    expect(await application.events.next()).toMatchObject({
      event_type: "nack",
      user_message_id: id,
      nack_reason: reason,
    });
    expect(await application.failed.next()).toMatchObject({
      reason,
      body: expect.stringContaining(id),
    });
    const next = await application.send("next");
    expect(await application.events.next()).toMatchObject({ user_message_id: next });
  });
});

test("a message that fails in a way nobody foresaw has one event, and is dead-lettered", async () => {
  const { application, broker, smsc, transport } = await prepare();
  await application.listen();
  const failing = new SmppTransport(
    { host: "127.0.0.1", port: smsc.port },
    {
      broker,
      logger: {
        ...silentLogger,
        debug: (_, message) => {
          if (message === "submitting") throw new Error("the disk is full");
        },
      },
    },
  );
  onTestFinished(() => failing.stop());
  await failing.start();
  const id = await application.send("hello");
  expect(await application.events.next()).toMatchObject({
    event_type: "nack",
    user_message_id: id,
    nack_reason: "internal error: the disk is full",
  });
  expect(await application.failed.next()).toMatchObject({ body: expect.stringContaining(id) });
  await failing.stop();
  await transport.start();
  const next = await application.send("next");
  expect(await application.events.next()).toMatchObject({ user_message_id: next });
});

describe("a part that cannot be sent", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  const closed = new LinkError("closed_by_peer", "the SMSC is away");

  test("is tried less and less often, and comes back when it was held for long", async () => {
    const stop = new AbortController();
    const sender = new PartSender({
      logger: silentLogger,
      metrics: new Metrics(),
      sequencer: "sequencer_class: Numbers",
      onLinkLoss: "requeue",
      statuses: new StatusTable({}),
      throttleStatuses: [],
      tlvs: {},
      retryPauses: { initial: 1_000, max: 30_000 },
      expiry: 0,
      stopped: stop.signal,
      intake: new Intake({
        logger: silentLogger,
        holdTimeout: 900_000,
        stopped: stop.signal,
        onChange: () => {},
      }),
    });
    const began = Date.now();
    const tries: number[] = [];
    const requestQueue = {
      request: () => {
        tries.push((Date.now() - began) / 1_000);
        return Promise.reject(closed);
      },
    };
    const holdTimeout = 900_000;
    const holdUntil = began + holdTimeout;
    const sent = sender.send(
      { command: "submit_sm" },
      {
        requestQueue,
        deadline: Number.POSITIVE_INFINITY,
        givenBack: 0,
        priority: false,
        holdUntil,
      },
    );
    await vi.advanceTimersByTimeAsync(holdTimeout + 30_000);
    expect(await sent).toEqual({ kind: "unsent", reason: "the SMSC is away", written: false });
    expect(tries.slice(0, 7)).toEqual([0, 1, 3, 7, 15, 31, 61]);
    expect(tries.length).toBeLessThan(holdTimeout / 30_000 + 7);
  });
});

describe.runIf(amqpUrl)("on a quorum queue with a delivery limit of 20", () => {
  test("a worker whose SMSC refuses everything loses no message", { timeout: 60_000 }, async () => {
    const name = `esme-test-${randomUUID()}`;
    const connection = await connect(amqpUrl ?? "");
    const channel = await connection.createChannel();
    // RabbitMQ 4 gives every quorum queue this limit.
    const limited = { "x-queue-type": "quorum", "x-delivery-limit": 20 };
    const quorum = { durable: true, arguments: limited };
    for (const kind of kinds) await channel.assertQueue(`${name}.${kind}`, quorum);
    onTestFinished(async () => {
      for (const kind of kinds) await channel.deleteQueue(`${name}.${kind}`);
      await connection.close();
    });
    const broker = new RabbitBroker({ url: new Secret(amqpUrl ?? "") });
    onTestFinished(() => broker.close());
    const application = await Application.on(broker, name);
    await application.listen();
    const refusals = new Refusing(40 * stopping.worker_concurrency);
    const { transport } = await prepare({
      config: { ...stopping, transport_name: name },
      smsc: refusals.smsc,
      on: broker,
    });
    const ids = await Promise.all(Array.from({ length: 10 }, () => application.send("hello")));
    await transport.start();
    const events = await Promise.all(ids.map(() => application.events.next()));
    expect(refusals.left).toBe(0);
    expect(events.map(({ event_type }) => event_type)).toEqual(ids.map(() => "ack"));
    expect(events.map(({ user_message_id }) => user_message_id).sort()).toEqual(ids.sort());
    expect(application.failed.size).toBe(0);
  });
});
