/** A promise that hangs must fail its test, and say what it was. */
import { setTimeout as delay } from "node:timers/promises";

/** Longer than anything takes that comes to an end. */
const longEnough = 15_000;

/** Settles as the promise does, or rejects after 15 s. */
export async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = delay(longEnough, undefined, { signal: over.signal }).then(
    () => {
      throw new Error(`${what}: not within ${longEnough} ms`);
    },
    () => promise,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}
