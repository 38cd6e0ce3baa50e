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
  throw new RangeError(`${name} is ${shown(value)}: expected a number of at least ${least}`);
}

/** The longest time that a timer of Node.js counts, in milliseconds: nearly 25 days. */
export const LONGEST_TIME = 0x7fff_ffff;

/**
 * A time of the options in milliseconds, or its default. Throws RangeError, which names it, for what
 * no timer can count.
 */
export function timeOption(name: string, value: number | undefined, fallback: number): number {
  const time = value ?? fallback;
  if (typeof time === "number" && time >= 0 && time <= LONGEST_TIME) return time;
  throw new RangeError(
    `${name} is ${shown(value)}: expected milliseconds, a number from 0 to ${LONGEST_TIME}`,
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
