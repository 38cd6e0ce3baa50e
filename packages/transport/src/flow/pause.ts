/** Waiting before something is tried again: longer each time, and not past a stop. */

/** Milliseconds: `initial` is doubled with every try, up to `max`. */
export interface Pauses {
  readonly initial: number;
  readonly max: number;
}

/** Resolves after the pause that follows the given try, the first of which is 1; or at the stop. */
export function pause(
  { initial, max }: Pauses,
  tries: number,
  stopped: AbortSignal,
): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(initial * 2 ** (tries - 1), max));
    stopped.addEventListener("abort", end);
  });
}
