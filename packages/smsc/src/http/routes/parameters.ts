/** Parameters that several routes take. */
import { z } from "zod";

/** An integer in a path or a query. */
export function wholeParameter(min = 0, max = Number.MAX_SAFE_INTEGER) {
  const upTo = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  const error = `an integer from ${min}${upTo}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** The number of a phone, or what else is said instead of one; the wire allows 20 characters. */
export const phoneNumber = z.string().max(255);

const seconds = { error: "seconds, from 0 to 60" };

/** Seconds to wait for what is not there yet. */
export const waitParameter = z.coerce
  .number(seconds)
  .min(0, seconds)
  .max(60, seconds)
  .describe("Waits up to this many seconds for a result");
