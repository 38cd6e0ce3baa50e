/** How many lines of one kind the log takes. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limited } from "../src/log/limited-logger.ts";
import { LineLimit } from "../src/log/line-limit.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { start } from "./world.ts";

describe("the limit", () => {
  test("so many lines at once, then so many a second; what is left out is counted for ten seconds", () => {
    const limit = new LineLimit(2);
    expect([0, 0, 0, 1].map((now) => limit.takes("a", now))).toEqual([true, true, false, false]);
    expect(limit.takes("b", 1)).toBe(true);
    expect([500, 500, 1_000].map((now) => limit.takes("a", now))).toEqual([true, false, true]);
    expect(limit.next).toBe(10_000);
    expect(limit.due(9_999)).toEqual([]);
    expect(limit.due(10_000)).toEqual([{ kind: "a", count: 3, time: 10_000 }]);
    expect(limit.due(20_000)).toEqual([]);
    expect(limit.next).toBeUndefined();
  });

  test("at the end all counts are due, over the time that they took", () => {
    const limit = new LineLimit(1);
    for (const now of [0, 10, 4_000, 4_000]) limit.takes("a", now);
    expect(limit.due()).toEqual([{ kind: "a", count: 2, time: 3_990 }]);
  });

  test("each line is written or counted, once, and no kind takes more than its share", () => {
    const step = fc.record({ kind: fc.constantFrom("a", "b"), pause: fc.nat(3_000) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), (perSecond, steps) => {
        const limit = new LineLimit(perSecond);
        let now = 0;
        let written = 0;
        let counted = 0;
        for (const { kind, pause } of steps) {
          now += pause;
          if (limit.takes(kind, now)) written += 1;
          for (const { count } of limit.due(now)) counted += count;
        }
        for (const { count } of limit.due()) counted += count;
        expect(written + counted).toBe(steps.length);
        expect(written).toBeLessThanOrEqual(2 * perSecond * (1 + now / 1_000));
      }),
    );
  });

  test("kinds that say nothing any more are forgotten", () => {
    const limit = new LineLimit(1);
    for (let index = 0; index < 100_000; index += 1) limit.takes(`kind ${index}`, index * 10);
    expect(limit.takes("kind 0", 1_000_000)).toBe(true);
  });
});

describe("a logger with a limit", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("writes some lines, and once in ten seconds how many more there were", () => {
    const log = new RecordingLogger();
    const logger = limited(log, 3);
    for (let index = 0; index < 1_237; index += 1) logger.warn({ index }, "bad PDU");
    expect(log.messages("warn")).toEqual(Array(3).fill("bad PDU"));
    vi.advanceTimersByTime(10_000);
    expect(log.messages("warn").slice(3)).toEqual(["bad PDU ... 1,234 more like this in 10 s"]);
    expect(log.text()).toContain("left_out: 1234");
    vi.advanceTimersByTime(60_000);
    expect(log.messages("warn")).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("levels are kinds of their own, numbers make none, debug lines all pass", () => {
    const log = new RecordingLogger();
    const logger = limited(log, 1);
    for (let index = 0; index < 5; index += 1) {
      for (const level of ["debug", "info", "warn", "error"] as const) {
        logger[level]({}, `next try in ${index}.5 s`);
      }
    }
    const counts = (["debug", "info", "warn", "error"] as const).map(
      (level) => log.messages(level).length,
    );
    expect(counts).toEqual([5, 1, 1, 1]);
  });

  test("flush writes what is left and ends the waiting", () => {
    const log = new RecordingLogger();
    const logger = limited(log, 1);
    for (let index = 0; index < 3; index += 1) logger.error({}, "failed");
    logger.flush();
    expect(log.messages("error")).toEqual(["failed", "failed ... 2 more like this in 1 s"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("0 is no limit", () => {
    const log = new RecordingLogger();
    const logger = limited(log, 0);
    for (let index = 0; index < 100; index += 1) logger.error({}, "failed");
    logger.flush();
    expect(log.messages("error")).toHaveLength(100);
  });
});

test("a flood of messages that cannot be read is a few lines, and their number", async () => {
  const { application, log, transport } = await start({ config: { log_rate: 5 } });
  const many = 300;
  for (let index = 0; index < many; index += 1) await application.publish("no JSON");
  for (let index = 0; index < many; index += 1) await application.failed.next();
  await transport.stop();
  const told = log.messages("error").filter((line) => line.includes("dead-lettered"));
  const counted = told.flatMap((line) => / \.\.\. ([\d,]+) more like this/.exec(line)?.[1] ?? []);
  const written = told.length - counted.length;
  const left = counted.reduce((sum, count) => sum + Number(count.replaceAll(",", "")), 0);
  expect(written + left).toBe(many);
  expect(left).toBeGreaterThan(0);
});
