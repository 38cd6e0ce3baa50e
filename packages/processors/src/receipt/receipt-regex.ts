/** Receipts read by a regular expression from the configuration, Python's syntax included. */

import { createContext, Script } from "node:vm";
import { type ReceiptLabel, type ReceiptText, receiptLabels } from "@esme/receipts";
import { RE2JS, RE2JSException } from "re2js";
import type { ProcessorLogger } from "../processor.ts";

/** What an expression finds at the beginning of a text, by group; undefined when it does not match. */
type Matcher = (text: string) => ReadonlyMap<ReceiptLabel, string> | undefined;

/**
 * How much of a text is searched. Receipts have 255 characters, rarely 1,000: what follows can only be
 * the text that a receipt quotes.
 */
const mostCharacters = 4096;

/** The same where every character may double the time. */
const mostBacktracked = 1000;

/**
 * How long backtracking may take over one text, in milliseconds, and then once more: on a busy machine
 * a process may be stopped for the whole of the first.
 */
const timeLimits = [50, 200];

/**
 * A reader of receipts by an expression with the groups `id`, `stat` and, optionally, `sub`,
 * `dlvrd`, `submit_date`, `done_date`, `err` and `text`. It is tried at the beginning of a text alone,
 * as Python's `match` does: a text that quotes a receipt is none. `.` and `$` know no line end but
 * `\n`, as in Python.
 *
 * Texts come from anywhere, so the time for one is linear in its length whatever the expression. Only
 * one with a look-ahead, a back-reference or more than 1,000 repetitions is tried by backtracking,
 * which may take exponential time: 250 ms a text at most. The logger gets a warning at once, and one for
 * each text that takes longer and so counts as not matching.
 *
 * Throws a SyntaxError when the expression is none or has no group `id`.
 */
export function receiptReader(
  expression: string,
  logger: ProcessorLogger,
): (text: string) => ReceiptText | undefined {
  const pattern = javaScriptPattern(expression);
  if (!/\(\?<id>/.test(pattern.source)) throw new SyntaxError("it has no group named id");
  const match = linear(pattern, logger) ?? backtracking(pattern, logger);
  return (text) => {
    const groups = match(text);
    return groups && Object.fromEntries(groups);
  };
}

function linear(pattern: RegExp, logger: ProcessorLogger): Matcher | undefined {
  const compiled = compile(pattern, logger);
  if (compiled === undefined) return undefined;
  const named = receiptLabels.filter((label) => Object.hasOwn(compiled.namedGroups(), label));
  return (text) => {
    const matcher = compiled.matcher(text.slice(0, mostCharacters));
    if (!matcher.lookingAt()) return undefined;
    return found(named.map((label) => [label, matcher.group(label)]));
  };
}

function compile(pattern: RegExp, logger: ProcessorLogger): RE2JS | undefined {
  try {
    // Translated, a reference by name would be the letters of its name.
    if (/\\k</.test(pattern.source)) throw new RE2JSException("back-reference");
    return RE2JS.compile(withAllBlanks(RE2JS.translateRegExp(pattern)), RE2JS.LOOKBEHINDS);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = `regex: ${error.message}: only backtracking can do that, which may take exponential time`;
    logger.warn({ reason, characters: mostBacktracked, milliseconds: timeLimits }, limited);
    return undefined;
  }
}

/** `\s` and `\S` with the blanks beyond ASCII, which Python and JavaScript count in and RE2 does not. */
function withAllBlanks(expression: string): string {
  const blanks = "\\s\\v\\x{85}\\pZ\\x{feff}";
  return expression.replaceAll(
    /\\([\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]?/g,
    (token: string, escaped: string | undefined) => {
      if (escaped === "s") return `[${blanks}]`;
      if (escaped === "S") return `[^${blanks}]`;
      if (escaped !== undefined) return token;
      return token.replaceAll(/\\([\s\S])/g, (pair, letter) => (letter === "s" ? blanks : pair));
    },
  );
}

const limited = "receipts are read by an expression with a limit of time, a plainer one has none";
const tooLong =
  "the expression for receipts took too long over a text, which counts as not matching";

/** At the beginning of the text alone, as Python's `match`. */
const script = new Script("pattern.lastIndex = 0; pattern.exec(text)?.groups");

function backtracking(pattern: RegExp, logger: ProcessorLogger): Matcher {
  const sandbox = { pattern, text: "" };
  const context = createContext(sandbox);
  const groupsIn = (text: string): Record<string, string | undefined> | undefined => {
    sandbox.text = text.slice(0, mostBacktracked);
    for (const timeout of timeLimits) {
      try {
        return script.runInContext(context, { timeout });
      } catch {}
    }
    logger.warn({ reason: "regex: too much backtracking", characters: text.length }, tooLong);
    return undefined;
  };
  // The first run takes far longer than the others: it must not be a receipt's.
  groupsIn("");
  return (text) => {
    const groups = groupsIn(text);
    return groups && found(receiptLabels.map((label) => [label, groups[label]]));
  };
}

/** Groups that took part in the match. */
function found(groups: readonly (readonly [ReceiptLabel, string | null | undefined])[]) {
  const all = new Map<ReceiptLabel, string>();
  for (const [label, value] of groups) if (typeof value === "string") all.set(label, value);
  return all;
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
      /\\([\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]?|\(\?P(<)|\(\?P=(\w+)\)|\{,(\d+)\}/g,
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
