/** Trying again what failed: which errors, after which pauses, and not past a stop. */
import { BrokerError } from "./broker.ts";

/** Milliseconds: `initial` is doubled with every try, up to `max`. */
export interface Pauses {
  readonly initial: number;
  readonly max: number;
}

/** Before what the broker or a store did not take is tried again. */
export const usualPauses: Pauses = { initial: 250, max: 5_000 };

/** How to try again. */
export interface RetryOptions {
  readonly pauses: Pauses;
  /** Aborted when nothing is waited for any more. */
  readonly stopped: AbortSignal;
  /** Whether to try again after this error. Not asked after the stop. */
  again(error: unknown): boolean;
}

/** Resolves with what `work` gives. Rejects with its last error: after a stop, or when `again` says no. */
export async function retry<T>(
  work: () => Promise<T>,
  { pauses, stopped, again }: RetryOptions,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (stopped.aborted || !again(error)) throw error;
    }
    await pause(pauses, tries, stopped);
  }
}

/** The pause that follows the given try, the first of which is 1, in milliseconds. */
export function pauseOf({ initial, max }: Pauses, tries: number): number {
  return Math.min(initial * 2 ** (tries - 1), max);
}

/** Resolves after the pause that follows the given try, the first of which is 1; or when one is aborted. */
export function pause(
  pauses: Pauses,
  tries: number,
  ...signals: readonly AbortSignal[]
): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, pauseOf(pauses, tries));
    for (const signal of signals) signal.addEventListener("abort", end);
  });
}

/** A shared store is out of reach; later it may work. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "unavailable";
}

/** The broker or a shared store is out of reach; later it may work. */
export function isTemporary(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof BrokerError && error.code !== "refused");
}
