/** How an ESME slows down, unbinds and reconnects. */
import { Status } from "@esme/pdu";
import type { SmscSession } from "../sessions/smsc-session.ts";
import type { CheckTimes } from "./checks.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** Submissions in a second that are enough to tell whether an ESME slows down. */
const enough = 5;

/** Refuses with ESME_RTHROTTLED for a second and counts what comes nevertheless. */
export async function throttled(subject: Subject): Promise<Finding[]> {
  const section = "SMPP 3.4, 5.1.3";
  const { smsc, traffic } = subject;
  const begun = performance.now();
  const before = traffic.submittedBetween(begun - 1_000, begun);
  if (before < enough) {
    const says = `it sends too little (${before} in a second) to tell whether it slows down when throttled`;
    return [{ check: "throttled", verdict: "not seen", says, section }];
  }
  const end = smsc.behave({ fault: "refuse", status: Status.ESME_RTHROTTLED });
  await subject.pause(1_200);
  end();
  // Requests that were already on their way do not count.
  const after = traffic.submittedBetween(begun + 200, begun + 1_200);
  const isSlower = after <= Math.max(before / 2, enough);
  const says = isSlower
    ? `it slows down when throttled: ${before} submissions a second before, ${after} after`
    : `it does not slow down when throttled: ${before} submissions a second before, ${after} after`;
  return [{ check: "throttled", verdict: isSlower ? "right" : "wrong", says, section }];
}

/** Sends unbind, and checks whether it comes back. */
export async function unbound(
  subject: Subject,
  session: SmscSession,
  times: CheckTimes,
): Promise<Finding[]> {
  const { answerWithin } = times;
  const reply = await subject.ask(session, { command: "unbind" }, answerWithin);
  const isRight = reply.pdu?.command === "unbind_resp" && reply.pdu.command_status === 0;
  const says = isRight
    ? `unbind is answered, after ${Math.round(reply.ms)} ms`
    : "unbind is not answered with unbind_resp";
  // Either side may close now; we do.
  session.destroy();
  await subject.ended(session, answerWithin);
  const section = "SMPP 3.4, 4.2";
  return [
    { check: "unbind", verdict: isRight ? "right" : "wrong", says, section },
    ...(await back(subject, times, "an unbind")),
  ];
}

/** Ends the connection without unbind, and checks whether it comes back. */
export async function cut(
  subject: Subject,
  session: SmscSession,
  times: CheckTimes,
): Promise<Finding[]> {
  session.destroy();
  await subject.ended(session, times.answerWithin);
  return back(subject, times, "a connection that is closed");
}

async function back(
  subject: Subject,
  { reconnectWithin }: CheckTimes,
  after: string,
): Promise<Finding[]> {
  const begun = performance.now();
  const session = await subject.bound(reconnectWithin);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const says =
    session === undefined
      ? `it does not come back after ${after}, within ${seconds} s`
      : `it binds again after ${after}, within ${seconds} s`;
  const verdict = session === undefined ? "wrong" : "right";
  return [{ check: "reconnects", verdict, says, section: "SMPP 3.4, 2.7" }];
}
