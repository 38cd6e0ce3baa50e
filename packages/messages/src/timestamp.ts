/** The time stamps of message and event bodies: `YYYY-MM-DD HH:MM:SS.ffffff`, always UTC. */

const pattern = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z?$/;

/**
 * The canonical form of a time, to the microsecond; a Date knows milliseconds, so the last three
 * digits are zero. Throws a RangeError for an invalid Date or a year outside 0 to 9999.
 */
export function formatTimestamp(time: Date): string {
  const iso = time.toISOString();
  if (iso.length !== 24) throw new RangeError(`time: the year of ${iso} does not have four digits`);
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}000`;
}

/**
 * The canonical form of a time stamp as others write it (without fraction, with a trailing `Z`,
 * with a `T` between date and time), or undefined when the text is not a time.
 */
export function canonicalTimestamp(text: string): string | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ""] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}.${fraction.padEnd(6, "0")}`;
}

/** As they are written here, on a day that every month has. */
const usual =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}$/;

/** Whether a time stamp is in its canonical form. */
export function isCanonicalTimestamp(text: string): boolean {
  return usual.test(text) || canonicalTimestamp(text) === text;
}

/** The time that a time stamp says, to the millisecond. Throws a RangeError when it is not one. */
export function parseTimestamp(text: string): Date {
  const canonical = canonicalTimestamp(text);
  if (canonical === undefined) {
    const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
    throw new RangeError(`timestamp: expected YYYY-MM-DD HH:MM:SS.ffffff, got ${shown}`);
  }
  return new Date(`${canonical.slice(0, 10)}T${canonical.slice(11, 23)}Z`);
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  if (month !== 2)
    return day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (leap ? 29 : 28);
}
