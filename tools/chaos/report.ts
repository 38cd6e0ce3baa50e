/** A run in one line of JSON, and in a table for people. */
import type { Count, Judgement } from "./count.ts";
import type { Wishes } from "./options.ts";

/** What a run has found. */
export interface Report extends Wishes, Judgement {
  readonly isRight: boolean;
  readonly minutes: number;
  readonly perSecond: number;
  readonly texts: number;
  readonly duplicates: Count["duplicates"];
  readonly waiting: Readonly<Record<string, number>> | undefined;
  readonly faults: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
  readonly strange: readonly string[];
}

/** What a report is made of. */
export interface Findings {
  readonly wishes: Wishes;
  readonly count: Count;
  /** How often each fault has struck. */
  readonly faults: ReadonlyMap<string, number>;
  /** What makes the run worthless. */
  readonly failures: readonly string[];
  readonly minutes: number;
  readonly waiting: Readonly<Record<string, number>> | undefined;
}

/** At most so many sentences of each kind. */
const maxSentences = 20;

export function reportOf({ wishes, count, faults, failures, minutes, waiting }: Findings): Report {
  const judgement = count.judgement();
  const { published, texts } = count.progress;
  const { lost, eventsTwice, nacks, neverSent, receiptsLost, textsLost, unmarked } = judgement;
  const wrong = lost + eventsTwice + nacks + neverSent + receiptsLost + textsLost + unmarked;
  const nothingElse = count.strange.length + failures.length === 0;
  return {
    ...wishes,
    messages: published,
    isRight: wrong === 0 && nothingElse,
    minutes: rounded(minutes),
    perSecond: rounded(published / (minutes * 60)),
    texts,
    ...judgement,
    duplicates: count.duplicates,
    waiting,
    faults: Object.fromEntries(faults),
    failures: failures.slice(0, maxSentences),
    strange: [...count.strange, ...count.missing()].slice(0, maxSentences),
  };
}

/** Rows of two columns. */
export function tableOf(report: Report): string {
  const { duplicates, faults, failures, strange } = report;
  const rows: [string, unknown][] = [
    ["seed", report.seed],
    ["messages sent", report.messages],
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
    ["texts that came twice", duplicates.texts],
    ...Object.entries(faults),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return [...lines, ...strange, ...failures].join("\n");
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
