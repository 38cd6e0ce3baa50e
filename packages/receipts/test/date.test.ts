import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatReceiptDate,
  isTimeZone,
  type ReceiptDates,
  receiptDateLayouts,
  receiptTime,
} from "../src/index.ts";

describe("a date", () => {
  test.each<[string, ReceiptDates, string | undefined]>([
    ["2403011205", {}, "2024-03-01T12:05"],
    ["240301120509", {}, "2024-03-01T12:05:09"],
    ["202403011205", {}, "2024-03-01T12:05"],
    ["202403011205", { layout: "YYYYMMDDhhmm" }, "2024-03-01T12:05"],
    ["200105101530", {}, undefined],
    ["200105101530", { layout: "YYMMDDhhmmss" }, "2020-01-05T10:15:30"],
    ["200105101530", { layout: "YYYYMMDDhhmm" }, "2001-05-10T15:30"],
    ["20240301120509", {}, "2024-03-01T12:05:09"],
    ["2024-03-01 12:05", {}, "2024-03-01T12:05"],
    ["2024-03-01T12:05:09", {}, "2024-03-01T12:05:09"],
    ["2024-03-01 12:05", { layout: "YYMMDDhhmm" }, "2024-03-01T12:05"],
    ["on 2024-03-01 12:05", {}, undefined],
    ["2024-03-01 12:05:09 UTC", {}, undefined],
    ["x2403011205", {}, undefined],
    ["2403011205x", { layout: "YYMMDDhhmm" }, undefined],
    ["x", { time_zone: "UTC" }, undefined],
    ["2402301200", {}, undefined],
    ["2413011200", {}, undefined],
    ["0000000000", {}, undefined],
    ["0", {}, undefined],
    ["", {}, undefined],
    ["24030112050", {}, undefined],
    ["198912312359", { layout: "YYYYMMDDhhmm" }, undefined],
    ["199001010000", { layout: "YYYYMMDDhhmm" }, "1990-01-01T00:00"],
    ["209912312359", { layout: "YYYYMMDDhhmm" }, "2099-12-31T23:59"],
    ["210001010000", { layout: "YYYYMMDDhhmm" }, undefined],
    ["2403011205", { time_zone: "UTC" }, "2024-03-01T12:05Z"],
    ["2403011205", { time_zone: "+02:00" }, "2024-03-01T10:05Z"],
    ["2403011205", { time_zone: "+0530" }, "2024-03-01T06:35Z"],
    ["2403011205", { time_zone: "-11:00" }, "2024-03-01T23:05Z"],
    ["2403011205", { time_zone: "Europe/Oslo" }, "2024-03-01T11:05Z"],
    ["2407011205", { time_zone: "Europe/Oslo" }, "2024-07-01T10:05Z"],
    ["240701120509", { time_zone: "Europe/Oslo" }, "2024-07-01T10:05:09Z"],
    ["2401010030", { time_zone: "Asia/Kathmandu" }, "2023-12-31T18:45Z"],
  ])("%s with %j is %s", (date, dates, iso) => {
    expect(receiptTime(date, dates)).toBe(iso);
  });

  test("in the hour that a clock shows twice is the earlier one", () => {
    const dates = { time_zone: "Europe/Oslo" };
    expect(receiptTime("2410270230", dates)).toBe("2024-10-27T00:30Z");
    expect(receiptTime("2410270130", dates)).toBe("2024-10-26T23:30Z");
    expect(receiptTime("2410270330", dates)).toBe("2024-10-27T02:30Z");
    expect(receiptTime("2411030130", { time_zone: "America/New_York" })).toBe("2024-11-03T05:30Z");
    expect(receiptTime("2411030230", { time_zone: "America/New_York" })).toBe("2024-11-03T07:30Z");
  });

  test("in the hour that a clock leaves out is read as if clocks had not been put forward", () => {
    const dates = { time_zone: "Europe/Oslo" };
    expect(receiptTime("2403310130", dates)).toBe("2024-03-31T00:30Z");
    expect(receiptTime("2403310230", dates)).toBe("2024-03-31T01:30Z");
    expect(receiptTime("2403310330", dates)).toBe("2024-03-31T01:30Z");
    expect(receiptTime("2403100230", { time_zone: "America/New_York" })).toBe("2024-03-10T07:30Z");
  });

  test.each(["Europe/Nowhere", "UTC+02:00", "+02:00x", "+15:00", "-99:99", "+02", ""])(
    "in the zone %j, which does not exist, is a RangeError",
    (time_zone) => {
      expect(() => receiptTime("2403011205", { time_zone })).toThrow(RangeError);
    },
  );

  test("is read as it was written, in every layout", () => {
    const date = fc.date({
      min: new Date("2000-01-01T00:00:00Z"),
      max: new Date("2099-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, fc.constantFrom(...receiptDateLayouts), (date, layout) => {
        const length = layout.endsWith("ss") ? 19 : 16;
        expect(receiptTime(formatReceiptDate(date, layout), { layout })).toBe(
          date.toISOString().slice(0, length),
        );
      }),
    );
  });
});

test.each([
  ["UTC", true],
  ["+02:00", true],
  ["-0530", true],
  ["+14:00", true],
  ["+15:00", false],
  ["+02:60", false],
  ["UTC+02:00", false],
  ["+02:00x", false],
  ["Europe/Oslo", true],
  ["Europe/Nowhere", false],
  ["", false],
])("%j is a zone: %s", (zone, is) => {
  expect(isTimeZone(zone)).toBe(is);
});

describe("formatReceiptDate", () => {
  const date = new Date("2026-11-22T01:05:59Z");
  test.each([
    [undefined, "2611220105"],
    ["YYMMDDhhmm", "2611220105"],
    ["YYMMDDhhmmss", "261122010559"],
    ["YYYYMMDDhhmm", "202611220105"],
    ["YYYYMMDDhhmmss", "20261122010559"],
  ] as const)("in %s", (layout, written) => {
    expect(formatReceiptDate(date, layout)).toBe(written);
  });

  test.each([new Date(Number.NaN), new Date(8.64e15), new Date(-8.64e15)])(
    "%s is no date of a receipt",
    (date) => {
      expect(() => formatReceiptDate(date)).toThrow(/expected a valid Date of the years 0 to 9999/);
    },
  );
});
