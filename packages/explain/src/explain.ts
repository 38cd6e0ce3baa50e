// Lays out what is to be said about a PDU in columns, for terminals and logs.

import type { ExplainOptions } from "./explain-options.ts";
import { type ExplainedField, type Explanation, explanationOf } from "./explanation.ts";
import type { ReceiptRow } from "./receipt.ts";

/** A value of more characters has its meaning in a line of its own. */
const LONG = 24;

/** An account of the PDU in `frame`, octets or their hexadecimal digits, malformed ones included. */
export function explain(frame: Uint8Array | string, options: ExplainOptions = {}): string {
  return explanationText(explanationOf(frame, options));
}

/** The lines of an explanation: fields, then receipt (`=`), then remarks (`!`). */
export function explanationText({ title, fields, receipt = [], remarks }: Explanation): string {
  const head = title === "" ? [] : [title];
  // Octets that are no PDU are shown as they are.
  if (title !== "" && fields.length === 0) return `${[...head, ...remarks].join("\n")}\n`;
  const notes = remarks.map((remark) => `! ${remark}`);
  return `${[...head, ...aligned(fields), ...receiptLines(receipt), ...notes].join("\n")}\n`;
}

function receiptLines(rows: readonly ReceiptRow[]): string[] {
  const nameWidth = widest(rows.map(({ name }) => name));
  const valueWidth = widest(rows.map(({ value }) => (value.length > LONG ? "" : value)));
  return rows.map(({ name, value, meaning }) => {
    const start = `= receipt  ${name.padEnd(nameWidth)}  `;
    return meaning === undefined
      ? start + value
      : `${start}${value.padEnd(valueWidth)}  ${meaning}`;
  });
}

/** Places, names and values in columns; a long value goes on in lines of its own. */
function aligned(rows: readonly ExplainedField[]): string[] {
  const places = rows.map(({ start, end }) => {
    if (end === start) return "-";
    return end - start > 1 ? `${start}-${end - 1}` : `${start}`;
  });
  const placeWidth = widest(places);
  const nameWidth = widest(rows.map(({ name }) => name));
  const valueWidth = widest(rows.map(({ value }) => (value.length > LONG ? "" : value)));
  return rows.flatMap(({ name, value, meaning }, index) => {
    const head = `${(places[index] ?? "").padStart(placeWidth)}  ${name.padEnd(nameWidth)}  `;
    const [first = "", ...rest] = value.match(/.{1,64}/gs) ?? [];
    const indent = " ".repeat(head.length);
    const lines = [head + first, ...rest.map((line) => indent + line)];
    if (meaning === undefined) return lines;
    if (value.length > LONG) return [...lines, indent + meaning];
    return [`${head}${first.padEnd(valueWidth)}  ${meaning}`];
  });
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
