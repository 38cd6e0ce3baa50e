import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatTimestamp,
  newMessage,
  parseMessage,
  parseTimestamp,
  serialise,
} from "../src/index.ts";

const parsed = (timestamp: string) =>
  parseMessage(serialise(newMessage({ to_addr: "1", from_addr: "2", timestamp })));

describe("a time stamp", () => {
  test.each([
    ["2024-01-02 03:04:05.678901", "2024-01-02 03:04:05.678901"],
    ["2024-01-02 03:04:05.678901Z", "2024-01-02 03:04:05.678901"],
    ["2024-01-02 03:04:05", "2024-01-02 03:04:05.000000"],
    ["2024-01-02 03:04:05Z", "2024-01-02 03:04:05.000000"],
    ["2024-01-02 03:04:05.6", "2024-01-02 03:04:05.600000"],
    ["2024-01-02T03:04:05.678Z", "2024-01-02 03:04:05.678000"],
    ["2024-02-29 00:00:00", "2024-02-29 00:00:00.000000"],
    ["2000-02-29 23:59:59", "2000-02-29 23:59:59.000000"],
  ])("%s becomes %s", (given, canonical) => {
    expect(parsed(given).timestamp).toBe(canonical);
  });

  test.each([
    "",
    "2024-01-02",
    "2024-1-2 03:04:05",
    "2024-13-02 03:04:05",
    "2024-00-02 03:04:05",
    "2024-01-00 03:04:05",
    "2024-04-31 03:04:05",
    "2023-02-29 03:04:05",
    "1900-02-29 03:04:05",
    "2024-01-02 24:00:00",
    "2024-01-02 03:60:05",
    "2024-01-02 03:04:60",
    "2024-01-02 03:04:05.1234567",
    "2024-01-02 03:04:05+02:00",
    " 2024-01-02 03:04:05",
    "2024-01-02 03:04:05\n",
  ])("%j is refused", (given) => {
    expect(() => parsed(given)).toThrow("timestamp: expected");
    expect(() => parseTimestamp(given)).toThrow(RangeError);
  });

  test("of any Date of four-digit years is read back as that Date", () => {
    const date = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (time) => {
        expect(parseTimestamp(formatTimestamp(time))).toEqual(time);
      }),
    );
  });

  test("cannot be made of a Date outside", () => {
    expect(() => formatTimestamp(new Date(Date.UTC(12_000, 0)))).toThrow(RangeError);
    expect(() => formatTimestamp(new Date(Number.NaN))).toThrow(RangeError);
  });
});
