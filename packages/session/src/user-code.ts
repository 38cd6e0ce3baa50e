/** Calls what the user of this package wrote, so that its failures harm nothing else. */
import type { EventEmitter } from "node:events";
import { asError } from "./errors.ts";

/** Calls a function whose result does not count. What it throws or rejects with goes to `onError`. */
export function callUser(run: () => unknown, onError: (error: Error) => void): void {
  try {
    const result = run();
    if (isPromise(result)) result.then(undefined, (error) => onError(asError(error)));
  } catch (error) {
    onError(asError(error));
  }
}

/**
 * Emits an event: every listener is called, in order, whatever the others do. An event `error`
 * without a listener is no exception here, unlike with `emit`.
 */
export function emitTo(
  emitter: Pick<EventEmitter, "rawListeners">,
  event: string,
  args: readonly unknown[],
  onError: (error: Error) => void,
): void {
  // rawListeners: the wrappers of `once` remove themselves when they are called.
  for (const listener of emitter.rawListeners(event)) {
    callUser(() => Reflect.apply(listener, emitter, args), onError);
  }
}

/** Whether this can be awaited. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
