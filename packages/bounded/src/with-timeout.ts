/** A promise that is waited for no longer than a time. */

/** In milliseconds. A timer of Node.js that is set to more fires at once. */
const longestTime = 2 ** 31 - 1;

/**
 * Settles as `work` does; after so many milliseconds with what `onLate` gives or throws instead,
 * undefined without one.
 *
 * `onLate` is called only when the time is over, and is the place to end the work, by an
 * AbortController or by closing what it uses: nothing else ends it. What becomes of it later, also
 * a rejection, is ignored. The timer ends with the wait; until then it keeps the process alive, as
 * somebody waits. Longer than 24 days counts as 24 days.
 */
export function withTimeout<Value>(
  milliseconds: number,
  work: Promise<Value>,
): Promise<Value | undefined>;
export function withTimeout<Value, Late>(
  milliseconds: number,
  work: Promise<Value>,
  onLate: () => Late,
): Promise<Value | Late>;
export function withTimeout(
  milliseconds: number,
  work: Promise<unknown>,
  onLate?: () => unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        try {
          resolve(onLate?.());
        } catch (error) {
          reject(error);
        }
      },
      Math.min(milliseconds, longestTime),
    );
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
