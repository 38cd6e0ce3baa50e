// Writes and reads the times of SMPP (3.4 section 7.1.1): absolute ones as Date, relative ones as Duration.

import { PduError } from "./errors.ts";
import { Status } from "./status.ts";

/** A relative time, counted from the clock of the SMSC. Each part is 0 to 99. */
export interface Duration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

const MINUTE = 60_000;
const QUARTER_HOUR = 15 * MINUTE;
const DAY = 24 * 60 * MINUTE;

const PATTERN = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([-+R])$/;

/** The error about a time; the peer that sent it is answered with ESME_RINVSCHED. */
function badTime(message: string): PduError {
  return new PduError("bad_time", message, { command_status: Status.ESME_RINVSCHED });
}

function digits(value: number, name: string, most = 99): string {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw badTime(`${name} is ${value}, expected an integer from 0 to ${most}`);
  }
  return String(value).padStart(2, "0");
}

/**
 * The 16 characters of a time: absolute for a Date, relative for a {@link Duration} (absent parts
 * are 0) or a number of milliseconds (rounded up to the second, at most 99 days).
 *
 * `quarterHours`, -48 to 48, is the zone in which an absolute time is written, in quarters of an
 * hour ahead of UTC; 0 unless given. Years are 2000 to 2099. Throws {@link PduError} `bad_time`.
 */
export function formatTime(
  time: Date | Partial<Duration> | number,
  { quarterHours = 0 }: { quarterHours?: number } = {},
): string {
  if (time instanceof Date) return formatAbsolute(time, quarterHours);
  const duration = typeof time === "number" ? durationOf(time) : time;
  const { years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0 } = duration;
  const parts = Object.entries({ years, months, days, hours, minutes, seconds });
  return `${parts.map(([name, value]) => digits(value, name)).join("")}000R`;
}

function formatAbsolute(date: Date, quarterHours: number): string {
  const local = new Date(date.getTime() + quarterHours * QUARTER_HOUR);
  const year = local.getUTCFullYear();
  if (!(year >= 2000 && year <= 2099)) {
    throw badTime(`the year is ${year}, an SMPP time has 2000 to 2099`);
  }
  return [
    digits(year - 2000, "year"),
    digits(local.getUTCMonth() + 1, "month"),
    digits(local.getUTCDate(), "day"),
    digits(local.getUTCHours(), "hours"),
    digits(local.getUTCMinutes(), "minutes"),
    digits(local.getUTCSeconds(), "seconds"),
    Math.floor(local.getUTCMilliseconds() / 100),
    digits(Math.abs(quarterHours), "the offset in quarter hours", 48),
    quarterHours < 0 ? "-" : "+",
  ].join("");
}

function durationOf(milliseconds: number): Partial<Duration> {
  const seconds = Math.ceil(milliseconds / 1000);
  return {
    days: Math.floor(seconds / 86_400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
}

/**
 * What a time field says: a Date, a {@link Duration}, or undefined for the empty string, which
 * means at once, the default or not yet, depending on the field. The two digits of the year
 * are of this century. Throws {@link PduError} `bad_time`.
 */
export function parseTime(text: string): Date | Duration | undefined {
  if (text === "") return undefined;
  const match = PATTERN.exec(text);
  if (!match) {
    throw badTime(
      `a time is YYMMDDhhmmsstnn and one of + - R, this one is ${JSON.stringify(text.slice(0, 32))}`,
    );
  }
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0, tenths = 0] = match
    .slice(1, 8)
    .map(Number);
  if (match[9] === "R") return { years, months, days, hours, minutes, seconds };
  const local = new Date(
    Date.UTC(2000 + years, months - 1, days, hours, minutes, seconds, tenths * 100),
  );
  const quarterHours = timeOffset(text);
  // Date.UTC carries the 31st of June over to July, so what it made must say the same again.
  const utc = new Date(local.getTime() - quarterHours * QUARTER_HOUR);
  if (
    Math.abs(quarterHours) > 48 ||
    formatAbsolute(utc, quarterHours) !== text.replace("00-", "00+")
  ) {
    throw badTime(`there is no such time as ${text}`);
  }
  return utc;
}

/** The zone of an absolute time in quarters of an hour ahead of UTC; 0 for a relative one. */
export function timeOffset(text: string): number {
  const quarterHours = Number(text.slice(13, 15)) || 0;
  if (text.endsWith("-")) return -quarterHours || 0;
  return text.endsWith("+") ? quarterHours : 0;
}

/**
 * The moment of a time; a relative one is counted from `from`. Months and years of a relative time follow the
 * calendar in UTC; with `calendar: false` they are 30 and 365 days, as some SMSCs count.
 */
export function resolveTime(
  time: Date | Duration,
  from: Date,
  { calendar = true }: { calendar?: boolean } = {},
): Date {
  if (time instanceof Date) return time;
  const { years, months, days, hours, minutes, seconds } = time;
  const start = new Date(from);
  if (calendar) {
    const month = start.getUTCMonth() + 12 * years + months;
    start.setUTCMonth(month, Math.min(start.getUTCDate(), daysIn(start.getUTCFullYear(), month)));
  } else {
    start.setTime(start.getTime() + (365 * years + 30 * months) * DAY);
  }
  return new Date(start.getTime() + days * DAY + (hours * 60 + minutes) * MINUTE + seconds * 1000);
}

/** The days in a month, counted from 0 and beyond the year where it is over 11. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}
