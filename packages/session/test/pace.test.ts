import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pace } from "../src/pace.ts";

const unlimited = { maxPerSecond: Number.POSITIVE_INFINITY, pause: 1_000, maxPause: 8_000 };

/** Sends as fast as the pace allows for so many milliseconds; the times of sending. */
function run(pace: Pace, from: number, milliseconds: number): number[] {
  const sent: number[] = [];
  let now = from;
  while (now < from + milliseconds) {
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
  const pace = new Pace(unlimited, 0);
  for (let n = 0; n < 1_000; n++) {
    expect(pace.readyAt(5)).toBe(5);
    pace.spend();
  }
});

test("in no second more messages leave than allowed, but for the first tenth", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (maxPerSecond) => {
      const sent = run(new Pace({ ...unlimited, maxPerSecond }, 0), 0, 5_000);
      const burst = Math.max(1, maxPerSecond / 10);
      for (const start of [0, 500, 1_000, 2_345]) {
        const inSecond = sent.filter((at) => at >= start && at < start + 1_000).length;
        expect(inSecond).toBeLessThanOrEqual(maxPerSecond + burst + 1);
      }
      expect(sent.length).toBeGreaterThanOrEqual(maxPerSecond * 5 - 1);
    }),
  );
});

describe("after a throttling answer", () => {
  test("nothing leaves for the pause, which doubles while the peer goes on refusing", () => {
    const pace = new Pace(unlimited, 0);
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
    const pace = new Pace(unlimited, 0);
    for (let n = 0; n < 10; n++) pace.throttled(5, 10 + n);
    expect(pace.pausedUntil).toBe(1_010);
  });

  test("sending goes on below the rate that was accepted, and grows back", () => {
    const pace = new Pace({ ...unlimited, maxPerSecond: 100 }, 0);
    run(pace, 0, 5_000);
    pace.throttled(5_000, 5_001);
    const first = run(pace, pace.pausedUntil, 1_000).length;
    expect(first).toBeGreaterThan(50);
    expect(first).toBeLessThan(90);
    const later = run(pace, 20_000, 1_000).length;
    expect(later).toBeGreaterThan(95);
  });

  test("without a rate of its own the limit goes away when it has served", () => {
    const pace = new Pace(unlimited, 0);
    for (let now = 0; now < 1_000; now += 10) pace.accepted(now);
    pace.throttled(1_000, 1_001);
    expect(pace.rate).toBeLessThan(100);
    run(pace, pace.pausedUntil, 60_000);
    expect(pace.rate).toBe(Number.POSITIVE_INFINITY);
  });

  test("a success after the pause makes the next pause short again", () => {
    const pace = new Pace(unlimited, 0);
    pace.throttled(0, 1);
    pace.throttled(1_001, 1_002);
    expect(pace.pausedUntil).toBe(3_002);
    pace.accepted(3_100);
    pace.throttled(3_200, 3_201);
    expect(pace.pausedUntil).toBe(4_201);
  });
});
