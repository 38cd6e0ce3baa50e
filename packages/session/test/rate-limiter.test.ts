import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RateLimiter } from "../src/rate-limiter.ts";

const unlimited = { maxPerSecond: Number.POSITIVE_INFINITY, pause: 1_000, maxPause: 8_000 };

/** Sends as fast as the pace allows for so many milliseconds; the times of sending. */
function run(pace: RateLimiter, from: number, milliseconds: number): number[] {
  const sent: number[] = [];
  let now = from;
  for (let round = 0; now < from + milliseconds; round++) {
    if (round > 200_000) throw new Error(`no end at ${now} ms`);
    const readyAt = pace.readyAt(now);
    if (readyAt > now) {
      now = readyAt;
      continue;
    }
    pace.spend();
    pace.accepted(now);
    sent.push(now);
    // Without a limit there would be no end to one and the same millisecond.
    if (pace.rate === Number.POSITIVE_INFINITY) now++;
  }
  return sent;
}

test("without a limit a message may leave at once, always", () => {
  const pace = new RateLimiter(unlimited, 0);
  for (let n = 0; n < 1_000; n++) {
    expect(pace.readyAt(5)).toBe(5);
    pace.spend();
  }
});

test("in no second more messages leave than allowed, but for the first tenth", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (maxPerSecond) => {
      const sent = run(new RateLimiter({ ...unlimited, maxPerSecond }, 0), 0, 5_000);
      const burst = Math.max(1, maxPerSecond / 10);
      for (const start of [0, 500, 1_000, 2_345]) {
        const inSecond = sent.filter((at) => at >= start && at < start + 1_000).length;
        expect(inSecond).toBeLessThanOrEqual(maxPerSecond + burst + 1);
      }
      expect(sent.length).toBeGreaterThanOrEqual(maxPerSecond * 5 - 1);
    }),
  );
});

test("after a rest a tenth of a second's messages leave together, the next one in its time", () => {
  const pace = new RateLimiter({ ...unlimited, maxPerSecond: 100 }, 0);
  for (const now of [0, 60_000]) {
    for (let n = 0; n < 10; n++) {
      expect(pace.readyAt(now)).toBe(now);
      pace.spend();
    }
    expect(pace.readyAt(now)).toBeCloseTo(now + 10);
    expect(pace.readyAt(now + 5)).toBeCloseTo(now + 10);
    expect(pace.readyAt(now + 10)).toBe(now + 10);
  }
});

/** A pace whose peer took so many messages a second, evenly, for so many milliseconds from 0. */
function accepting(perSecond: number, milliseconds: number, options = unlimited): RateLimiter {
  const pace = new RateLimiter(options, 0);
  for (let now = 0; now < milliseconds; now += 1_000 / perSecond) pace.accepted(now);
  return pace;
}

