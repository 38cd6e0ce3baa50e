import fc from "fast-check";
import { expect, test } from "vitest";
import { KeepAlive } from "../src/keep-alive.ts";

test.each([
  ["says nothing before the interval is over", 999, undefined],
  ["asks when it is", 1_000, "enquire"],
])("%s", (_name, now, verdict) => {
  const keepAlive = new KeepAlive({ interval: 1_000, timeout: 500, inactivity: 0 }, 0);
  expect(keepAlive.check(now)).toBe(verdict);
});

test("asks once per silence, then gives up; any sign of life starts it over", () => {
  const keepAlive = new KeepAlive({ interval: 1_000, timeout: 500, inactivity: 0 }, 0);
  expect(keepAlive.check(1_000)).toBe("enquire");
  expect(keepAlive.check(1_100)).toBeUndefined();
  expect(keepAlive.nextAt).toBe(1_500);
  keepAlive.heard(1_200);
  expect(keepAlive.check(1_500)).toBeUndefined();
  expect(keepAlive.check(2_200)).toBe("enquire");
  expect(keepAlive.check(2_700)).toBe("silent");
});

test("told to ask always, it does so though the peer is not silent", () => {
  const options = { interval: 1_000, timeout: 500, inactivity: 0, always: true };
  const keepAlive = new KeepAlive(options, 0);
  keepAlive.heard(900);
  expect(keepAlive.check(1_000)).toBe("enquire");
  keepAlive.heard(1_100);
  keepAlive.heard(2_000);
  expect(keepAlive.check(2_099)).toBeUndefined();
  expect(keepAlive.check(2_100)).toBe("enquire");
});

test("inactivity counts what is not a sign of life alone", () => {
  const keepAlive = new KeepAlive({ interval: 0, timeout: 0, inactivity: 1_000 }, 0);
  keepAlive.heard(900);
  expect(keepAlive.check(1_000)).toBe("inactive");
  keepAlive.active(1_500);
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
      fc.array(fc.constantFrom("heard", "active", "check"), { maxLength: 20 }),
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
