/** The dates in delivery receipts, which name no zone and come in several layouts. */

import * as z from "zod";
import { word } from "./config.ts";

const layouts = {
  YYMMDDhhmm: /^(?<yy>\d\d)(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)$/,
  YYMMDDhhmmss:
    /^(?<yy>\d\d)(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)$/,
  YYYYMMDDhhmm: /^(?<yyyy>\d{4})(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)$/,
  YYYYMMDDhhmmss:
    /^(?<yyyy>\d{4})(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)$/,
} as const;

/** Dates with marks between, which nobody mistakes for others. */
const marked =
  /^(?<yyyy>\d{4})-(?<month>\d\d)-(?<day>\d\d)[ T](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))?$/;

const zoneWants = "UTC, +hh:mm or -hh:mm, or a name such as Europe/Oslo";

/** The key `receipt_dates`. */
export const receiptDates = z.strictObject(
  {
    /** `YYMMDDhhmm`, `YYMMDDhhmmss`, `YYYYMMDDhhmm`, `YYYYMMDDhhmmss`. Default: what fits alone. */
    layout: word(["YYMMDDhhmm", "YYMMDDhhmmss", "YYYYMMDDhhmm", "YYYYMMDDhhmmss"]).optional(),
    /** The zone they are in; dates are then told in UTC, with a Z. Default: not known. */
    time_zone: z.string(zoneWants).refine(isZone, zoneWants).optional(),
  },
  "layout and time_zone",
);

/** How the dates of one SMSC are to be read. */
export type ReceiptDates = z.output<typeof receiptDates>;

/**
 * The date of a receipt in ISO form without zone, `2024-03-01T12:05` or `2024-03-01T12:05:09`; in
 * UTC, `2024-03-01T10:05:09Z`, when the zone is known. Undefined when no layout fits, when it is no
 * date of the calendar, or when no layout is set and two fit: twelve digits may be `YYMMDDhhmmss` or
 * `YYYYMMDDhhmm`.
 */
export function receiptTime(date: string, dates: ReceiptDates = {}): string | undefined {
  const { layout, time_zone } = dates;
  const set = layout && isoOf(layouts[layout].exec(date)?.groups);
  const readings = [marked, ...Object.values(layouts)].flatMap((pattern) => {
    const iso = isoOf(pattern.exec(date)?.groups);
    return iso === undefined ? [] : [iso];
  });
  const local = set ?? (readings.length === 1 ? readings[0] : undefined);
  return local === undefined || time_zone === undefined ? local : inUtc(local, time_zone);
}

function isoOf(groups: Record<string, string | undefined> | undefined): string | undefined {
  if (groups === undefined) return undefined;
  const { yy, yyyy = `20${yy}`, month, day, hour, minute, second } = groups;
  const iso = `${yyyy}-${month}-${day}T${hour}:${minute}`;
  const time = new Date(`${iso}:${second ?? "00"}Z`);
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(iso)) return undefined;
  const year = Number(yyyy);
  if (year < 1990 || year > 2099) return undefined;
  return second === undefined ? iso : `${iso}:${second}`;
}

/** A local time as that of UTC. In the hour that a clock shows twice, the earlier one. */
function inUtc(local: string, zone: string): string {
  const shown = Date.parse(`${local.padEnd(19, ":00")}Z`);
  const about = shown - offset(zone, shown);
  const exact = shown - offset(zone, about);
  return `${new Date(exact).toISOString().slice(0, local.length)}Z`;
}

/** By how many milliseconds clocks in the zone are ahead of UTC at that time. */
function offset(zone: string, time: number): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign !== undefined)
    return (sign === "-" ? -60_000 : 60_000) * (Number(hours) * 60 + Number(minutes));
  const shown = clockOf(zone).formatToParts(time);
  const part = (type: string) => Number(shown.find((part) => part.type === type)?.value);
  const day = Date.UTC(part("year"), part("month") - 1, part("day"));
  return day + 1000 * (part("hour") * 3600 + part("minute") * 60 + part("second")) - time;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** One for each zone in use: making one takes far longer than using it. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  clocks.set(timeZone, clock);
  return clock;
}

function isZone(zone: string): boolean {
  if (/^[+-](?:0\d|1[0-4]):?[0-5]\d$/.test(zone)) return true;
  try {
    clockOf(zone);
    return true;
  } catch {
    return false;
  }
}
