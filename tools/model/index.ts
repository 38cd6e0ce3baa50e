/** How long a model test runs, and with which seed: from the environment that `main.ts` sets. */
import { setTimeout as delay } from "node:timers/promises";
import fc, { type IAsyncProperty } from "fast-check";

/** Milliseconds that one model test may take; a few seconds in `npm test`. */
export const modelTime = 1_000 * Number(process.env["ESME_MODEL_SECONDS"] ?? 3);

/** The time limit of a Vitest test that calls {@link runModel}: the last run and shrinking fit in. */
export const modelTimeout = modelTime * 2 + 90_000;

/** Milliseconds for a run that the time limit cut off: one that does not end by then hangs. */
const lastRunTime = 30_000;

const seed = Number(process.env["ESME_MODEL_SEED"] ?? Math.floor(Math.random() * 0x7fff_ffff));
/** Where a failure stands among the runs of its seed: repeats that run alone. */
const path = process.env["ESME_MODEL_PATH"];

/**
 * Tries random sequences of commands until {@link modelTime} is over. A failure is shrunk to a short
 * sequence; its message has the seed, the path and the command that repeats it.
 *
 * @throws Error with the shortest failing sequence that was found, or with one that does not end
 */
export async function runModel<T>(property: IAsyncProperty<T>): Promise<void> {
  let last: { value: T; result: Promise<unknown> } | undefined;
  // fast-check stops waiting for a run when the time is over, and calls it interrupted.
  const watched: IAsyncProperty<T> = Object.create(property, {
    run: {
      value: (value: T) => {
        const result = Promise.resolve(property.run(value));
        last = { value, result };
        return result;
      },
    },
  });
  const details = await fc.check(watched, {
    seed,
    ...(path !== undefined && { path }),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: modelTime,
    markInterruptAsFailure: false,
  });
  // A first run that takes longer than the time limit counts as failed, without an example.
  if (details.failed && details.counterexample !== null) {
    const again = `ESME_MODEL_SEED=${details.seed} ESME_MODEL_PATH=${details.counterexamplePath}`;
    const cause = details.errorInstance;
    throw new Error(`${fc.defaultReportMessage(details)}\nTo repeat it: ${again} npm run model`, {
      cause,
    });
  }
  if (last !== undefined) await ended(last.result, () => fc.stringify(last?.value));
}

/** The run that was cut off must end, too, and well. */
async function ended(result: Promise<unknown>, shown: () => string): Promise<void> {
  const giveUp = new AbortController();
  const limit = delay(lastRunTime, "late", giveUp).catch(() => "late");
  try {
    const outcome = await Promise.race([result, limit]);
    if (outcome === "late") {
      throw new Error(`seed ${seed}: a run did not end within ${lastRunTime} ms: ${shown()}`);
    }
    if (typeof outcome === "object" && outcome !== null && "error" in outcome) {
      const { error: cause } = outcome;
      throw new Error(`seed ${seed}: the last run failed: ${shown()}: ${String(cause)}`, { cause });
    }
  } finally {
    giveUp.abort();
  }
}
