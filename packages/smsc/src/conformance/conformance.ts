/** Checks an ESME that connects: a script of requests, answers and mistakes. */
import type { SmscOptions } from "../options.ts";
import { Smsc } from "../smsc.ts";
import { type CheckTimes, checks } from "./checks.ts";
import { cut, throttled, unbound } from "./endings.ts";
import type { ConformanceReport, Finding } from "./finding.ts";
import { Subject } from "./subject.ts";

/** Settings of a run. Times are milliseconds. */
export interface ConformanceOptions
  extends Pick<SmscOptions, "port" | "host" | "tls" | "accounts" | "logger"> {
  /** How long to wait for the ESME to connect and bind. Default 60,000. */
  readonly connectWithin?: number;
  /** An answer that comes later is late. Default 2,000. */
  readonly answerWithin?: number;
  /** How long its submissions are watched. Default 5,000. */
  readonly watch?: number;
  /** How long it may take to come back after its session has ended. Default 15,000. */
  readonly reconnectWithin?: number;
  /** The port is open: the ESME may connect. */
  readonly onListening?: (port: number) => void;
  /** Hears of each finding as it is made. */
  readonly onFinding?: (finding: Finding) => void;
}

/**
 * Listens, waits for an ESME, and tells what it does wrong and what right. To have its submissions
 * judged, let it send texts meanwhile, a long one among them.
 *
 * Rejects with the system's error when the port cannot be had.
 */
export async function runConformance(options: ConformanceOptions = {}): Promise<ConformanceReport> {
  const { connectWithin = 60_000, answerWithin = 2_000, watch = 5_000 } = options;
  const { reconnectWithin = 15_000, onListening, onFinding = () => {} } = options;
  const { port, host, tls, accounts, logger } = options;
  await using smsc = new Smsc({ port, host, tls, accounts, logger });
  const subject = new Subject(smsc);
  const findings: Finding[] = [];
  const note = (found: readonly Finding[]): void => {
    for (const finding of found) {
      findings.push(finding);
      onFinding(finding);
    }
  };
  try {
    await smsc.listen();
    onListening?.(smsc.port);
    if ((await subject.bound(connectWithin)) === undefined) {
      note([
        { check: "bind", verdict: "wrong", says: "nobody bound in time", section: "SMPP 3.4, 4.1" },
      ]);
    } else {
      await script(subject, { answerWithin, watch, reconnectWithin }, note);
    }
  } finally {
    subject.end();
  }
  const ok = findings.every(({ verdict }) => verdict !== "wrong");
  return { ok, system_id: subject.traffic.bind?.system_id ?? "", findings };
}

/** Ends early when the ESME is gone for good. */
async function script(
  subject: Subject,
  times: CheckTimes,
  note: (found: readonly Finding[]) => void,
): Promise<void> {
  const watched = performance.now() + times.watch;
  for (const check of checks) {
    const session = await subject.bound(times.reconnectWithin);
    if (session === undefined) {
      note([gone, ...subject.traffic.findings()]);
      return;
    }
    note(await check(subject, session, times));
  }
  await subject.pause(Math.max(0, watched - performance.now()));
  subject.traffic.longTexts.close(performance.now(), times.answerWithin);
  note(await throttled(subject));
  for (const ending of [unbound, cut]) {
    const session = await subject.bound(times.reconnectWithin);
    if (session === undefined) break;
    note(await ending(subject, session, times));
  }
  note(subject.traffic.findings());
}

const gone: Finding = {
  check: "reconnects",
  verdict: "wrong",
  says: "it does not come back after its session has ended: the other checks are left out",
  section: "SMPP 3.4, 2.7",
};
