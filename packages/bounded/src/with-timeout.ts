/** A promise that is waited for no longer than a time. */

/**
 * Settles as `work` does; after so many milliseconds with what `onLate` gives or throws instead.
 *
 * `onLate` is called only when the time is over, and is the place to end the work, by an
 * AbortController or by closing what it uses: nothing else ends it. What becomes of it later, also
 * a rejection, is ignored. The timer ends with the wait; until then it keeps the process alive, as
 * somebody waits.
 */
export function withTimeout<Value, Late = undefined>(
  milliseconds: number,
  work: Promise<Value>,
  onLate: () => Late,
): Promise<Value | Late> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(onLate());
      } catch (error) {
        reject(error);
      }
    }, milliseconds);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
