import fc from "fast-check";
import { expect, test } from "vitest";
import { KeepAlive, type KeepAliveOptions } from "../src/keep-alive.ts";

test.each([
  ["says nothing before the interval is over", 999, undefined],
  ["asks when it is", 1_000, "enquire"],
])("%s", (_name, now, verdict) => {
  const keepAlive = new KeepAlive({ interval: 1_000, timeout: 500, inactivity: 0 }, 0);
  expect(keepAlive.check(now)).toBe(verdict);
});

test("gives up when the timeout is over; any sign of life starts it over", () => {
  const keepAlive = new KeepAlive({ interval: 1_000, timeout: 500, inactivity: 0 }, 0);
  expect(keepAlive.check(1_000)).toBe("enquire");
  expect(keepAlive.check(1_100)).toBeUndefined();
  expect(keepAlive.nextAt).toBe(1_500);
  keepAlive.onReceived(1_200);
  expect(keepAlive.check(1_500)).toBeUndefined();
  expect(keepAlive.check(2_200)).toBe("enquire");
  expect(keepAlive.check(2_700)).toBe("silent");
});

test("told to ask always, it does so though the peer is not silent", () => {
  const options = { interval: 1_000, timeout: 500, inactivity: 0, always: true };
  const keepAlive = new KeepAlive(options, 0);
  keepAlive.onReceived(900);
  expect(keepAlive.check(1_000)).toBe("enquire");
  keepAlive.onReceived(1_100);
  keepAlive.onReceived(1_900);
  expect(keepAlive.check(1_999)).toBeUndefined();
  expect(keepAlive.check(2_000)).toBe("enquire");
});

/** The seconds at which it asks and when it gives up; the peer is heard at those of `heard`. */
function rhythm(options: KeepAliveOptions, heard: number[], until: number): [number[], number?] {
  const keepAlive = new KeepAlive(options, 0);
  const asked: number[] = [];
  for (let now = 0; now <= until; now++) {
    if (heard.includes(now)) keepAlive.onReceived(now);
    const verdict = keepAlive.check(now);
    if (verdict === "enquire") asked.push(now);
    if (verdict === "silent") return [asked, now];
  }
  return [asked];
}

test.each<[string, KeepAliveOptions, number[], number[], number?]>([
  [
    "every interval while nobody answers, until the timeout of the first is over",
    { interval: 2, timeout: 10, inactivity: 0 },
    [],
    [2, 4, 6, 8, 10],
    12,
  ],
  [
    "in its rhythm when a late answer came",
    { interval: 2, timeout: 10, inactivity: 0, always: true },
    [5, 11],
    [2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
    22,
  ],
  [
    "an interval after each sign of life",
    { interval: 2, timeout: 10, inactivity: 0 },
    [5, 9],
    [2, 4, 7, 11, 13, 15, 17, 19],
    21,
  ],
  ["for ever without a timeout", { interval: 10, timeout: 0, inactivity: 0 }, [], [10, 20, 30, 40]],
])("asks %s", (_name, options, heard, asked, silentAt) => {
  const seen = rhythm(options, heard, 40);
  expect(seen).toEqual(silentAt === undefined ? [asked] : [asked, silentAt]);
});

test("after a long stop of the clock it asks once, not once for each interval missed", () => {
  const keepAlive = new KeepAlive({ interval: 1_000, timeout: 0, inactivity: 0 }, 0);
  expect(keepAlive.check(5_300)).toBe("enquire");
  expect(keepAlive.check(5_301)).toBeUndefined();
  expect(keepAlive.nextAt).toBe(6_300);
});

test("inactivity counts what is not a sign of life alone", () => {
  const keepAlive = new KeepAlive({ interval: 0, timeout: 0, inactivity: 1_000 }, 0);
  keepAlive.onReceived(900);
  expect(keepAlive.check(1_000)).toBe("inactive");
  keepAlive.onActivity(1_500);
  expect(keepAlive.check(2_400)).toBeUndefined();
});

test("switched off it never says anything", () => {
  const keepAlive = new KeepAlive({ interval: 0, timeout: 0, inactivity: 0 }, 0);
  expect(keepAlive.nextAt).toBe(Number.POSITIVE_INFINITY);
  expect(keepAlive.check(1e12)).toBeUndefined();
});

test("asked at nextAt it always says something, and never before", () => {
  fc.assert(
    fc.property(
      fc.record({
        interval: fc.integer({ min: 1, max: 1_000 }),
        timeout: fc.integer({ min: 1, max: 1_000 }),
        inactivity: fc.integer({ min: 0, max: 3_000 }),
        always: fc.boolean(),
      }),
      fc.array(fc.constantFrom("onReceived", "onActivity", "check"), { maxLength: 20 }),
      (options, script) => {
        const keepAlive = new KeepAlive(options, 0);
        let now = 0;
        for (const step of script) {
          const { nextAt } = keepAlive;
          now += (nextAt - now) / 2;
          if (step === "check") expect(keepAlive.check(now)).toBeUndefined();
          else keepAlive[step](now);
        }
        expect(keepAlive.check(keepAlive.nextAt)).toBeDefined();
      },
    ),
  );
});
