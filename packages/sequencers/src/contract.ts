/** What every sequencer must do, as cases that any test runner can run. */

import assert from "node:assert/strict";
import { FIRST_SEQUENCE_NUMBER, LAST_SEQUENCE_NUMBER, type Sequencer } from "./sequencer.ts";

/** One demand: a sentence, and a function that rejects with an AssertionError when it is not met. */
export interface ContractCase {
  name: string;
  run(): Promise<void>;
}

/** How the contract gets at the implementation under test. */
export interface SequencerSubject {
  /**
   * A sequencer over fresh state whose first number is `first` (1 when absent). The contract
   * closes what it made, where the implementation has a `close`.
   */
  create(options: { first?: number }): Sequencer | Promise<Sequencer>;
  /** A second sequencer over the state of `other`; absent where nothing is shared. */
  createBeside?(other: Sequencer): Sequencer | Promise<Sequencer>;
}

/**
 * The cases that every implementation of `Sequencer` passes.
 *
 * ```ts
 * for (const { name, run } of sequencerContract({ create: (options) => new MySequencer(options) })) {
 *   test(name, run);
 * }
 * ```
 */
export function sequencerContract(subject: SequencerSubject): ContractCase[] {
  const cases: ContractCase[] = [
    {
      name: "starts at 1",
      run: () =>
        withSequencer(subject, {}, async (sequencer) => {
          assert.equal(await sequencer.next(), FIRST_SEQUENCE_NUMBER);
        }),
    },
    {
      name: "starts at the given number",
      run: () =>
        withSequencer(subject, { first: 4711 }, async (sequencer) => {
          assert.equal(await sequencer.next(), 4711);
        }),
    },
    {
      name: "counts up by one while nobody else draws",
      run: () =>
        withSequencer(subject, {}, async (sequencer) => {
          assert.deepEqual(await draw(sequencer, 1000), range(1, 1000));
        }),
    },
    {
      name: "goes on with 1 after 0x7FFFFFFF",
      run: () =>
        withSequencer(subject, { first: LAST_SEQUENCE_NUMBER - 1 }, async (sequencer) => {
          assert.deepEqual(await draw(sequencer, 4), [
            LAST_SEQUENCE_NUMBER - 1,
            LAST_SEQUENCE_NUMBER,
            1,
            2,
          ]);
        }),
    },
    {
      name: "gives callers that draw at the same time different numbers",
      run: () =>
        withSequencer(subject, {}, async (sequencer) => {
          const drawn = await Promise.all(Array.from({ length: 1000 }, () => sequencer.next()));
          assertDistinct(drawn);
        }),
    },
  ];
  const { createBeside } = subject;
  if (createBeside === undefined) return cases;
  const shared = async (first: number): Promise<number[]> => {
    const one = await subject.create({ first });
    const two = await createBeside(one);
    try {
      const draws = await Promise.all(
        [one, two].flatMap((sequencer) => Array.from({ length: 1000 }, () => sequencer.next())),
      );
      assertDistinct(draws);
      return draws;
    } finally {
      await two.close?.();
      await one.close?.();
    }
  };
  return [
    ...cases,
    {
      name: "gives two sequencers over the same state different numbers",
      run: async () => {
        await shared(FIRST_SEQUENCE_NUMBER);
      },
    },
    {
      name: "gives two sequencers over the same state different numbers while they roll over",
      run: async () => {
        const draws = await shared(LAST_SEQUENCE_NUMBER - 500);
        assert.ok(draws.includes(LAST_SEQUENCE_NUMBER), "0x7FFFFFFF was never handed out");
        assert.ok(draws.includes(FIRST_SEQUENCE_NUMBER), "1 was never handed out");
      },
    },
  ];
}

async function withSequencer(
  subject: SequencerSubject,
  options: { first?: number },
  use: (sequencer: Sequencer) => Promise<void>,
): Promise<void> {
  const sequencer = await subject.create(options);
  try {
    await use(sequencer);
  } finally {
    await sequencer.close?.();
  }
}

async function draw(sequencer: Sequencer, count: number): Promise<number[]> {
  const drawn: number[] = [];
  for (let i = 0; i < count; i++) drawn.push(await sequencer.next());
  return drawn;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function assertDistinct(numbers: readonly number[]): void {
  for (const number of numbers) {
    assert.ok(
      Number.isInteger(number) && number >= FIRST_SEQUENCE_NUMBER && number <= LAST_SEQUENCE_NUMBER,
      `${number} is not a sequence number`,
    );
  }
  assert.equal(new Set(numbers).size, numbers.length, "a number was handed out twice");
}
