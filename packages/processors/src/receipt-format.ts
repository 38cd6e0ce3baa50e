/** Delivery receipts written as text, as SMSCs write them. */

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
