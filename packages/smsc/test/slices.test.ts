import { describe, expect, test } from "vitest";
import { Slices, stepsInOneTurn } from "../src/structures/slices.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Notes what is done in each turn of the event loop, until all of `count` is done. */
async function turnsOf(
  count: number,
  begin: (slices: Slices, done: (item: number) => void) => void,
) {
  const turns: number[][] = [[]];
  let left = count;
  await new Promise<void>((resolve) => {
    // Before that of the slices: a turn begins here.
    const next = () => {
      if (left === 0) return resolve();
      turns.push([]);
      setImmediate(next);
    };
    setImmediate(next);
    begin(new Slices(), (item) => {
      turns.at(-1)?.push(item);
      left--;
    });
  });
  return turns;
}

describe("Slices", () => {
  test("what one turn has room for is done at once", () => {
    const done: number[] = [];
    expect(new Slices().run([1, 2, 3], (item) => done.push(item))).toBeUndefined();
    expect(done).toEqual([1, 2, 3]);
  });

  test("more is done in the turns that follow, in order, each with so many steps at most", async () => {
    const turns = await turnsOf(3 * stepsInOneTurn, (slices, done) => {
      void slices.run(numbers(3 * stepsInOneTurn), done);
    });
    expect(turns.flat()).toEqual(numbers(3 * stepsInOneTurn));
    expect(turns.length).toBeGreaterThan(2);
    for (const { length } of turns) expect(length).toBeLessThanOrEqual(stepsInOneTurn);
  });

  test("many small pieces of work share the room of a turn, first come first served", async () => {
    const turns = await turnsOf(5_000, (slices, done) => {
      for (const number of numbers(5_000)) void slices.run([number], done);
    });
    expect(turns.flat()).toEqual(numbers(5_000));
    for (const { length } of turns) expect(length).toBeLessThanOrEqual(stepsInOneTurn);
  });

  test("the promise resolves behind the last step", async () => {
    let count = 0;
    await new Slices().run(numbers(2_500), () => count++);
    expect(count).toBe(2_500);
  });

  test("closed: nothing more is done, and nobody waits for it", async () => {
    const slices = new Slices();
    let count = 0;
    const waiting = slices.run(numbers(5_000), () => count++);
    slices.close();
    await waiting;
    await turn();
    expect(count).toBeLessThanOrEqual(stepsInOneTurn);
    expect(slices.run([1], () => count++)).toBeUndefined();
    expect(count).toBeLessThanOrEqual(stepsInOneTurn);
  });

  test("a step that closes ends the work it is a part of", async () => {
    const slices = new Slices();
    let count = 0;
    await slices.run(numbers(5_000), () => {
      if (++count === 1_500) slices.close();
    });
    await turn();
    expect(count).toBeLessThanOrEqual(2 * stepsInOneTurn);
  });
});
