/** Calls the listeners of an event, each by itself: one that throws or rejects harms nobody else. */
import type { EventEmitter } from "node:events";

/** As `emitter.emit`, but that what a listener throws, or rejects with, goes to `onError`. */
export function tellListeners(
  emitter: Pick<EventEmitter, "listenerCount" | "rawListeners">,
  event: string,
  args: readonly unknown[],
  onError: (error: unknown) => void,
): void {
  if (emitter.listenerCount(event) === 0) return;
  for (const listener of emitter.rawListeners(event)) {
    try {
      const result: unknown = Reflect.apply(listener, emitter, args);
      if (isPromise(result)) result.then(undefined, onError);
    } catch (error) {
      onError(error);
    }
  }
}

/** What was thrown, as a warning of the process: for an error of which nobody else would hear. */
export function warn(thrown: unknown): void {
  process.emitWarning(errorOf(thrown));
}

/** What was thrown, as an Error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Whether somebody's function is not done yet; its promise may be of a library. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
