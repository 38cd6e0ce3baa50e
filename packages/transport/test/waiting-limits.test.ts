/** What waits for a broker that is away has a limit in octets, too. */
import type { IncompleteMessage } from "@esme/caches";
import { describe, expect, test } from "vitest";
import { BrokerError } from "../src/broker/broker.ts";
import { MemoryBroker } from "../src/broker/memory-broker.ts";
import { DeadLetters } from "../src/flow/dead-letters.ts";
import { EarlyReceipts } from "../src/flow/early-receipts.ts";
import { sizeOf } from "../src/flow/excerpt.ts";
import { IncompleteMessages } from "../src/flow/incomplete-messages.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { RecordingLogger } from "./recording-logger.ts";

const megabyte = 1_048_576;
const metrics = () => new Metrics();

describe("receipts that wait", () => {
  /** A hundred of a megabyte each, and what is done with them. */
  function keep() {
    const stop = new AbortController();
    let isAway = true;
    const finished: number[] = [];
    const early = new EarlyReceipts({
      logger: new RecordingLogger(),
      metrics: metrics(),
      deliveryReports: { handleDeliverSm: async () => ({ kind: "not_handled" }) },
      stopped: stop.signal,
      finish: async (_, pdu) => {
        if (isAway) throw new BrokerError("unconfirmed", "away");
        finished.push(Number(Reflect.get(Object(pdu), "number")));
      },
    });
    const recalled: number[] = [];
    for (let number = 1; number <= 100; number += 1) {
      const recall = async () => {
        recalled.push(number);
        return { kind: "unmatched", receipt: { id: "7" } } as never;
      };
      early.keep({ kind: "kept", time: 600_000, recall }, { number }, megabyte);
    }
    const comeBack = (): void => {
      isAway = false;
    };
    return { comeBack, early, finished, recalled, stop };
  }

  test("are asked for before their time, the oldest first, when they hold too much", () => {
    const { early, recalled, stop } = keep();
    expect(recalled).toEqual(Array.from({ length: 36 }, (_, index) => index + 1));
    expect(early.isFull).toBe(false);
    stop.abort();
  });

  test("are no more taken while the broker does not take what became of as many", async () => {
    const { comeBack, early, finished, stop } = keep();
    const closing = early.close();
    expect(early.isFull).toBe(true);
    comeBack();
    await closing;
    expect([early.isFull, finished.length]).toEqual([false, 100]);
    stop.abort();
  });
});

test("incomplete messages that wait are dropped with a line when they hold too much", async () => {
  const broker = new MemoryBroker();
  await broker.connect();
  await broker.close();
  const [log, stop, counts] = [new RecordingLogger(), new AbortController(), metrics()];
  const own = { broker, logger: log, metrics: counts };
  const deadLetters = new DeadLetters({ ...own, transportName: "smpp", keep: true });
  const incomplete = new IncompleteMessages({ ...own, deadLetters, stopped: stop.signal });
  const message: IncompleteMessage = {
    source: "1",
    destination: "2",
    reference: 3,
    total: 2,
    received: [1],
    reason: "expired",
    parts: [{ sequence: 1, octets: new Uint8Array(megabyte) }],
  };
  for (let number = 1; number <= 70; number += 1) incomplete.add(message);
  const line = "incomplete message dropped, too many wait for the broker";
  expect(log.messages("error")).toEqual(Array.from({ length: 7 }, () => line));
  expect(counts.counts("esme_dead_letters_dropped_total").get("message")).toBe(7);
  stop.abort();
  await incomplete.settled();
});

test("what no JSON can hold is dead-lettered with its reason", async () => {
  const broker = new MemoryBroker();
  await broker.connect();
  const bodies: unknown[] = [];
  broker.listen("smpp.failed", (body) => bodies.push(JSON.parse(String(Buffer.from(body)))));
  const log = new RecordingLogger();
  const deadLetters = new DeadLetters({
    transportName: "smpp",
    keep: true,
    broker,
    logger: log,
    metrics: metrics(),
  });
  await deadLetters.pdu({ number: 1n }, "of a class of somebody else");
  expect(bodies).toEqual([
    { reason: "of a class of somebody else", not_shown: expect.stringContaining("BigInt") },
  ]);
});

test.each([
  ["a text", "abc", 35],
  ["octets", Buffer.of(1, 2), 34],
  ["an object", { a: "abc", b: [1, Buffer.of(1)] }, 32 + 35 + 32 + 32 + 33],
])("the size of %s counts what it holds", (_, value, size) => {
  expect(sizeOf(value)).toBe(size);
});
