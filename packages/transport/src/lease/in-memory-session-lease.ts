/** Slots that are shared inside of one process. */
import { OwnGrant } from "./own-grant.ts";
import type { Grant, LeaseReport, SessionLease } from "./session-lease.ts";

/** The slots of an account, for all leases that share them. */
export class SessionSlots {
  readonly #holders: (InMemorySessionLease | undefined)[];
  readonly #leases = new Set<InMemorySessionLease>();

  constructor(count: number) {
    this.#holders = Array.from({ length: count }, () => undefined);
  }

  get count(): number {
    return this.#holders.length;
  }

  join(lease: InMemorySessionLease): void {
    this.#leases.add(lease);
    this.share();
  }

  leave(lease: InMemorySessionLease): void {
    this.#leases.delete(lease);
    for (const [slot, holder] of this.#holders.entries()) {
      if (holder === lease) this.#holders[slot] = undefined;
    }
    this.share();
  }

  free(slot: number): void {
    this.#holders[slot] = undefined;
    this.share();
  }

  /** Each free slot goes to the lease that has the fewest. */
  share(): void {
    for (const [slot, holder] of this.#holders.entries()) {
      const [first, ...others] = this.#leases;
      if (holder !== undefined || first === undefined) continue;
      const fewest = others.reduce(
        (best, lease) => (lease.report.held < best.report.held ? lease : best),
        first,
      );
      this.#holders[slot] = fewest;
      fewest.take(slot);
    }
  }
}

/** A lease for transports of one process: it ends with the process, and so do their sessions. */
export class InMemorySessionLease implements SessionLease {
  readonly #slots: SessionSlots;
  readonly #grants = new Map<number, OwnGrant>();
  #onGrant: (grant: Grant) => void = () => {};
  #taken = 0;

  constructor(slots: SessionSlots) {
    this.#slots = slots;
  }

  get report(): LeaseReport {
    return { slots: this.#slots.count, held: this.#grants.size, taken: this.#taken };
  }

  start(onGrant: (grant: Grant) => void): void {
    this.#onGrant = onGrant;
    this.#slots.join(this);
  }

  async close(): Promise<void> {
    for (const grant of this.#grants.values()) grant.lose("the lease was closed");
    this.#grants.clear();
    this.#slots.leave(this);
  }

  /** A slot is this lease's now. */
  take(slot: number): void {
    const grant = new OwnGrant(
      slot,
      () => true,
      async () => {
        this.#grants.delete(slot);
        this.#slots.free(slot);
      },
    );
    this.#grants.set(slot, grant);
    this.#taken += 1;
    this.#onGrant(grant);
  }
}
