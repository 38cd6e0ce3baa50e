/** The requests that are on the wire and not answered yet. */
import type { PendingRequest } from "./pending-request.ts";

/**
 * Requests in flight by sequence number.
 *
 * Deadlines are not kept in order: removing on every answer would cost more than the rare look at
 * all of them. `nextDeadline` is a lower bound, right after {@link expire}, never too late.
 */
export class Window {
  readonly #inFlight = new Map<number, PendingRequest>();
  #counted = 0;
  #nextDeadline = Number.POSITIVE_INFINITY;

  /** Requests in flight that take a place in the window: all but bind, unbind and enquire_link. */
  get used(): number {
    return this.#counted;
  }

  /** All requests in flight. */
  get size(): number {
    return this.#inFlight.size;
  }

  /** No request is overdue before this time. */
  get nextDeadline(): number {
    return this.#nextDeadline;
  }

  has(sequenceNumber: number): boolean {
    return this.#inFlight.has(sequenceNumber);
  }

  get(sequenceNumber: number): PendingRequest | undefined {
    return this.#inFlight.get(sequenceNumber);
  }

  /** The one request in flight, if there is just one. */
  get only(): [sequenceNumber: number, pending: PendingRequest] | undefined {
    if (this.#inFlight.size !== 1) return undefined;
    for (const entry of this.#inFlight) return entry;
    return undefined;
  }

  add(sequenceNumber: number, pending: PendingRequest): void {
    this.#inFlight.set(sequenceNumber, pending);
    if (pending.counted) this.#counted++;
    if (pending.deadline < this.#nextDeadline) this.#nextDeadline = pending.deadline;
  }

  remove(sequenceNumber: number): void {
    const pending = this.#inFlight.get(sequenceNumber);
    if (pending === undefined) return;
    this.#inFlight.delete(sequenceNumber);
    if (pending.counted) this.#counted--;
  }

  /** Takes out and returns the requests whose time is over, with their numbers. */
  expire(now: number): [sequenceNumber: number, pending: PendingRequest][] {
    if (now < this.#nextDeadline) return [];
    const overdue = [...this.#inFlight].filter(([, pending]) => pending.deadline <= now);
    for (const [sequenceNumber] of overdue) this.remove(sequenceNumber);
    let next = Number.POSITIVE_INFINITY;
    for (const pending of this.#inFlight.values()) next = Math.min(next, pending.deadline);
    this.#nextDeadline = next;
    return overdue;
  }

  /** Takes out everything, in the order in which it was written. */
  clear(): PendingRequest[] {
    const all = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#counted = 0;
    this.#nextDeadline = Number.POSITIVE_INFINITY;
    return all;
  }
}
