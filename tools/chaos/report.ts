/** A run in one line of JSON, and in a table for people. */
import type { Duplicates, Judgement } from "./count.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Wishes } from "./options.ts";
import type { Run } from "./run.ts";

/** What a run has found. */
export interface Report extends Wishes, Judgement {
  /** Nothing is missing, nothing is too many, and nothing was strange. */
  readonly isRight: boolean;
  readonly minutesInAll: number;
  readonly perSecond: number;
  readonly texts: number;
  readonly duplicates: Duplicates;
  /** To the workers; `highestCount` is the highest `x-delivery-count`. */
  readonly deliveries: Deliveries["counts"];
  /** Seconds in which nothing went on, at most. */
  readonly longestStandstill: number;
  readonly waiting: Readonly<Record<string, number>> | undefined;
  /** How often each fault has struck. */
  readonly faults: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
  readonly strange: readonly string[];
}

/** What a report is made of. */
export interface Findings {
  readonly run: Pick<Run, "wishes" | "count" | "deliveries" | "failures" | "minutes">;
  readonly faults: ReadonlyMap<string, number>;
  /** In milliseconds. */
  readonly standstill: number;
  readonly waiting: Readonly<Record<string, number>> | undefined;
}

/** At most so many sentences of each kind. */
export const maxSentences = 20;

export function reportOf({ run, faults, standstill, waiting }: Findings): Report {
  const { wishes, count, deliveries, failures, minutes } = run;
  const { published, texts } = count.progress;
  const judgement = count.judgement();
  const strange = [...count.strange, ...count.missing()];
  // What a ledger that holds is for.
  const sentTwice = wishes.ledger === "hold" ? count.duplicates.messages : 0;
  const wrong = Object.values(judgement).reduce((total, number) => total + number, sentTwice);
  return {
    ...wishes,
    isRight: wrong + strange.length + failures.length === 0,
    messages: published,
    minutesInAll: rounded(minutes),
    perSecond: rounded(published / (minutes * 60)),
    texts,
    ...judgement,
    duplicates: count.duplicates,
    deliveries: deliveries.counts,
    longestStandstill: rounded(standstill / 1_000),
    waiting,
    faults: Object.fromEntries(faults),
    failures: failures.slice(0, maxSentences),
    strange: strange.slice(0, maxSentences),
  };
}

/** The report for people. */
export function tableOf(report: Report): string {
  const { deliveries, duplicates, faults, failures, strange } = report;
  const rows: [string, unknown][] = [
    ["seed", report.seed],
    ["messages sent", report.messages],
    ["minutes", report.minutesInAll],
    ["messages a second", report.perSecond],
    ["messages lost", report.lost],
    ["sent once, with two events", report.eventsTwice],
    ["messages refused", report.nacks],
    ["acknowledged, never sent", report.neverSent],
    ["receipts lost", report.receiptsLost],
    ["texts of phones", report.texts],
    ["texts lost", report.textsLost],
    ["messages sent twice", duplicates.messages],
    ["of these not marked", report.unmarked],
    ["messages marked maybe_duplicate", duplicates.marked],
    ["messages of unknown fate, held", duplicates.held],
    ["texts that came twice", duplicates.texts],
    ["deliveries to the workers", deliveries.all],
    ["of these redelivered", deliveries.again],
    ["highest x-delivery-count", deliveries.highestCount],
    ["longest standstill in seconds", report.longestStandstill],
    ...Object.entries(faults),
  ];
  return [columns(rows), ...strange, ...failures].join("\n");
}

/** Rows of two columns. */
export function columns(rows: readonly (readonly [name: string, value: unknown])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
