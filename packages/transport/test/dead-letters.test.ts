/** What cannot be handled is on `.failed` with its reason, or its loss is told; nothing in between. */
import { setImmediate as turn } from "node:timers/promises";
import type { IncompleteMessage } from "@esme/caches";
import { newMessage } from "@esme/messages";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BrokerError } from "../src/broker/broker.ts";
import { MemoryBroker, type MemoryBrokerOptions } from "../src/broker/memory-broker.ts";
import { isTemporary, isUnavailable } from "../src/broker/retry.ts";
import { DeadLetters } from "../src/flow/dead-letters.ts";
import { reasonOf } from "../src/flow/excerpt.ts";
import { IncompleteMessages } from "../src/flow/incomplete-messages.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { RecordingLogger } from "./recording-logger.ts";

/** What is on the queue, and what was said and counted. */
async function world(options: MemoryBrokerOptions & { readonly keep?: boolean } = {}) {
  const { keep = true, ...limits } = options;
  const broker = new MemoryBroker(limits);
  await broker.connect();
  const [log, metrics] = [new RecordingLogger(), new Metrics()];
  const deadLetters = new DeadLetters({ transportName: "sms", keep, broker, logger: log, metrics });
  const bodies: unknown[] = [];
  const counts = () => ({
    kept: Object.fromEntries(metrics.counts("esme_dead_letters_total")),
    dropped: Object.fromEntries(metrics.counts("esme_dead_letters_dropped_total")),
  });
  const listen = () =>
    broker.listen("sms.failed", (body) => bodies.push(JSON.parse(Buffer.from(body).toString())));
  return { bodies, broker, counts, listen, log, metrics, deadLetters };
}

const none = { message: 0, pdu: 0 };

const incomplete: IncompleteMessage = {
  source: "1",
  destination: "2",
  reference: 3,
  total: 2,
  received: [1],
  reason: "expired",
  parts: [{ sequence: 1, octets: Buffer.from("a") }],
};

const shown = {
  ...{ source: "1", destination: "2", reference: 3, total: 2, received: [1] },
  parts: [{ sequence: 1, octets: "61" }],
};

const message = newMessage({ to_addr: "1", from_addr: "2", content: "hello" });

type Call = (deadLetters: DeadLetters) => Promise<void>;

const calls: readonly (readonly [string, "message" | "pdu", Call, object])[] = [
  [
    "unreadable message",
    "message",
    (to) => to.message(Buffer.from("{"), "why"),
    { reason: "why", body: "{" },
  ],
  [
    "message that the broker refuses",
    "message",
    (to) => to.refused(Buffer.from("x"), "why"),
    { reason: "why", body: "x" },
  ],
  [
    "PDU",
    "pdu",
    (to) => to.pdu({ command: "deliver_sm", short_message: Buffer.of(1, 2) }, "why"),
    { reason: "why", pdu: { command: "deliver_sm", short_message: "0102" } },
  ],
  [
    "undecodable PDU",
    "pdu",
    (to) => to.octets(Buffer.of(1, 2), "why"),
    { reason: "why", octets: "0102" },
  ],
  [
    "inbound message",
    "message",
    (to) => to.inbound(message, "why"),
    { reason: "why", body: expect.stringContaining(message.message_id) },
  ],
  [
    "incomplete message",
    "message",
    (to) => to.incomplete({ ...incomplete, dataCoding: 8 }),
    { reason: "parts missing: expired", incomplete: { ...shown, data_coding: 8 } },
  ],
  [
    "incomplete message",
    "message",
    (to) => to.incomplete(incomplete),
    { reason: "parts missing: expired", incomplete: shown },
  ],
];

