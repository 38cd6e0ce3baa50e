/** What every lease must do: two leases over the slots of one account. */
import { expect } from "vitest";
import type { Grant, SessionLease } from "../src/lease/session-lease.ts";
import { Inbox } from "./inbox.ts";

/** Two leases that share so many slots, not started. */
export type Pair = (slots: number) => Promise<readonly [SessionLease, SessionLease]>;

/** A lease that wants slots, and what it got. */
function begin(lease: SessionLease): Inbox<Grant> {
  const grants = new Inbox<Grant>();
  lease.start((grant) => grants.put(grant));
  return grants;
}

/** Sentences, and what shows that they hold. */
export const leaseDemands: readonly (readonly [
  name: string,
  show: (pair: Pair) => Promise<void>,
])[] = [
  [
    "a slot is granted to one of two",
    async (pair) => {
      const [one, other] = await pair(1);
      const grant = await begin(one).next();
      const waiting = begin(other);
      expect([grant.slot, grant.isHeld(), grant.lost.aborted]).toEqual([0, true, false]);
      expect([one.report, other.report]).toEqual([
        { slots: 1, held: 1, taken: 1 },
        { slots: 1, held: 0, taken: 0 },
      ]);
      expect(waiting.size).toBe(0);
    },
  ],
  [
    "what is released is granted anew, to one of both",
    async (pair) => {
      const [one, other] = await pair(1);
      const first = await begin(one).next();
      begin(other);
      await first.release();
      expect([first.isHeld(), first.lost.aborted]).toEqual([false, true]);
      await expect.poll(() => one.report.taken + other.report.taken).toBe(2);
      expect(one.report.held + other.report.held).toBe(1);
      // A second time it gives away nothing.
      await first.release();
      expect(one.report.held + other.report.held).toBe(1);
    },
  ],
  [
    "what a lease had that was closed goes to the other",
    async (pair) => {
      const [one, other] = await pair(2);
      const ones = begin(one);
      const grants = [await ones.next(), await ones.next()];
      const others = begin(other);
      await one.close();
      expect(grants.map(({ lost }) => lost.aborted)).toEqual([true, true]);
      expect(grants.map((grant) => grant.isHeld())).toEqual([false, false]);
      const next = [await others.next(), await others.next()];
      expect(next.map(({ slot }) => slot).sort()).toEqual([0, 1]);
      expect(other.report).toEqual({ slots: 2, held: 2, taken: 2 });
      await grants[0]?.release();
      expect(other.report.held).toBe(2);
    },
  ],
];
