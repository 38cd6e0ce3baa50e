/** Counters of concatenation references. */
import { checkSplitOptions, invalidOption } from "./error.ts";

/**
 * A counter for option `reference`: every number of 8 or 16 bits in turn, then from 0 again. Two
 * messages to one phone must not share a reference while parts of both are on their way, so give
 * all senders of one source address the same counter.
 *
 * @throws {SplitError} `invalid_option`
 */
export function referenceCounter(
  options: {
    /** 8 for method `udh`, 16 for `udh16` and `sar`. */
    readonly bits?: 8 | 16;
    /** The number that comes first. */
    readonly first?: number;
  } = {},
): () => number {
  checkSplitOptions("referenceCounter", options, { bits: "number", first: "number" });
  const { bits = 8, first = 0 } = options;
  if (bits !== 8 && bits !== 16) throw invalidOption(`bits: expected 8 or 16, got ${bits}`);
  if (!Number.isInteger(first)) throw invalidOption(`first: expected a whole number, got ${first}`);
  const mask = 2 ** bits - 1;
  let next = first & mask;
  return () => {
    const reference = next;
    next = (next + 1) & mask;
    return reference;
  };
}

let shared: (() => number) | undefined;

/** The next number of the counter that serves calls without a reference of their own. */
export function nextReference(bits: 8 | 16): number {
  // A random beginning, so that a restarted process does not repeat what it has just used.
  shared ??= referenceCounter({ bits: 16, first: Math.floor(Math.random() * 65_536) });
  return shared() & (2 ** bits - 1);
}
