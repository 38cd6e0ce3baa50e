/** Why no more messages are taken, for how long, and how often one message is delivered in an outage. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { allPauseReasons, Intake, type PauseReason, prefetchOf } from "../src/flow/intake.ts";
import { RecordingLogger } from "./recording-logger.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => void vi.useRealTimers());

const hold = 7_500;
const most = 20;

/** An intake of a worker that is bound. */
function open() {
  const stop = new AbortController();
  const log = new RecordingLogger();
  const onChange = vi.fn();
  const intake = new Intake({ logger: log, holdTimeout: hold, stopped: stop.signal, onChange });
  intake.linked(true);
  onChange.mockClear();
  /** The hold of a message is over that was taken `hold` ago. */
  const giveBack = (reason?: PauseReason, givenBack = 0): void =>
    intake.giveBack(reason, { holdUntil: Date.now(), givenBack });
  return { giveBack, intake, log, onChange, stop };
}

type Told = (intake: Intake) => void;

const stopped: Told = (intake) => intake.begin("stop", "no credit left");
const twice: Told = (intake) => {
  intake.throttled(1_000);
  intake.throttled(3_000);
};

describe("no message is taken", () => {
  test.each<[string, Told, Told, PauseReason]>([
    ["a session can send", (i) => i.linked(false), (i) => i.linked(true), "smpp"],
    ["the SMSC takes messages", stopped, (i) => i.end("stop"), "stop"],
    ["a store is there", (i) => i.begin("store", "away"), (i) => i.end("store"), "store"],
    ["a part is taken", twice, (i) => i.accepted(), "throttled"],
    ["nothing is in hand that is throttled", twice, (i) => i.emptied(), "throttled"],
  ])("until %s", (_, begin, end, reason) => {
    const { intake, log, onChange } = open();
    begin(intake);
    expect([intake.reasons, intake.prefetch(most)]).toEqual([[reason], 0]);
    expect(onChange).toHaveBeenCalled();
    end(intake);
    expect([intake.reasons, intake.prefetch(most)]).toEqual([[], most]);
    expect([...log.messages("warn"), ...log.messages("error")]).toHaveLength(1);
    expect(log.messages("info")).toHaveLength(1);
  });

  test("before the first bind, and the log has nothing to tell", () => {
    const log = new RecordingLogger();
    const { signal } = new AbortController();
    const intake = new Intake({
      logger: log,
      holdTimeout: hold,
      stopped: signal,
      onChange: vi.fn(),
    });
    expect([intake.reasons, intake.prefetch(most)]).toEqual([["smpp"], 0]);
    intake.linked(true);
    expect([intake.prefetch(most), log.text()]).toEqual([most, "[]"]);
  });

  test("while any of the reasons stands, each told once", () => {
    const { intake, log } = open();
    stopped(intake);
    stopped(intake);
    intake.linked(false);
    intake.end("stop");
    intake.linked(true);
    expect(intake.prefetch(most)).toBe(0);
    intake.end("stop");
    expect(intake.prefetch(most)).toBe(most);
    expect(log.messages("error")).toEqual([
      "no more messages are taken: the SMSC refuses all messages",
    ]);
    expect(log.messages("info")).toEqual([
      "no longer: no session that can send is bound",
      "no longer: the SMSC refuses all messages",
    ]);
  });

  test.each<[string, Told]>([
    ["the SMSC asks to slow down once", (i) => i.throttled(1_000)],
    [
      "a whole window is refused in one pause",
      (i) => {
        i.throttled(1_000);
        i.throttled(1_000);
      },
    ],
    [
      "it takes a part between two such answers",
      (i) => {
        i.throttled(1_000);
        i.accepted();
        i.throttled(3_000);
      },
    ],
    ["a part is taken", (i) => i.accepted()],
  ])("but messages are while %s", (_, told) => {
    const { intake, log } = open();
    told(intake);
    expect([intake.reasons, intake.prefetch(most), log.text()]).toEqual([[], most, "[]"]);
  });
});

