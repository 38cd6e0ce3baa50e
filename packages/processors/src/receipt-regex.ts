/** Receipts read by a regular expression from the configuration, Python's syntax included. */

import { createContext, Script } from "node:vm";
import type { ReceiptText } from "./receipt.ts";

/**
 * How long one text may take, in milliseconds, and then once more: on a busy machine a process may be
 * stopped for the whole of the first.
 */
const timeLimits = [50, 200];

/** At the beginning of the text alone, as Python's `match`. */
const script = new Script("pattern.lastIndex = 0; pattern.exec(text)?.groups");

/**
 * A reader of receipts by an expression with the groups `id`, `stat` and, where wanted, `sub`,
 * `dlvrd`, `submit_date`, `done_date`, `err` and `text`. It is tried at the beginning of a text alone,
 * as Python's `match` does: a text that quotes a receipt is none. The texts come from anywhere and an
 * expression may take exponential time over them, so each is given 250 ms and then counts as not
 * matching; the guard costs some 60 microseconds a text. Throws a SyntaxError when the expression
 * is none or has no group `id`.
 */
export function receiptReader(expression: string): (text: string) => ReceiptText | undefined {
  const pattern = javaScriptPattern(expression);
  if (!/\(\?<id>/.test(pattern.source)) throw new SyntaxError("it has no group named id");
  const sandbox = { pattern, text: "" };
  const context = createContext(sandbox);
  const read = (text: string): ReceiptText | undefined => {
    sandbox.text = text;
    for (const timeout of timeLimits) {
      try {
        return script.runInContext(context, { timeout });
      } catch {}
    }
    return undefined;
  };
  // The first run takes far longer than the others: it must not be a receipt's.
  read("");
  return read;
}

/**
 * The expression with Python's spellings replaced: `(?P<name>`, `(?P=name)`, `{,3}`, `\A`, `\Z`,
 * and flags in front as in `(?i)`. What is escaped or in brackets stays as it is.
 */
function javaScriptPattern(expression: string): RegExp {
  const [flagged = "", flags = ""] = /^\(\?([ims]+)\)/.exec(expression) ?? [];
  const source = expression
    .slice(flagged.length)
    .replaceAll(
      /\\([\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?P(<)|\(\?P=(\w+)\)|\{,(\d+)\}/g,
      (all, escaped, named, reference, most) => {
        if (escaped === "A") return "^";
        if (escaped === "Z") return "$";
        if (named !== undefined) return "(?<";
        if (reference !== undefined) return `\\k<${reference}>`;
        return most === undefined ? all : `{0,${most}}`;
      },
    );
  return new RegExp(source, `${flags}y`);
}
