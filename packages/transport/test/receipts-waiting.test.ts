/** Receipts that wait for the id of their message: each is published once, by whoever may, or told. */
import type { EarlyReceipt } from "@esme/caches";
import { deliveryReport } from "@esme/messages";
import { type DeliverProcessor, type DeliverSmOutcome, receiptLease } from "@esme/processors";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EarlyReceipts } from "../src/flow/early-receipts.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { RecordingLogger } from "./recording-logger.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => void vi.useRealTimers());

const event: DeliverSmOutcome = { kind: "event", event: deliveryReport("m-1", "delivered") };
const unmatched: DeliverSmOutcome = { kind: "unmatched", receipt: { id: "7" } } as never;

/** Receipts that wait, and what became of them. */
function open(
  handleEarlyReceipt?: DeliverProcessor["handleEarlyReceipt"],
  handleOverdueReceipt?: DeliverProcessor["handleOverdueReceipt"],
) {
  const [log, metrics, stop] = [new RecordingLogger(), new Metrics(), new AbortController()];
  const finished: [kind: string, pdu: unknown][] = [];
  const broker = { isAway: false };
  const early = new EarlyReceipts({
    logger: log,
    metrics,
    deliveryReports: {
      handleDeliverSm: async () => ({ kind: "not_handled" }),
      ...(handleEarlyReceipt && { handleEarlyReceipt }),
      ...(handleOverdueReceipt && { handleOverdueReceipt }),
    },
    stopped: stop.signal,
    finish: async (outcome, pdu) => {
      // What a flow does with an event: it settles, too.
      if ("settle" in outcome) await outcome.settle?.(!broker.isAway);
      if (broker.isAway) throw new Error("the broker is away");
      finished.push([outcome.kind, pdu]);
    },
  });
  const recalls: string[] = [];
  const shared = { canBeTakenOver: false };
  /** Keeps a receipt for ten seconds; what its recalls give, the last one for ever. */
  const keep = (token: string, ...outcomes: readonly (DeliverSmOutcome | Error)[]): void => {
    let calls = 0;
    const recall = async (): Promise<DeliverSmOutcome> => {
      const outcome = outcomes[Math.min(calls, outcomes.length - 1)] ?? { kind: "claimed" };
      calls += 1;
      recalls.push(token);
      if (outcome instanceof Error) throw outcome;
      return outcome.kind === "kept" ? { ...outcome, token, recall } : outcome;
    };
    early.keep({ kind: "kept", time: 10_000, token, ...shared, recall }, { token }, 10);
  };
  const counted = () =>
    Object.fromEntries([...metrics.counts("esme_receipts_total")].filter(([, count]) => count > 0));
  const claim = (token: string, since = performance.now()) =>
    early.claimed([
      {
        smppId: "7",
        message: { messageId: "m-1", info: { part: 1, total: 1 } },
        receipts: [{ token } as EarlyReceipt],
        since,
      },
    ]);
  return { broker, claim, counted, early, finished, keep, log, recalls, shared, stop };
}

const keptAgain: DeliverSmOutcome = { kind: "kept", time: 10_000, recall: async () => event };

