import fc from "fast-check";
import { expect, test } from "vitest";
import { Backlog, type Placed } from "../src/broker/backlog.ts";

/** The naive twin: an array in order. */
class Oracle {
  readonly #items: Placed[] = [];

  add(item: Placed): void {
    const before = this.#items.findLastIndex(({ place }) => place < item.place);
    this.#items.splice(before + 1, 0, item);
  }

  take(): Placed | undefined {
    return this.#items.shift();
  }

  get length(): number {
    return this.#items.length;
  }

  get octets(): number {
    return this.#items.reduce((sum, { octets }) => sum + octets, 0);
  }
}

/** Runs of steps, long enough for the front of a backlog to be thrown away. */
const steps = fc.array(
  fc.tuple(fc.constantFrom("add", "take", "take", "put back"), fc.integer({ min: 1, max: 900 })),
  { maxLength: 30 },
);

test("whatever the order, the first that waits is taken, and what is put back has its place", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [backlog, oracle] = [new Backlog<Placed>(), new Oracle()];
      const taken: Placed[] = [];
      let place = 0;
      for (const [step, times] of all) {
        for (let time = 0; time < times; time += 1) {
          if (step === "add") {
            place += 1;
            const item = { place, octets: place % 7 };
            backlog.add(item);
            oracle.add(item);
          } else if (step === "take") {
            const item = backlog.take();
            if (item !== oracle.take()) expect.fail(`took ${item?.place}`);
            if (item) taken.push(item);
          } else {
            const [item] = taken.splice((times * 7) % Math.max(1, taken.length), 1);
            if (!item) break;
            backlog.putBack(item);
            oracle.add(item);
          }
        }
        expect([backlog.length, backlog.octets]).toEqual([oracle.length, oracle.octets]);
      }
    }),
    { numRuns: 30 },
  );
});
