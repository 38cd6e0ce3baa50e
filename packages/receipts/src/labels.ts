/** The labels in a receipt's text, `id:` or `submit date:`, and the values behind them. */

/**
 * The fields of a receipt's text in the order of SMPP 3.4 Appendix B, and how SMSCs spell their labels:
 * another spelling is one more word in its row.
 */
const rows = [
  ["id", "id|msg_?id|message_?id"],
  ["sub", "sub"],
  ["dlvrd", "dlvrd|delivrd"],
  ["submit_date", "submit[\\s_]{0,8}date"],
  ["done_date", "done[\\s_]{0,8}date"],
  ["stat", "stat"],
  ["err", "err"],
  ["text", "text"],
] as const;

/** A field of a receipt's text. */
export type ReceiptLabel = (typeof rows)[number][0];

/** The fields of a receipt's text, in the order of SMPP 3.4 Appendix B. */
export const receiptLabels: readonly ReceiptLabel[] = rows.map(([label]) => label);

/** The fields that a text has, as written. */
export type ReceiptText = { readonly [L in ReceiptLabel]?: string | undefined };

/** What a text has, and whether it is a receipt from its first letter on. */
export interface Reading {
  readonly fields: ReceiptText;
  readonly begins: boolean;
}

const anyLabel = `(?:${rows.map(([, spellings]) => `(${spellings})`).join("|")})`;

/** At the beginning or behind a separator. */
export const labelPattern = new RegExp(`(?:^|[\\s,;|\\u0085])${anyLabel}:`, "gi");

/** Behind anything that is no letter or digit, `SMSAlert^id:`, and before a blank, `id :`. */
export const looseLabelPattern = new RegExp(`(?<![a-z0-9_])${anyLabel}[ \\t]{0,8}:`, "gi");

/**
 * The fields of a receipt's text: labels in any order and case, the first of two that are alike,
 * and `text` to the end, labels in it included. Only `stat` and `err` are also taken from behind
 * `text:`, when they are nowhere before it. Where the text `isSaid` to be a receipt and its id is not
 * found, labels may also follow a prefix. Every step looks ahead by a bounded amount, so time is
 * linear in the length whatever the text.
 */
export function scanLabels(text: string, isSaid: boolean): Reading {
  const found = labelsIn(text, labelPattern);
  const fields = fieldsOf(text, found);
  if (isSaid && fields.id === undefined) {
    const loose = fieldsOf(text, labelsIn(text, looseLabelPattern));
    if (loose.id !== undefined) return { fields: loose, begins: false };
  }
  return { fields, begins: text.slice(0, found[0]?.start).trim() === "" };
}

function fieldsOf(text: string, found: readonly FoundLabel[]): ReceiptText {
  const fields: { [L in ReceiptLabel]?: string } = {};
  for (const [i, { label, end }] of found.entries()) {
    if (fields[label] !== undefined) continue;
    if (fields.text !== undefined && label !== "stat" && label !== "err") continue;
    fields[label] =
      label === "text"
        ? text.slice(end).replace(/\0$/, "")
        : valueIn(text.slice(end, found[i + 1]?.start), label);
  }
  return fields;
}

interface FoundLabel {
  label: ReceiptLabel;
  /** Where the separator before it is. */
  start: number;
  /** Behind its colon. */
  end: number;
}

function labelsIn(text: string, pattern: RegExp): FoundLabel[] {
  const found: FoundLabel[] = [];
  pattern.lastIndex = 0;
  for (;;) {
    const match = pattern.exec(text);
    if (match === null) return found;
    let group = 1;
    while (match[group] === undefined) group += 1;
    const label = receiptLabels[group - 1] ?? "text";
    found.push({ label, start: match.index, end: pattern.lastIndex });
  }
}

/** The value at the beginning of the text between one label and the next. */
function valueIn(between: string, label: ReceiptLabel): string {
  const rest = between.replace(/^[ \t]+/, "");
  // "id: sub:001" and "err: IMSI:" have empty values; "id:ns:12345" has not.
  if (rest !== between && /^[a-z_]{1,20}:/i.test(rest)) return "";
  if (label === "submit_date" || label === "done_date") {
    const spaced = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?/.exec(rest);
    if (spaced !== null) return spaced[0];
  }
  // A comma may belong to an id or an err.
  const value = label === "id" || label === "err" ? /^[^\s\0\u0085]*/ : /^[^\s\0\u0085,;|]*/;
  return value.exec(rest)?.[0] ?? "";
}
