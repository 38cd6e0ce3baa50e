/** Checks the numbers among the options. */

/**
 * A number of the options, or its default. Throws RangeError, which names it, when it is no number
 * or less than `least`: a timer of NaN milliseconds would fire at once.
 */
export function numberOption(
  name: string,
  value: number | undefined,
  fallback: number,
  least = 0,
): number {
  const number = value ?? fallback;
  if (typeof number === "number" && number >= least) return number;
  throw new RangeError(`${name} is ${String(value)}: expected a number of at least ${least}`);
}
