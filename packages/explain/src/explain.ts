// Lays out what is to be said about a PDU in columns, for terminals and logs.

import { type ExplainedField, type ExplainOptions, explanationOf } from "./explanation.ts";

/** A value of more characters has its meaning in a line of its own. */
const LONG = 24;

/** An account of the PDU in `frame`, octets or their hexadecimal digits, malformed ones included. */
export function explain(frame: Uint8Array | string, options: ExplainOptions = {}): string {
  const { title, fields, remarks } = explanationOf(frame, options);
  if (fields.length === 0) return `${[title, ...remarks].join("\n")}\n`;
  return `${[title, ...aligned(fields), ...remarks.map((remark) => `! ${remark}`)].join("\n")}\n`;
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
