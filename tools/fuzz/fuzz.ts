/** Runs the cases of one door: as many as a test run has, or as long as `npm run fuzz` says. */
import { Worker } from "node:worker_threads";
import { type Random, randomFrom } from "./random.ts";

/** Where input comes in that nobody here wrote. */
export interface Door<T> {
  /** The beginning of the file's name: `npm run fuzz -- NAME`. */
  readonly name: string;
  /** How many cases a plain test run has. */
  readonly cases: number;
  /** The input of a case. */
  make(random: Random): T;
  /** Throws when something does not hold that must hold for every input. */
  check(input: T): unknown;
  /** The input as the report of a failure shows it. */
  show(input: T): string;
}

const seconds = process.env["ESME_FUZZ_SECONDS"];
const seed = Number(process.env["ESME_FUZZ_SEED"] ?? 1);
/** The one case to repeat. */
const only = process.env["ESME_FUZZ_CASE"];

/** A case that does not end within these milliseconds hangs. */
const hangTime = 60_000;

/** The time limit of a Vitest test that calls {@link fuzz}. */
export const fuzzTimeout = 1_000 * Number(seconds ?? 60) + 2 * hangTime;

/**
 * Checks case after case. A plain test run has always the same cases; `npm run fuzz` goes on until
 * its time is over, and can repeat one case.
 *
 * @throws Error with the input that failed and the command that repeats it
 */
export async function fuzz<T>(door: Door<T>): Promise<void> {
  const first = Number(only ?? 0);
  const last = only === undefined ? (seconds === undefined ? door.cases : Infinity) : first + 1;
  const end = Date.now() + 1_000 * Number(seconds ?? Infinity);
  const at = new Int32Array(new SharedArrayBuffer(4));
  const watchdog = new Worker(new URL("./watchdog.mjs", import.meta.url), {
    workerData: { at, hangTime, name: door.name, seed },
  });
  watchdog.unref();
  try {
    for (let index = first; index < last && Date.now() < end; index++) {
      Atomics.store(at, 0, index);
      await run(door, index);
    }
    if (seconds !== undefined)
      console.log(`${door.name}: ${Atomics.load(at, 0) + 1 - first} cases`);
  } finally {
    await watchdog.terminate();
  }
}

async function run<T>(door: Door<T>, index: number): Promise<void> {
  const input = door.make(randomFrom(seed, index));
  try {
    await door.check(input);
  } catch (cause) {
    const again = `npm run fuzz -- ${door.name} --seed ${seed} --case ${index}`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${reason}\nInput: ${door.show(input)}\nTo repeat it: ${again}`, { cause });
  }
}

/** As `expect`, at a cost that a million cases can bear. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`it does not hold that ${what}`);
}
