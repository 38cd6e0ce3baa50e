import fc from "fast-check";
import { expect, test } from "vitest";
import { type Queued, TurnQueue } from "../src/index.ts";

interface Item extends Queued<Item> {}

/** Runs of steps. */
const steps = fc.array(
  fc.tuple(
    fc.constantFrom("add", "take the first", "take the first", "take one", "put back"),
    fc.integer({ min: 1, max: 90 }),
  ),
  { maxLength: 30 },
);

test("whatever the order, the oldest is first, and what is put back has its place", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new TurnQueue<Item>();
      /** The naive twin: an array in order. */
      let twin: Item[] = [];
      const taken: Item[] = [];
      let turn = 0;
      const insert = (item: Item): void => {
        queue.insert(item);
        twin = [...twin, item].sort((a, b) => a.turn - b.turn);
      };
      const take = (item: Item | undefined): void => {
        if (item === undefined) return;
        queue.remove(item);
        twin = twin.filter((other) => other !== item);
        taken.push(item);
      };
      for (const [step, times] of all) {
        for (let time = 0; time < times; time += 1) {
          if (step === "add") insert({ turn: ++turn });
          else if (step === "take the first") take(queue.first);
          else if (step === "take one") take(twin[(times * 7) % Math.max(1, twin.length)]);
          else
            for (const item of taken.splice((times * 7) % Math.max(1, taken.length), 1))
              insert(item);
        }
        expect([queue.length, queue.first]).toEqual([twin.length, twin[0]]);
      }
    }),
    { numRuns: 50 },
  );
});
