import { expect, test } from "vitest";
import { sequencerContract } from "../src/contract.ts";
import { InMemorySequencer, LAST_SEQUENCE_NUMBER, type Sequencer } from "../src/index.ts";

/** The demands that a sequencer does not meet; `beside` is what shares its state. */
async function unmet(
  create: (options: { first?: number }) => Sequencer,
  createBeside?: (other: Sequencer) => Sequencer,
): Promise<string[]> {
  const cases = sequencerContract({ create, ...(createBeside && { createBeside }) });
  const names: string[] = [];
  for (const { name, run } of cases) await run().catch(() => names.push(name));
  return names;
}

/** A sequencer in memory whose numbers are changed on their way. */
function changed(change: (number: number) => number) {
  return ({ first }: { first?: number }): Sequencer => {
    const inner = new InMemorySequencer(first === undefined ? {} : { first });
    return { next: () => change(inner.next()) };
  };
}

const sound = (options: { first?: number }) => new InMemorySequencer(options);
const different = "gives callers that draw at the same time different numbers";
const shared = "gives two sequencers over the same state different numbers";

test.each<[string, (options: { first?: number }) => Sequencer, string[]]>([
  ["nothing wrong", sound, []],
  [
    "0 first",
    changed((number) => number - 1),
    [
      "starts at 1",
      "starts at the given number",
      "counts up by one while nobody else draws",
      "goes on with 1 after 0x7FFFFFFF",
      different,
    ],
  ],
  [
    "always 1 first",
    () => new InMemorySequencer(),
    ["starts at the given number", "goes on with 1 after 0x7FFFFFFF"],
  ],
  [
    "steps of two",
    changed((number) => (number * 2 - 1) % LAST_SEQUENCE_NUMBER),
    [
      "starts at the given number",
      "counts up by one while nobody else draws",
      "goes on with 1 after 0x7FFFFFFF",
    ],
  ],
  [
    "0x7FFFFFFF left out",
    changed((number) => (number === LAST_SEQUENCE_NUMBER ? 1 : number)),
    ["goes on with 1 after 0x7FFFFFFF"],
  ],
  [
    "one number for ever",
    ({ first = 1 }) => ({ next: () => first }),
    ["counts up by one while nobody else draws", "goes on with 1 after 0x7FFFFFFF", different],
  ],
  [
    "numbers that are no integers",
    changed((number) => (number === 900 ? 900.5 : number)),
    ["counts up by one while nobody else draws", different],
  ],
  [
    "numbers beyond the range",
    changed((number) => (number === 900 ? LAST_SEQUENCE_NUMBER + 1 : number)),
    ["counts up by one while nobody else draws", different],
  ],
])("the contract finds %s", async (_, create, names) => {
  expect(await unmet(create)).toEqual(names);
});

test("the contract finds two that do not share their state", async () => {
  expect(await unmet(sound, () => new InMemorySequencer())).toEqual([
    shared,
    `${shared} while they roll over`,
  ]);
});

test("the contract finds two that never roll over", async () => {
  const counters = new Map<Sequencer, { number: number }>();
  const over = (counter: { number: number }) => {
    const sequencer = { next: () => counter.number++ };
    counters.set(sequencer, counter);
    return sequencer;
  };
  const names = await unmet(
    ({ first = 1 }) => over({ number: Math.min(first, LAST_SEQUENCE_NUMBER - 2_000) }),
    (other) => over(counters.get(other) ?? { number: 1 }),
  );
  expect(names).toContain(`${shared} while they roll over`);
  expect(names).not.toContain(shared);
});

test("the contract closes what it made, also after a demand that was not met", async () => {
  let open = 0;
  const make = (): Sequencer => {
    open += 1;
    const close = async () => {
      open -= 1;
    };
    return { next: () => 7, close };
  };
  expect(await unmet(make, make)).not.toEqual([]);
  expect(open).toBe(0);
});
