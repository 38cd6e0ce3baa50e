/** What a check of an ESME found, and how a report tells it. Pure. */

/** One thing that was looked at. */
export interface Finding {
  /** Names the check: `enquire_link`, `udhi`, ... */
  readonly check: string;
  /** `not seen`: the ESME gave no occasion to tell. */
  readonly verdict: "right" | "wrong" | "not seen";
  /** In plain words. */
  readonly says: string;
  /** Where the standard says so. */
  readonly section: string;
}

/** What is known about an ESME after all checks. */
export interface ConformanceReport {
  /** Whether it bound and nothing was wrong. */
  readonly ok: boolean;
  readonly system_id: string;
  readonly findings: readonly Finding[];
}

/** A line for each finding, what is wrong first, and a last one with the counts. */
export function reportText({ findings, system_id }: ConformanceReport): string {
  const order = ["wrong", "right", "not seen"] as const;
  const lines = order.flatMap((verdict) =>
    findings
      .filter((finding) => finding.verdict === verdict)
      .map(({ says, section }) => `${verdict.padEnd(8)}  ${says}  [${section}]`),
  );
  const count = (verdict: Finding["verdict"]) =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const who = system_id === "" ? "the ESME" : shown(system_id);
  const sum = `${who}: ${count("wrong")} wrong, ${count("right")} right, ${count("not seen")} not seen`;
  return `${[...lines, sum].join("\n")}\n`;
}

/** Control characters come from outside and must not reach a terminal. */
function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, "\u{fffd}");
}
