/** The scenario `random`: everything fails at random while messages and texts pass. */
import { setTimeout as passed } from "node:timers/promises";
import { randomFrom } from "@esme/fuzz/random";
import type { Wishes } from "./options.ts";
import { reportOf, tableOf } from "./report.ts";
import { type Run, startRun } from "./run.ts";
import { Standstill } from "./standstill.ts";
import { Strikes } from "./strikes.ts";

/** Texts without an answer, at most. */
const maxTexts = 40;

/** After so long without any progress what is missing counts as lost, in milliseconds. */
const patience = 150_000;

/** Resolves with the exit code: 0 right, 1 something was lost, 2 the run could not be made. */
export async function randomFaults(wishes: Wishes): Promise<number> {
  const run = await startRun(wishes);
  const { application, centre, count, failures } = run;
  const end = performance.now() + wishes.minutes * 60_000;
  const standstill = new Standstill(() => {
    const { settled, reported, arrived } = count.progress;
    return settled + reported + arrived;
  });
  const progress = setInterval(() => console.error(JSON.stringify(count.progress)), 10_000);
  const strikes = new Strikes({ ...run, random: randomFrom(wishes.seed, 0) }, failures, wishes);
  const over = new AbortController();
  const texts = write(run, over.signal);
  strikes.begin();
  await run.publish(() =>
    wishes.minutes > 0 ? performance.now() >= end : count.progress.published >= wishes.messages,
  );
  over.abort();
  await strikes.end();
  // Without workers nobody would take the texts that wait.
  if (failures.length > 0) await centre.close();
  await texts;
  while (!count.isComplete && failures.length === 0 && standstill.present < patience) {
    await passed(100);
  }
  clearInterval(progress);
  const report = reportOf({
    run,
    faults: strikes.counts,
    standstill: standstill.end(),
    waiting: await application.waiting(),
  });
  console.error(tableOf(report));
  console.log(JSON.stringify(report));
  await run.close(!report.isRight);
  if (report.isRight) return 0;
  return failures.length > 0 ? 2 : 1;
}

/** Phones write until the run is over. */
async function write({ centre }: Run, signal: AbortSignal): Promise<void> {
  const open = new Set<Promise<void>>();
  while (!signal.aborted) {
    const one = centre.write().finally(() => open.delete(one));
    open.add(one);
    if (open.size >= maxTexts) await Promise.race(open);
    await passed(10);
  }
  await Promise.all(open);
}