describe("messages that were given back unsent", () => {
  test("rest, then one is tried, and all are taken once it is", async () => {
    const { giveBack, intake, log, onChange } = open();
    stopped(intake);
    giveBack("stop");
    intake.end("stop");
    await vi.advanceTimersByTimeAsync(29_999);
    expect([intake.prefetch(most), intake.reasons]).toEqual([0, ["stop"]]);
    onChange.mockClear();
    await vi.advanceTimersByTimeAsync(1);
    expect(onChange).toHaveBeenCalledOnce();
    expect([intake.prefetch(most), intake.reasons]).toEqual([1, ["stop"]]);
    stopped(intake);
    expect(intake.prefetch(most)).toBe(0);
    intake.end("stop");
    intake.accepted();
    expect([intake.prefetch(most), intake.reasons]).toEqual([most, []]);
    expect([log.messages("error"), log.messages("info")]).toEqual([
      ["no more messages are taken: the SMSC refuses all messages"],
      ["no longer: the SMSC refuses all messages"],
    ]);
  });

  test.each<[string, Told, PauseReason | undefined, PauseReason]>([
    ["what it says", () => {}, "store", "store"],
    ["what stands", (i) => i.linked(false), undefined, "smpp"],
    ["throttling, though once", (i) => i.throttled(1_000), undefined, "throttled"],
    ["the rate, without any other", () => {}, undefined, "rate"],
  ])("have a reason: %s", (_, told, given, reason) => {
    const { giveBack, intake } = open();
    told(intake);
    giveBack(given);
    expect(intake.reasons).toEqual([reason]);
  });

  test("belong to one rest, however long after each other, from the last one on", async () => {
    const { giveBack, intake } = open();
    stopped(intake);
    giveBack("stop");
    await vi.advanceTimersByTimeAsync(hold - 1);
    giveBack("stop");
    intake.end("stop");
    await vi.advanceTimersByTimeAsync(29_999);
    expect(intake.prefetch(most)).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(intake.prefetch(most)).toBe(1);
  });

  test.each<[PauseReason, readonly number[]]>([
    ["stop", [30, 90, 270, 300, 300]],
    ["throttled", [30, 90, 270, 300, 300]],
    ["store", [30, 90, 270, 300, 300]],
    ["rate", [30, 90, 270, 300, 300]],
    ["smpp", [0, 90, 270, 300, 300]],
  ])("for %s rest for %j s, one after the other", async (reason, seconds) => {
    const { giveBack, intake } = open();
    const rests: number[] = [];
    for (const _ of seconds) {
      giveBack(reason);
      const began = Date.now();
      while (intake.prefetch(most) === 0) await vi.advanceTimersToNextTimerAsync();
      rests.push((Date.now() - began) / 1_000);
      await vi.advanceTimersByTimeAsync(hold);
    }
    expect(rests).toEqual(seconds);
  });

  test("rest for as long as one of them has been given back, by whichever worker", async () => {
    const { giveBack, intake } = open();
    giveBack("stop", 2);
    await vi.advanceTimersByTimeAsync(269_999);
    expect(intake.prefetch(most)).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(intake.prefetch(most)).toBe(1);
  });

  test("for a link that was away are taken at the next bind, and not when it drops each", async () => {
    const { giveBack, intake } = open();
    intake.linked(false);
    giveBack();
    await vi.advanceTimersByTimeAsync(200_000);
    expect(intake.prefetch(most)).toBe(0);
    intake.linked(true);
    expect(intake.prefetch(most)).toBe(1);
    intake.linked(false);
    await vi.advanceTimersByTimeAsync(hold);
    giveBack();
    intake.linked(true);
    expect(intake.prefetch(most)).toBe(0);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(intake.prefetch(most)).toBe(1);
  });

  test("begin nothing after the close", async () => {
    const { giveBack, intake, log, onChange } = open();
    giveBack("stop");
    intake.close();
    onChange.mockClear();
    giveBack("stop");
    intake.linked(false);
    expect([vi.getTimerCount(), onChange.mock.calls.length]).toEqual([0, 0]);
    expect([...log.messages("warn"), ...log.messages("info")]).toEqual([]);
  });
});