describe("after a throttling answer", () => {
  test("nothing leaves for the pause, which doubles while the peer goes on refusing", () => {
    const pace = new RateLimiter(unlimited, 0);
    const pauses: number[] = [];
    let now = 0;
    for (let n = 0; n < 5; n++) {
      pace.throttled(now, now + 1);
      pauses.push(pace.readyAt(now + 1) - now - 1);
      now = pace.pausedUntil;
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
  });

  test("a whole window refused at once is one refusal", () => {
    const pace = new RateLimiter(unlimited, 0);
    for (let n = 0; n < 10; n++) pace.throttled(5, 10 + n);
    expect(pace.pausedUntil).toBe(1_010);
  });

  test("sending goes on below the rate that was accepted, and grows back", () => {
    const pace = new RateLimiter({ ...unlimited, maxPerSecond: 100 }, 0);
    run(pace, 0, 5_000);
    pace.throttled(5_000, 5_001);
    const first = run(pace, pace.pausedUntil, 1_000).length;
    expect(first).toBeGreaterThan(50);
    expect(first).toBeLessThan(90);
    const later = run(pace, 20_000, 1_000).length;
    expect(later).toBeGreaterThan(95);
  });

  test("without a rate of its own the limit goes away when it has served", () => {
    const pace = new RateLimiter(unlimited, 0);
    for (let now = 0; now < 1_000; now += 10) pace.accepted(now);
    pace.throttled(1_000, 1_001);
    expect(pace.rate).toBeLessThan(100);
    run(pace, pace.pausedUntil, 60_000);
    expect(pace.rate).toBe(Number.POSITIVE_INFINITY);
  });

  test("a success after the pause makes the next pause short again", () => {
    const pace = new RateLimiter(unlimited, 0);
    pace.throttled(0, 1);
    pace.throttled(1_001, 1_002);
    expect(pace.pausedUntil).toBe(3_002);
    pace.accepted(3_100);
    pace.throttled(3_200, 3_201);
    expect(pace.pausedUntil).toBe(4_201);
  });

  test("an answer from before the pause makes no pause short", () => {
    const pace = new RateLimiter(unlimited, 0);
    pace.throttled(0, 1);
    pace.accepted(1_000);
    pace.throttled(1_001, 1_002);
    expect(pace.pausedUntil).toBe(3_002);
    pace.accepted(3_002);
    pace.throttled(3_003, 3_003);
    expect(pace.pausedUntil).toBe(4_003);
  });

  test.each([
    ["what the peer took", 100, 10_000, 70],
    ["what it took, also in a short time", 100, 50, 35],
    ["one a second, however little it took", 0.5, 10_000, 1],
  ])("messages leave at 0.7 of %s", (_, perSecond, milliseconds, expected) => {
    const pace = accepting(perSecond, milliseconds);
    pace.throttled(milliseconds, milliseconds);
    expect(pace.rate / expected).toBeGreaterThan(0.9);
    expect(pace.rate / expected).toBeLessThan(1.1);
  });

  test("what the peer took counts as it was lately, not since the beginning", () => {
    const pace = accepting(1_000, 10_000);
    for (let now = 10_000; now < 25_000; now += 100) pace.accepted(now);
    pace.throttled(25_000, 25_000);
    expect(pace.rate).toBeGreaterThan(6);
    expect(pace.rate).toBeLessThan(8);
  });

  test("what it took before an earlier pause counts no more", () => {
    const pace = accepting(1_000, 10_000);
    pace.throttled(10_000, 10_000);
    pace.throttled(11_000, 11_001);
    expect(pace.rate).toBe(1);
  });

  test.each([
    [50, 35],
    [0.1, 0.1],
  ])("with at most %d a second the rate is %d, whatever the peer took", (maxPerSecond, rate) => {
    const pace = accepting(1_000, 1_000, { ...unlimited, maxPerSecond });
    pace.throttled(1_000, 1_001);
    expect(pace.rate).toBeCloseTo(rate);
  });

  test("one message leaves when the pause is over, the next one in its time", () => {
    const pace = accepting(1_000, 10_000);
    pace.throttled(10_000, 10_000);
    expect(pace.readyAt(10_999)).toBe(11_000);
    expect(pace.readyAt(11_000)).toBe(11_000);
    pace.spend();
    const next = pace.readyAt(11_000) - 11_000;
    expect(next).toBeCloseTo(1_000 / pace.rate);
  });

  test.each([
    [10, [70, 80, 90], 33],
    [1, [7, 8, 9], 33],
    [0, [1, 2, 3], 3],
  ])(
    "of %d in a tenth of a second a tenth, at least one, comes back each second; at the fourfold all is free",
    (count, rates, seconds) => {
      const pace = new RateLimiter(unlimited, 0);
      for (let n = 0; n < count; n++) pace.accepted(n);
      pace.throttled(100, 100);
      const rateAt = (now: number): number => {
        pace.readyAt(now);
        return pace.rate;
      };
      expect(rateAt(600)).toBeCloseTo(rates[0] ?? 0);
      rates.forEach((rate, second) => {
        expect(rateAt(1_100 + second * 1_000)).toBeCloseTo(rate);
      });
      expect(rateAt(1_000 + seconds * 1_000)).toBeLessThan(Number.POSITIVE_INFINITY);
      expect(rateAt(1_200 + seconds * 1_000)).toBe(Number.POSITIVE_INFINITY);
    },
  );

  test("a limit that has served leaves the rate that was set, with its first tenth", () => {
    const pace = accepting(10, 100_000, { ...unlimited, maxPerSecond: 100 });
    pace.throttled(100_000, 100_000);
    const now = 200_000;
    for (let n = 0; n < 10; n++) {
      expect(pace.readyAt(now)).toBe(now);
      pace.spend();
    }
    expect(pace.rate).toBe(100);
    expect(pace.readyAt(now)).toBeCloseTo(now + 10);
  });
});
