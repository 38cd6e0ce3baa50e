import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { OldestFirst } from "../src/index.ts";

const step = fc.record({
  do: fc.constantFrom("set", "set", "set", "delete", "take", "look", "clear"),
  key: fc.nat(12),
});

test("whatever is set, set again and deleted: it is a plain list that loses its front", () => {
  fc.assert(
    fc.property(
      fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
      fc.array(step, { maxLength: 200 }),
      (limit, steps) => {
        const entries = new OldestFirst<number, string>(limit);
        let list: [number, string][] = [];
        for (const [index, { do: what, key: number }] of steps.entries()) {
          const key = what === "take" ? (entries.oldest()?.[0] ?? -1) : number;
          const others = list.filter(([other]) => other !== key);
          if (what === "set") {
            list = [...others, [key, `value ${index}`]];
            if (list.length > (limit ?? Number.POSITIVE_INFINITY)) list.shift();
            entries.set(key, `value ${index}`);
          } else if (what === "clear") {
            list = [];
            entries.clear();
          } else if (what !== "look") {
            expect(entries.delete(key)).toBe(others.length < list.length);
            list = others;
          } else expect(entries.oldest()).toEqual(list[0]);
          expect(entries.size).toBe(list.length);
          expect(entries.get(number)).toBe(list.find(([other]) => other === number)?.[1]);
          expect([...entries]).toEqual(list);
        }
        expect(entries.oldest()).toEqual(list[0]);
      },
    ),
  );
});

test("an entry may be deleted while one goes through all of them", () => {
  const entries = new OldestFirst<string, number>();
  for (const [index, key] of ["a", "b", "c"].entries()) entries.set(key, index);
  for (const [key] of entries) entries.delete(key);
  expect(entries.size).toBe(0);
  expect(entries.oldest()).toBeUndefined();
});

test("the oldest is found no later when many before it are gone", () => {
  const took = (live: number): number => {
    const entries = new OldestFirst<string, number>(live);
    for (let number = 0; number < live; number++) entries.set(String(number), number);
    const start = performance.now();
    for (let number = live; number < live + 20_000; number++) entries.set(String(number), number);
    return performance.now() - start;
  };
  // With a fresh iterator each time it takes some hundred times as long. A busy machine may stop one
  // of the two for a while, but not each time.
  const isFast = () => took(100_000) < 20 * took(1_000);
  expect([isFast, isFast, isFast].some((holds) => holds())).toBe(true);
});

test("nothing that was deleted stays in memory behind an entry that remains the oldest", async () => {
  setFlagsFromString("--expose_gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const entries = new OldestFirst<number, object>();
  const values: WeakRef<object>[] = [];
  for (let number = 0; number < 10_000; number++) {
    const value = { number };
    entries.set(number, value);
    values.push(new WeakRef(value));
    entries.oldest();
    if (number > 10) entries.delete(number - 10);
  }
  // A WeakRef keeps its object until the end of the job that made it.
  await nextTurn();
  collectGarbage();
  expect(values.filter((value) => value.deref() !== undefined).length).toBeLessThan(100);
  expect(entries.size).toBe(11);
});