describe.each(calls)("%s, of kind %s:", (name, kind, call, body) => {
  test("is on the queue, counted and told", async () => {
    const { bodies, counts, listen, log, deadLetters } = await world();
    listen();
    await call(deadLetters);
    expect(bodies).toEqual([body]);
    expect(counts()).toEqual({ kept: { ...none, [kind]: 1 }, dropped: none });
    expect(log.messages("error")).toEqual([`${name} dead-lettered`]);
    expect(log.text()).toContain("queue: 'sms.failed'");
    expect(log.text()).toMatch(/reason: '(why|parts missing: expired)'/);
  });

  test("is dropped with a line where failed_queue says so", async () => {
    const { bodies, broker, counts, listen, log, deadLetters } = await world({ keep: false });
    listen();
    await call(deadLetters);
    expect([bodies, broker.left]).toEqual([[], {}]);
    expect(counts()).toEqual({ kept: { ...none, [kind]: 1 }, dropped: none });
    expect(log.messages("error")).toEqual([`${name} dropped, as failed_queue says`]);
    expect(log.text()).toMatch(/reason: '(why|parts missing: expired)'/);
  });

  test.each([
    ["is full", { maxQueueLength: 1 }, /refusal: 'queue sms.failed holds 1 messages/],
    ["never takes it", { maxQueueOctets: 10 }, /refusal: 'a message to sms.failed has \d+ octets/],
  ])("is dropped with a line when the queue %s", async (_, limits, refusal) => {
    const { broker, counts, log, deadLetters } = await world(limits);
    await broker.publish("sms.failed", Buffer.from("before"));
    await call(deadLetters);
    expect(broker.left).toEqual({ "sms.failed": 1 });
    expect(counts()).toEqual({ kept: none, dropped: { ...none, [kind]: 1 } });
    expect(log.messages("error")).toEqual([`${name} dropped, no queue takes it`]);
    expect(log.text()).toMatch(refusal);
  });

  test.each([
    ["broker is closed", "closed"],
    ["queue is not there", "unroutable"],
  ])("is neither kept nor given up when the %s", async (_, code) => {
    const { broker, counts, log, deadLetters } = await world({ declareQueues: false });
    if (code === "closed") await broker.close();
    await expect(call(deadLetters)).rejects.toMatchObject({ name: "BrokerError", code });
    expect(counts()).toEqual({ kept: none, dropped: none });
    expect(log.messages("error")).toEqual([]);
  });
});

test("a reason without end is shortened, on the queue and in the log", async () => {
  const { bodies, listen, log, deadLetters } = await world();
  listen();
  await deadLetters.octets(Buffer.of(1), "x".repeat(50_000));
  expect(bodies).toEqual([
    { octets: "01", reason: expect.stringMatching(/^x{1000}\.\.\. \(50,000/) },
  ]);
  expect(log.text().length).toBeLessThan(2_000);
});

describe("the words of an error", () => {
  test.each<[unknown, string]>([
    [new Error("why"), "why"],
    ["why", "why"],
    [5, "5"],
    [undefined, "undefined"],
    [null, "null"],
    [{ password: "hunter2" }, "something was thrown that is no Error"],
    [Object.create(null), "something was thrown that is no Error"],
    [new Error("x".repeat(2_000)), `${"x".repeat(1_000)}... (2,000 characters)`],
    ["x".repeat(2_000), `${"x".repeat(1_000)}... (2,000 characters)`],
    [Object.assign(new Error(), { message: 5 }), "5"],
  ])("of %o are %s", (error, words) => {
    expect(reasonOf(error)).toBe(words);
  });
});

describe("an error after which another try may work", () => {
  const unavailable = Object.assign(new Error("Redis"), { code: "unavailable" });
  test.each<[string, unknown, boolean, boolean]>([
    ["a store out of reach", unavailable, true, true],
    ["a publish that was not confirmed", new BrokerError("unconfirmed", "x"), false, true],
    ["a queue that is full", new BrokerError("queue_full", "x"), false, true],
    ["a broker that is closed", new BrokerError("closed", "x"), false, true],
    ["a message that is refused", new BrokerError("refused", "x"), false, false],
    ["any other error", new Error("x"), false, false],
    ["an error with another code", Object.assign(new Error("x"), { code: "EIO" }), false, false],
    ["no error", { code: "unavailable" }, false, false],
    ["nothing", undefined, false, false],
  ])("%s, %o: of a store %s, of the broker or a store %s", (_, error, ofStore, ofBoth) => {
    expect([isUnavailable(error), isTemporary(error)]).toEqual([ofStore, ofBoth]);
  });
});

describe("messages given up with parts missing", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  async function away() {
    const own = await world();
    await own.broker.close();
    const stop = new AbortController();
    const messages = new IncompleteMessages({
      logger: own.log,
      metrics: own.metrics,
      deadLetters: own.deadLetters,
      stopped: stop.signal,
    });
    return { ...own, messages, stop };
  }

  test("are told, counted, and kept once the broker is back", async () => {
    const { bodies, broker, listen, log, messages, metrics } = await away();
    messages.add({ ...incomplete, reason: "evicted" });
    const settled = messages.settled();
    await vi.advanceTimersByTimeAsync(600);
    expect(log.messages("warn")).toEqual([
      "inbound message given up, parts missing",
      ...Array.from({ length: 2 }, () => "incomplete message not kept, trying again"),
    ]);
    expect(log.text()).toMatch(
      /reference: 3,\s+total: 2,\s+received: \[ 1 \],\s+reason: 'evicted'/,
    );
    expect(metrics.counts("esme_multipart_incomplete_total").get("evicted")).toBe(1);
    listen();
    await broker.connect();
    await vi.advanceTimersByTimeAsync(2_000);
    await settled;
    expect(bodies).toEqual([{ reason: "parts missing: evicted", incomplete: shown }]);
    expect(log.messages("error")).toEqual(["incomplete message dead-lettered"]);
  });

  test("are dropped with a line at the stop", async () => {
    const { log, messages, stop } = await away();
    messages.add(incomplete);
    await vi.advanceTimersByTimeAsync(10);
    stop.abort();
    await messages.settled();
    expect(log.messages("error")).toEqual(["incomplete message dropped"]);
  });

  test("wait in a number that is limited, and again when there is room", async () => {
    const { broker, counts, listen, bodies, log, messages } = await away();
    const add = (count: number) => {
      for (let number = 0; number < count; number += 1) messages.add(incomplete);
    };
    add(1_000);
    expect(counts().dropped).toEqual(none);
    add(2);
    expect(counts().dropped).toEqual({ ...none, message: 2 });
    const line = "incomplete message dropped, too many wait for the broker";
    expect(log.messages("error")).toEqual([line, line]);
    listen();
    await broker.connect();
    const settled = messages.settled();
    await vi.advanceTimersByTimeAsync(3_000);
    await settled;
    add(1_000);
    await messages.settled();
    expect(bodies).toHaveLength(2_000);
    expect(counts().dropped).toEqual({ ...none, message: 2 });
  });

  test("count with their octets only while they wait", async () => {
    const { counts, log, metrics, deadLetters } = await world({ keep: false });
    const stopped = new AbortController().signal;
    const messages = new IncompleteMessages({ logger: log, metrics, deadLetters, stopped });
    const parts = [{ sequence: 1, octets: new Uint8Array(40_000_000) }];
    for (let number = 0; number < 4; number += 1) {
      messages.add({ ...incomplete, parts });
      await messages.settled();
      await turn();
    }
    expect(counts()).toEqual({ kept: { ...none, message: 4 }, dropped: none });
    messages.add({ ...incomplete, parts });
    messages.add({ ...incomplete, parts });
    await messages.settled();
    expect(counts()).toEqual({ kept: { ...none, message: 5 }, dropped: { ...none, message: 1 } });
  });
});
