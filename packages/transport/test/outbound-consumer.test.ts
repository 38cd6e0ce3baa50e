/** The consumer of the outbound queue is there while messages can be sent: one at most, none after the stop. */
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Delivery } from "../src/broker/broker.ts";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { OutboundConsumer } from "../src/flow/outbound-consumer.ts";
import { RecordingLogger } from "./recording-logger.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Ten messages on the queue; each consumer takes two of them, or as many as `can` says. */
async function open() {
  const broker = new MemoryBroker();
  await broker.connect();
  for (let number = 1; number <= 10; number += 1) await broker.publish("q", Buffer.of(number));
  const log = new RecordingLogger();
  const can = { send: true, take: true, prefetch: 2 };
  const taken: Delivery[] = [];
  const consumer = new OutboundConsumer({
    broker,
    queue: "q",
    most: 4,
    prefetch: () => (can.send ? can.prefetch : 0),
    inHand: () => (can.take ? 0 : can.prefetch),
    logger: log,
    onDelivery: (delivery) => taken.push(delivery),
  });
  const settle = async (): Promise<void> => {
    await consumer.settled();
    await turn();
    await turn();
  };
  return { broker, can, consumer, log, settle, taken };
}

test("nothing is taken before it is asked whether messages can be sent", async () => {
  const { settle, taken } = await open();
  await settle();
  expect(taken).toEqual([]);
});

test.each([
  [true, true, 2],
  [false, true, 0],
  [true, false, 0],
])("can send: %s, has room: %s: takes %i", async (send, take, count) => {
  const { can, consumer, settle, taken } = await open();
  Object.assign(can, { send, take });
  consumer.follow();
  consumer.follow();
  await settle();
  consumer.follow();
  consumer.roomMade();
  await settle();
  expect(taken).toHaveLength(count);
});

test("takes no more once nothing can be sent, and what it has can still be acknowledged", async () => {
  const { broker, can, consumer, settle, taken } = await open();
  consumer.follow();
  await settle();
  can.send = false;
  consumer.follow();
  await settle();
  expect(taken.map((delivery) => delivery.ack())).toEqual([true, true]);
  await settle();
  expect([taken.length, broker.left]).toEqual([2, { q: 8 }]);
  can.send = true;
  consumer.follow();
  await settle();
  expect(taken).toHaveLength(4);
});

test("waits for room before it begins anew, and for nothing once it has begun", async () => {
  const { can, consumer, settle, taken } = await open();
  can.take = false;
  consumer.follow();
  consumer.roomMade();
  await settle();
  expect(taken).toEqual([]);
  can.take = true;
  consumer.roomMade();
  await settle();
  can.take = false;
  consumer.follow();
  taken[0]?.ack();
  await settle();
  expect(taken).toHaveLength(3);
});

test("a link that goes while the broker begins to deliver leaves no consumer", async () => {
  const { can, consumer, settle, taken } = await open();
  consumer.follow();
  can.send = false;
  consumer.follow();
  await settle();
  await settle();
  for (const delivery of taken.splice(0)) delivery.requeue();
  await settle();
  expect(taken).toEqual([]);
});

test("a link that comes back while the broker ends to deliver has one consumer", async () => {
  const { can, consumer, settle, taken } = await open();
  consumer.follow();
  await settle();
  can.send = false;
  consumer.follow();
  can.send = true;
  consumer.follow();
  await settle();
  await settle();
  expect(taken).toHaveLength(4);
  for (const delivery of taken) delivery.ack();
  await settle();
  // Those of the first consumer were acknowledged behind its end: the second takes two more.
  expect(taken).toHaveLength(6);
});

test.each([
  [1, 1, 1],
  [1, 2, 3],
  [1, 4, 5],
  [2, 1, 3],
  [2, 3, 2],
  [3, 2, 3],
  [3, 4, 7],
  [4, 3, 4],
  [4, 2, 6],
])("of %i that may be in hand become %i: has taken %i", async (before, after, count) => {
  const { can, consumer, settle, taken } = await open();
  can.prefetch = before;
  consumer.follow();
  await settle();
  can.prefetch = after;
  if (before < 4) consumer.roomMade();
  else consumer.follow();
  await settle();
  await settle();
  expect(taken).toHaveLength(count);
});

test("asks nothing when a message leaves while as many as can be may be in hand", async () => {
  const { can, consumer, settle, taken } = await open();
  can.prefetch = 4;
  consumer.follow();
  await settle();
  can.send = false;
  consumer.roomMade();
  await settle();
  for (const delivery of taken) delivery.ack();
  await settle();
  expect(taken).toHaveLength(8);
});

describe("a broker that cannot begin to deliver", () => {
  test("is asked again after a second, and not before", async () => {
    const { broker, consumer, log, settle, taken } = await open();
    await broker.close();
    consumer.follow();
    await settle();
    consumer.follow();
    consumer.roomMade();
    await settle();
    const line = "the broker did not begin or end to deliver, trying again";
    expect(log.messages("error")).toEqual([line]);
    await broker.connect();
    await vi.advanceTimersByTimeAsync(999);
    await settle();
    expect(taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    expect(taken).toHaveLength(2);
  });

  test("is not asked again after the stop", async () => {
    const { broker, consumer, settle, taken } = await open();
    await broker.close();
    consumer.follow();
    await settle();
    await consumer.stop();
    expect(vi.getTimerCount()).toBe(0);
    await broker.connect();
    await vi.advanceTimersByTimeAsync(5_000);
    await settle();
    expect(taken).toEqual([]);
  });

  test("that cannot as the worker stops is not asked again either", async () => {
    const { broker, consumer, settle, taken } = await open();
    await broker.close();
    consumer.follow();
    await consumer.stop();
    expect(vi.getTimerCount()).toBe(0);
    await broker.connect();
    await vi.advanceTimersByTimeAsync(5_000);
    await settle();
    expect(taken).toEqual([]);
  });
});

describe("after the stop nothing is taken,", () => {
  test.each(["idle", "beginning", "consuming", "ending"])(
    "stopped while it is %s",
    async (state) => {
      const { broker, can, consumer, settle, taken } = await open();
      if (state !== "idle") consumer.follow();
      if (state === "consuming" || state === "ending") await settle();
      if (state === "ending") {
        can.send = false;
        consumer.follow();
      }
      await consumer.stop();
      await consumer.stop();
      can.send = true;
      consumer.follow();
      consumer.roomMade();
      for (const delivery of taken.splice(0)) delivery.ack();
      await settle();
      await settle();
      expect(taken).toEqual([]);
      expect(Object.keys(broker.left)).toEqual(["q"]);
    },
  );
});
