/** When a message is to be delivered, and until when: the two times of a submission. Pure. */
import { type Duration, isPduError, type PduOf, parseTime, resolveTime, Status } from "@esme/pdu";
import type { Submission } from "./message-store.ts";

/** Milliseconds since the epoch. */
export interface Lifetime {
  /** Not before; in the past: at once. */
  readonly due: number;
  /** Not after. */
  readonly expires: number;
}

/** A PDU with times; data_sm has only a time to live. */
type Timed = Submission | PduOf<"broadcast_sm" | "replace_sm">;

/**
 * The times of a submission, or the command_status for one that cannot be: ESME_RINVSCHED or
 * ESME_RINVEXPIRY. A relative validity counts from the delivery that was asked for (SMPP 3.4, 5.2.16);
 * qos_time_to_live, in seconds, goes before it. `validity` is the default in milliseconds.
 */
export function lifetimeOf(pdu: Timed, now: number, validity: number): Lifetime | number {
  const scheduled = "schedule_delivery_time" in pdu ? pdu.schedule_delivery_time : "";
  const valid = "validity_period" in pdu ? pdu.validity_period : "";
  const seconds = "qos_time_to_live" in pdu ? pdu.qos_time_to_live : undefined;
  // Nearly all submissions: saves making two dates.
  if (scheduled === "" && valid === "" && seconds === undefined) {
    return { due: now, expires: now + validity };
  }
  const due = momentOf(scheduled, now, now);
  if (due === undefined || due < now) return Status.ESME_RINVSCHED;
  if (seconds !== undefined) return { due, expires: due + seconds * 1000 };
  const expires = momentOf(valid, due, due + validity);
  return expires === undefined || expires < due ? Status.ESME_RINVEXPIRY : { due, expires };
}

function momentOf(text: string, from: number, absent: number): number | undefined {
  const time = parsed(text);
  if (time === "bad") return undefined;
  return time === undefined ? absent : resolveTime(time, new Date(from)).getTime();
}

function parsed(text: string): Date | Duration | undefined | "bad" {
  try {
    return parseTime(text);
  } catch (error) {
    if (isPduError(error)) return "bad";
    throw error;
  }
}
