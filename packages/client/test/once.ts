// Waits for one event; node:events would reject when the event `error` comes first.

/** Resolves with the arguments of the next such event. */
export function once<A extends unknown[]>(
  emitter: { once(event: string, listener: (...args: A) => void): unknown },
  event: string,
): Promise<A> {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
}
