/** How long a model test runs, and with which seed: from the environment that `main.ts` sets. */
import fc, { type IAsyncProperty } from "fast-check";

/** Milliseconds that one model test may take; a few seconds in `npm test`. */
export const modelTime = 1_000 * Number(process.env["ESME_MODEL_SECONDS"] ?? 3);

/** The time limit of a Vitest test that calls {@link runModel}: the last run and shrinking fit in. */
export const modelTimeout = modelTime * 2 + 60_000;

const seed = Number(process.env["ESME_MODEL_SEED"] ?? Math.floor(Math.random() * 0x7fff_ffff));
/** Where a failure stands among the runs of its seed: repeats that run alone. */
const path = process.env["ESME_MODEL_PATH"];

/**
 * Tries random sequences of commands until {@link modelTime} is over. A failure is shrunk to a short
 * sequence; its message has the seed, the path and the command that repeats it.
 *
 * @throws Error with the shortest failing sequence that was found
 */
export async function runModel<T>(property: IAsyncProperty<T>): Promise<void> {
  const details = await fc.check(property, {
    seed,
    ...(path !== undefined && { path }),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: modelTime,
    markInterruptAsFailure: false,
  });
  if (!details.failed) return;
  const again = `ESME_MODEL_SEED=${details.seed} ESME_MODEL_PATH=${details.counterexamplePath}`;
  const cause = details.errorInstance;
  throw new Error(`${fc.defaultReportMessage(details)}\nTo repeat it: ${again} npm run model`, {
    cause,
  });
}
