/** The dates in delivery receipts, which name no zone and come in several layouts. */

/** Layouts of digits alone, each its own row. SMPP 3.4 Appendix B has `YYMMDDhhmm`. */
export const receiptDateLayouts = [
  "YYMMDDhhmm",
  "YYMMDDhhmmss",
  "YYYYMMDDhhmm",
  "YYYYMMDDhhmmss",
] as const;

/** How a date of a receipt is laid out. */
export type ReceiptDateLayout = (typeof receiptDateLayouts)[number];

/** The parts of a layout: its name below, and its place in the ISO form. */
const parts: Readonly<Record<string, { name: string; at: [start: number, end: number] }>> = {
  YYYY: { name: "yyyy", at: [0, 4] },
  YY: { name: "yy", at: [2, 4] },
  MM: { name: "month", at: [5, 7] },
  DD: { name: "day", at: [8, 10] },
  hh: { name: "hour", at: [11, 13] },
  mm: { name: "minute", at: [14, 16] },
  ss: { name: "second", at: [17, 19] },
};

/** The parts of each layout, in order, as its name says them. */
const partsOf = new Map(
  receiptDateLayouts.map((layout) => {
    const letters = layout.match(/YYYY|YY|MM|DD|hh|mm|ss/g) ?? [];
    return [layout, letters.flatMap((name) => parts[name] ?? [])];
  }),
);

const patterns = new Map(
  Array.from(partsOf, ([layout, parts]) => {
    const digits = parts.map(({ name, at: [start, end] }) => `(?<${name}>\\d{${end - start}})`);
    return [layout, new RegExp(`^${digits.join("")}$`)];
  }),
);

/** Dates with separators, which have one meaning alone. */
const marked =
  /^(?<yyyy>\d{4})-(?<month>\d\d)-(?<day>\d\d)[ T](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))?$/;

/** How the dates of one SMSC are to be read. */
export interface ReceiptDates {
  /** Default: the layout that fits, where only one does. */
  layout?: ReceiptDateLayout | undefined;
  /** The zone that they are in, for {@link isTimeZone}; dates are then given in UTC. Default: not known. */
  time_zone?: string | undefined;
}

/**
 * The date of a receipt in ISO form without zone, `2024-03-01T12:05` or `2024-03-01T12:05:09`; in
 * UTC, `2024-03-01T10:05:09Z`, when the zone is known. Undefined when no layout fits, when it is no
 * date of the calendar, or when no layout is set and two fit: twelve digits may be `YYMMDDhhmmss` or
 * `YYYYMMDDhhmm`. Throws a RangeError for a zone that does not exist.
 */
export function receiptTime(date: string, dates: ReceiptDates = {}): string | undefined {
  const { layout, time_zone } = dates;
  const set = layout && isoOf(patterns.get(layout)?.exec(date)?.groups);
  const readings = [marked, ...patterns.values()].flatMap((pattern) => {
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
  const exact = shown - offsetShown(zone, shown);
  return `${new Date(exact).toISOString().slice(0, local.length)}Z`;
}

const day = 24 * 3600 * 1000;

/** The offset with which clocks show that time: around a change, the one of a day before or after it. */
function offsetShown(zone: string, shown: number): number {
  const before = offset(zone, shown - day);
  const after = offset(zone, shown + day);
  if (before === after) return before;
  // Clocks put back show an hour twice: the larger offset is the earlier time. Clocks put forward leave
  // an hour out: the result has the offset from before the change.
  const larger = Math.max(before, after);
  return offset(zone, shown - larger) === larger ? larger : Math.min(before, after);
}

/** By how many milliseconds clocks in the zone are ahead of UTC at that time. */
function offset(zone: string, time: number): number {
  if (isOffset(zone)) return fixedOffset(zone);
  const shown = clockOf(zone).formatToParts(time);
  const part = (type: string) => Number(shown.find((part) => part.type === type)?.value);
  const midnight = Date.UTC(part("year"), part("month") - 1, part("day"));
  return midnight + 1000 * (part("hour") * 3600 + part("minute") * 60 + part("second")) - time;
}

/** Newer versions of Node.js take other offsets for zones than older ones: that must not decide. */
function isOffset(zone: string): boolean {
  return zone.startsWith("+") || zone.startsWith("-");
}

/** Throws a RangeError for what is none: 14:59 is the most. */
function fixedOffset(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(0\d|1[0-4]):?([0-5]\d)$/.exec(zone) ?? [];
  if (sign === undefined) throw new RangeError(`no offset from UTC: ${zone.slice(0, 20)}`);
  return (sign === "-" ? -60_000 : 60_000) * (Number(hours) * 60 + Number(minutes));
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

/** Whether a text names a zone: `UTC`, `+02:00`, `-0530`, or a name such as `Europe/Oslo`. */
export function isTimeZone(zone: string): boolean {
  try {
    offset(zone, 0);
    return true;
  } catch {
    return false;
  }
}

/** A time in UTC as receipts have it. Throws a RangeError for a Date that is none. */
export function formatReceiptDate(date: Date, layout: ReceiptDateLayout = "YYMMDDhhmm"): string {
  const iso = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  if (iso.length !== 24)
    throw new RangeError("a date of a receipt: expected a valid Date of the years 0 to 9999");
  let written = "";
  for (const { at } of partsOf.get(layout) ?? []) written += iso.slice(...at);
  return written;
}
