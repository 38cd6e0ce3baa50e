/** The dates in delivery receipts, which name no zone and come in several layouts. */

/** What {@link formatReceipt} writes. */
export interface ReceiptFields {
  id: string;
  /** How many short messages were submitted, and how many of them delivered. Default 1 and 1 or 0. */
  sub?: number;
  dlvrd?: number;
  submit_date: Date;
  done_date: Date;
  /** The state, such as `DELIVRD`. */
  stat: string;
  /** The error of the network. Default `000`. */
  err?: string;
  /** The beginning of the message; 20 characters of it are written. Default empty. */
  text?: string;
}

/** A receipt's text as SMPP 3.4 Appendix B has it. Dates are written in UTC, `YYMMDDhhmm`. */
export function formatReceipt(fields: ReceiptFields): string {
  const { id, stat, submit_date, done_date, err = "000", text = "" } = fields;
  const { sub = 1, dlvrd = stat === "DELIVRD" ? 1 : 0 } = fields;
  const three = (count: number) => String(count).padStart(3, "0");
  const date = (time: Date) => time.toISOString().replaceAll(/\D/g, "").slice(2, 12);
  return (
    `id:${id} sub:${three(sub)} dlvrd:${three(dlvrd)} submit date:${date(submit_date)} ` +
    `done date:${date(done_date)} stat:${stat} err:${err} text:${[...text].slice(0, 20).join("")}`
  );
}

const layouts = [
  /^(?<yy>\d\d)(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)$/,
  /^(?<yy>\d\d)(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)$/,
  /^(?<yyyy>\d{4})(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)$/,
  /^(?<yyyy>\d{4})(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)$/,
  /^(?<yyyy>\d{4})-(?<month>\d\d)-(?<day>\d\d)[ T](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))?$/,
];

/**
 * The date of a receipt in ISO form without zone, `2024-03-01T12:05` or `2024-03-01T12:05:09`, or
 * undefined when no layout fits, when it is no date of the calendar, or when two layouts fit:
 * twelve digits may be `YYMMDDhhmmss` or `YYYYMMDDhhmm`.
 */
export function receiptTime(date: string): string | undefined {
  const readings = layouts.flatMap((layout) => {
    const iso = isoOf(layout.exec(date)?.groups);
    return iso === undefined ? [] : [iso];
  });
  return readings.length === 1 ? readings[0] : undefined;
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