describe("a part that waits is tried", () => {
  const pauses = { initial: 1_000, max: 30_000 };

  test.each<[string, Told, "accepted" | "linked" | undefined, number]>([
    ["after its pause", () => {}, "accepted", 4_000],
    ["when another is taken", (i) => i.accepted(), "accepted", 500],
    ["when a session is bound", (i) => i.linked(true), "linked", 500],
    ["no earlier for what it does not wait for", (i) => i.accepted(), "linked", 4_000],
    ["no earlier if it alone is refused", (i) => i.accepted(), undefined, 4_000],
  ])("%s", async (_, told, wakes, after) => {
    const { intake } = open();
    if (wakes === "linked") intake.linked(false);
    const began = Date.now();
    const waited = intake.wait(pauses, 3, Number.POSITIVE_INFINITY, wakes);
    await vi.advanceTimersByTimeAsync(500);
    told(intake);
    await vi.advanceTimersByTimeAsync(after === 500 ? 0 : after - 500);
    await waited;
    expect(Date.now() - began).toBe(after);
  });

  test.each([
    ["its hold is over", 700],
    ["its hold was over before", -700],
  ])("no later than when %s", async (_, until) => {
    const { intake } = open();
    const waited = intake.wait(pauses, 3, Date.now() + until, "accepted");
    await vi.advanceTimersByTimeAsync(Math.max(0, until));
    await waited;
    expect(vi.getTimerCount()).toBe(0);
  });

  test("or given back at the stop", async () => {
    const { intake, stop } = open();
    const waited = intake.wait(pauses, 3, Number.POSITIVE_INFINITY, "accepted");
    stop.abort();
    await waited;
    expect(vi.getTimerCount()).toBe(0);
  });
});

/**
 * A worker with one queue, second by second: it takes what it may, holds each message, gives it back
 * when its hold is over. Returns how often each message was delivered in an outage of five minutes.
 */
function deliveriesIn(
  outage: (second: number) => PauseReason | "flapping",
  count: number,
): number[] {
  const { intake } = open();
  const queue = Array.from({ length: count }, (_, index) => index);
  const deliveries = queue.map(() => 0);
  const held: { message: number; holdUntil: number; waitsFor: "stop" | "store" | undefined }[] = [];
  for (let half = 0; half < 600; half += 1) {
    const reason = outage(half / 2);
    // Every fifth second there is a bind, for one second.
    intake.linked(reason === "flapping" ? half % 10 < 2 : reason !== "smpp");
    while (held.length < intake.prefetch(most) && queue.length > 0) {
      const message = queue.shift() ?? 0;
      deliveries[message] = (deliveries[message] ?? 0) + 1;
      const waitsFor = reason === "stop" || reason === "store" ? reason : undefined;
      if (waitsFor) intake.begin(waitsFor, "");
      held.push({ message, holdUntil: Date.now() + hold, waitsFor });
    }
    if (reason === "throttled" && held.length > 0 && half % 20 === 0) intake.throttled(half);
    while (held[0] !== undefined && held[0].holdUntil <= Date.now()) {
      const { message, holdUntil, waitsFor } = held[0];
      const givenBack = (deliveries[message] ?? 1) - 1;
      intake.giveBack(waitsFor, { holdUntil, givenBack });
      held.shift();
      if (waitsFor) intake.end(waitsFor);
      if (held.length === 0) intake.emptied();
      // A quorum queue delivers what was given back before all others.
      queue.unshift(message);
    }
    vi.advanceTimersByTime(500);
  }
  intake.close();
  return deliveries;
}

describe("an outage of five minutes delivers no message more than four times:", () => {
  test.each(["smpp", "stop", "throttled", "store", "rate", "flapping"] as const)("%s", (reason) => {
    const deliveries = deliveriesIn(() => reason, 30);
    expect(Math.max(...deliveries)).toBeLessThanOrEqual(4);
  });

  test("any of them after each other", () => {
    const reasons = fc.constantFrom("smpp", "stop", "throttled", "store", "flapping" as const);
    const spells = fc.array(
      fc.record({ reason: reasons, seconds: fc.integer({ min: 1, max: 60 }) }),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(spells, (all) => {
        const seconds = all.flatMap(({ reason, seconds: length }) =>
          Array.from({ length }, () => reason),
        );
        const outage = (second: number) => seconds[Math.floor(second) % seconds.length] ?? "stop";
        expect(Math.max(...deliveriesIn(outage, 30))).toBeLessThanOrEqual(4);
      }),
      { numRuns: 50 },
    );
  });
});

test.each([
  ["no rate", 20, Number.POSITIVE_INFINITY, 900_000, 20],
  ["a fast rate", 20, 100, 900_000, 20],
  ["a slow rate", 20, 0.02, 900_000, 9],
  ["a rate of one in 15 minutes", 20, 0.001, 900_000, 1],
  ["a short hold", 20, 1, 7_500, 3],
])(
  "with %s: of %i at %d parts a second and a hold of %i ms, %i are taken",
  (_, all, rate, ms, count) => {
    expect(prefetchOf(all, rate, ms)).toBe(count);
  },
);

test("every reason has its own words", () => {
  expect(allPauseReasons).toEqual(["smpp", "stop", "throttled", "store", "rate"]);
});