describe("a receipt that nobody claims", () => {
  test.each<[DeliverSmOutcome, object]>([
    [event, { late: 1 }],
    [{ kind: "incomplete" }, { late: 1 }],
    [{ kind: "settled" }, { repeated: 1 }],
    [unmatched, { unmatched: 1 }],
    [{ kind: "claimed" }, {}],
  ])(
    "is asked for when its time is over, and %j is done with and counted",
    async (outcome, counts) => {
      const { counted, finished, keep, recalls } = open();
      keep("a", outcome);
      await vi.advanceTimersByTimeAsync(9_999);
      expect([recalls, finished]).toEqual([[], []]);
      await vi.advanceTimersByTimeAsync(1);
      expect([recalls, finished]).toEqual([["a"], [[outcome.kind, { token: "a" }]]]);
      expect(counted()).toEqual(counts);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("waits on while another worker has it", async () => {
    const { finished, keep, recalls } = open();
    keep("a", keptAgain, event);
    await vi.advanceTimersByTimeAsync(19_999);
    expect([recalls, finished]).toEqual([["a"], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([recalls, finished]).toEqual([["a", "a"], [["event", { token: "a" }]]]);
  });

  test("does not wait on when this worker stops", async () => {
    const { early, keep, recalls, stop } = open();
    keep("a", keptAgain);
    stop.abort();
    await early.close();
    expect([recalls, vi.getTimerCount()]).toEqual([["a"], 0]);
  });

  test("is asked for again while the store is away", async () => {
    const { finished, keep, log } = open();
    keep("a", new Error("Redis is away"), new Error("Redis is away"), event);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(finished).toEqual([["event", { token: "a" }]]);
    expect(log.messages("warn")).toEqual([
      "early receipt waits, trying again",
      "early receipt waits, trying again",
    ]);
  });

  test("is left to other workers, with a line, when the store stays away until the stop", async () => {
    const { early, finished, keep, log, stop } = open();
    keep("a", new Error("Redis is away"));
    const closing = early.close();
    await vi.advanceTimersByTimeAsync(60_000);
    stop.abort();
    await closing;
    expect(finished).toEqual([]);
    expect(log.messages("error")).toEqual(["early receipt left, its event was not published"]);
  });

  test("is published once the broker is back, however long that takes, and settled once", async () => {
    const { broker, finished, keep } = open();
    const settled: boolean[] = [];
    keep("a", { ...event, settle: async (isPublished) => void settled.push(isPublished) });
    broker.isAway = true;
    await vi.advanceTimersByTimeAsync(10_000 + 2 * receiptLease * 1_000);
    expect([finished, settled]).toEqual([[], []]);
    broker.isAway = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([finished, settled]).toEqual([[["event", { token: "a" }]], [true]]);
  });

  test("is done with when its processor fails on the news", async () => {
    const { finished, keep, log } = open();
    const settle = async () => {
      throw new Error("no disk");
    };
    keep("a", { ...event, settle });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(finished).toHaveLength(1);
    expect(log.messages("error")).toEqual(["the processor did not take note of the publish"]);
  });
});

describe("a receipt that is claimed", () => {
  test("is published, and not asked for any more", async () => {
    const given: unknown[] = [];
    const { claim, counted, early, finished, keep, recalls } = open(async (...words) => {
      given.push(words);
      return event;
    });
    keep("a", event);
    keep("b", unmatched);
    await claim("a");
    const message = { messageId: "m-1", info: { part: 1, total: 1 } };
    expect(given).toEqual([[{ token: "a" }, "7", message]]);
    expect([finished, counted()]).toEqual([[["event", undefined]], { late: 1 }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(recalls).toEqual(["b"]);
    await early.settled();
  });

  test("of another worker's is published here", async () => {
    const { claim, finished } = open(async () => event);
    await claim("elsewhere");
    expect(finished).toEqual([["event", undefined]]);
  });

  test.each<[string, DeliverProcessor["handleEarlyReceipt"]]>([
    ["a processor that does not know it", async () => ({ kind: "not_handled" })],
    ["a processor of another kind", undefined],
  ])("with %s is left to the worker that keeps it", async (_, handle) => {
    const { claim, counted, finished, keep, recalls } = open(handle);
    keep("a", event);
    await claim("a");
    expect([finished, counted()]).toEqual([[], {}]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([recalls, finished]).toEqual([["a"], [["event", { token: "a" }]]]);
  });

  test("when its lease is nearly over is left to the worker that keeps it", async () => {
    const { claim, finished } = open(async () => event);
    const since = performance.now();
    await vi.advanceTimersByTimeAsync(receiptLease * 800);
    await claim("a", since);
    expect(finished).toEqual([]);
    await claim("a", since + 1);
    expect(finished).toHaveLength(1);
  });

  test("and cannot be published before the end of its lease is given back, and asked for", async () => {
    const settled: boolean[] = [];
    const settle = async (isPublished: boolean) => void settled.push(isPublished);
    const { broker, claim, early, finished, keep, log, recalls } = open(async () => ({
      ...event,
      settle,
    }));
    keep("a", event);
    broker.isAway = true;
    const claimed = claim("a");
    await vi.advanceTimersByTimeAsync(9_000);
    expect(settled).toEqual([]);
    await vi.advanceTimersByTimeAsync(receiptLease * 800);
    await claimed;
    expect(settled).toEqual([false]);
    expect(log.messages("warn")).toContain("early receipt given back, not published");
    expect(log.messages("error")).toEqual([]);
    broker.isAway = false;
    await vi.advanceTimersByTimeAsync(5_000);
    await early.settled();
    expect([recalls, finished]).toEqual([["a"], [["event", { token: "a" }]]]);
  });
});

describe("a receipt that another worker may take over", () => {
  /** One that waits, an outcome for it, and how it was settled. */
  function waiting(outcome: DeliverSmOutcome = event, takesOver = true) {
    const settled: boolean[] = [];
    const world = open(undefined, takesOver ? async () => event : undefined);
    world.shared.canBeTakenOver = true;
    const settle = async (isPublished: boolean) => void settled.push(isPublished);
    return { ...world, settled, outcome: { ...outcome, settle } as DeliverSmOutcome };
  }

  test.each<[DeliverSmOutcome, object]>([
    [event, { late: 1 }],
    [unmatched, { unmatched: 1 }],
  ])("is given back before its lease is over, and asked for again: %j", async (outcome, counts) => {
    const world = waiting(outcome);
    const { broker, counted, finished, keep, recalls, settled } = world;
    keep("a", world.outcome);
    broker.isAway = true;
    await vi.advanceTimersByTimeAsync(10_000 + receiptLease * 1_000);
    expect([recalls, settled, finished]).toEqual([["a"], [false], []]);
    expect(counted()).toEqual({});
    broker.isAway = false;
    await vi.advanceTimersByTimeAsync(receiptLease * 1_000);
    expect([recalls, settled]).toEqual([
      ["a", "a"],
      [false, true],
    ]);
    expect([finished, counted()]).toEqual([[[outcome.kind, { token: "a" }]], counts]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is not asked for any more once another worker has published it", async () => {
    const { broker, finished, keep, outcome, recalls } = waiting();
    keep("a", outcome, { kind: "claimed" });
    broker.isAway = true;
    await vi.advanceTimersByTimeAsync(10_000 + receiptLease * 1_000);
    broker.isAway = false;
    await vi.advanceTimersByTimeAsync(receiptLease * 1_000);
    expect([recalls, finished]).toEqual([["a", "a"], [["claimed", { token: "a" }]]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is given back at a stop while the broker is away", async () => {
    const { broker, early, finished, keep, outcome, settled, stop } = waiting();
    keep("a", outcome);
    broker.isAway = true;
    await vi.advanceTimersByTimeAsync(11_000);
    stop.abort();
    await early.close();
    expect([settled, finished, vi.getTimerCount()]).toEqual([[false], [], 0]);
  });

  test("is left to others at a stop before its time", async () => {
    const { early, keep, log, outcome, recalls, stop } = waiting();
    keep("a", outcome);
    keep("b", outcome);
    stop.abort();
    await early.settled();
    await early.close();
    expect([recalls, vi.getTimerCount()]).toEqual([[], 0]);
    expect(log.messages("info")).toEqual(["early receipts left to other workers"]);
  });

  test("is asked for at a stop when the processor takes none over", async () => {
    const { early, finished, keep, outcome, settled, stop } = waiting(event, false);
    keep("a", outcome);
    stop.abort();
    await early.close();
    expect([settled, finished]).toEqual([[true], [["event", { token: "a" }]]]);
  });

  test("is published by the worker that takes it over, and no longer asked for", async () => {
    const { early, finished, keep, outcome, recalls } = waiting();
    keep("a", outcome);
    const overdue = { key: "7", token: "a", receipt: "", match: { kind: "unknown" } } as const;
    expect(await early.overdue(overdue, performance.now())).toBe(true);
    expect(await early.overdue(overdue, performance.now() - receiptLease * 800)).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([recalls, finished]).toEqual([[], [["event", undefined]]]);
  });
});

describe("the end", () => {
  test("asks for everything that waits, and resolves when it is done with", async () => {
    const { broker, early, finished, keep, recalls } = open();
    keep("a", event);
    keep("b", unmatched);
    broker.isAway = true;
    let isClosed = false;
    const closing = early.close().then(() => {
      isClosed = true;
    });
    await vi.advanceTimersByTimeAsync(3_000);
    expect([recalls, isClosed]).toEqual([["a", "b"], false]);
    broker.isAway = false;
    await vi.advanceTimersByTimeAsync(2_000);
    await closing;
    expect(finished.map(([kind]) => kind).sort()).toEqual(["event", "unmatched"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("of what waits now comes when it was published or its time is over, not before", async () => {
    const { claim, early, keep } = open(async () => event);
    keep("a", event);
    keep("b", event);
    let isSettled = false;
    void early.settled().then(() => {
      isSettled = true;
    });
    await claim("a");
    await vi.advanceTimersByTimeAsync(9_000);
    expect(isSettled).toBe(false);
    keep("c", event);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(isSettled).toBe(true);
  });
});
