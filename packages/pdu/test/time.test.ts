// Times on the wire against Date and Duration.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Duration,
  formatTime,
  PduError,
  parseTime,
  resolveTime,
  timeOffset,
} from "../src/index.ts";

const none: Duration = { years: 0, months: 0, days: 0, hours: 0, minutes: 0, seconds: 0 };

describe("absolute times", () => {
  test.each([
    ["170610233429004+", "2017-06-10T22:34:29.000Z", 4],
    ["170610233429004-", "2017-06-11T00:34:29.000Z", -4],
    ["240229000000900+", "2024-02-29T00:00:00.900Z", 0],
    ["000101000000048+", "1999-12-31T12:00:00.000Z", 48],
    ["991231235959948-", "2100-01-01T11:59:59.900Z", -48],
  ])("%s is %s", (text, utc, quarterHours) => {
    expect(parseTime(text)).toEqual(new Date(utc));
    expect(timeOffset(text)).toBe(quarterHours);
    expect(formatTime(new Date(utc), { quarterHours })).toBe(text);
  });

  test("read back as the same moment in any zone", () => {
    const moments = fc.date({
      min: new Date("2000-01-02T00:00:00Z"),
      max: new Date("2099-12-30T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, fc.integer({ min: -48, max: 48 }), (moment, quarterHours) => {
        moment.setUTCMilliseconds(Math.floor(moment.getUTCMilliseconds() / 100) * 100);
        const text = formatTime(moment, { quarterHours });
        expect(text).toHaveLength(16);
        expect(parseTime(text)).toEqual(moment);
        expect(timeOffset(text)).toBe(quarterHours);
      }),
    );
  });

  test("00- is UTC like 00+", () => {
    expect(parseTime("240101120000000-")).toEqual(new Date("2024-01-01T12:00:00Z"));
  });
});

describe("relative times", () => {
  test.each<[string, Partial<Duration>]>([
    ["000000000005000R", { seconds: 5 }],
    ["000000001000000R", { minutes: 10 }],
    ["020610233429000R", { years: 2, months: 6, days: 10, hours: 23, minutes: 34, seconds: 29 }],
    ["999999999999000R", { years: 99, months: 99, days: 99, hours: 99, minutes: 99, seconds: 99 }],
  ])("%s is %o", (text, duration) => {
    expect(parseTime(text)).toEqual({ ...none, ...duration });
    expect(formatTime(duration)).toBe(text);
  });

  test.each([
    [5_000, "000000000005000R"],
    [1, "000000000001000R"],
    [600_000, "000000001000000R"],
    [90_061_000, "000001010101000R"],
    [0, "000000000000000R"],
  ])("%i milliseconds are %s", (milliseconds, text) => {
    expect(formatTime(milliseconds)).toBe(text);
  });

  test.each([
    ["2024-01-31T10:00:00Z", { months: 1 }, true, "2024-02-29T10:00:00Z"],
    ["2024-01-31T10:00:00Z", { months: 1 }, false, "2024-03-01T10:00:00Z"],
    ["2024-02-29T00:00:00Z", { years: 1 }, true, "2025-02-28T00:00:00Z"],
    ["2024-02-29T00:00:00Z", { years: 1 }, false, "2025-02-28T00:00:00Z"],
    ["2024-11-30T23:59:59Z", { months: 3, days: 1, seconds: 1 }, true, "2025-03-02T00:00:00Z"],
    ["2024-01-01T00:00:00Z", { hours: 1, minutes: 30 }, true, "2024-01-01T01:30:00Z"],
  ])("from %s, %o with calendar %s is %s", (from, duration, calendar, expected) => {
    const moment = resolveTime({ ...none, ...duration }, new Date(from), { calendar });
    expect(moment).toEqual(new Date(expected));
  });

  test("an absolute time resolves to itself", () => {
    const moment = new Date("2024-05-05T05:05:05Z");
    expect(resolveTime(moment, new Date())).toBe(moment);
  });
});

test("the empty string is no time", () => {
  expect(parseTime("")).toBeUndefined();
});

test.each([
  ["a date that is not", "240230000000000+"],
  ["month 13", "241301000000000+"],
  ["hour 24", "240101240000000+"],
  ["an offset over 48", "240101000000049+"],
  ["too short", "24010100000000+"],
  ["no sign", "2401010000000000"],
  ["letters", "24O101000000000+"],
  ["much too long", "2401".repeat(15_000)],
])("%s is refused", (_, text) => {
  expect(() => parseTime(text)).toThrow(expect.objectContaining({ code: "bad_time" }));
  expect(() => parseTime(text)).toThrow(/^.{1,200}$/);
});

test.each([
  ["a part over 99", () => formatTime({ hours: 100 })],
  ["a fraction", () => formatTime({ hours: 1.5 })],
  ["a negative duration", () => formatTime(-1_000_000)],
  ["over 99 days", () => formatTime(100 * 86_400_000)],
  ["a year before 2000", () => formatTime(new Date("1999-12-31T00:00:00Z"))],
  ["an invalid date", () => formatTime(new Date(Number.NaN))],
  ["an offset over 48", () => formatTime(new Date(), { quarterHours: 49 })],
])("%s cannot be written", (_, write) => {
  expect(write).toThrow(PduError);
});
