/** What is decided about a submission from outside, before the message centre does. Pure. */
import { type PduInputOf, Status } from "@esme/pdu";
import type { noAnswer } from "@esme/session";

/** What can be said in the response to a submission, whichever command it came by. */
export type SubmitFields = Pick<
  PduInputOf<"submit_sm_resp">,
  | "command_status"
  | "message_id"
  | "additional_status_info_text"
  | "delivery_failure_reason"
  | "network_error_code"
  | "dpf_result"
  | "unknown_tlvs"
>;

/** What is decided about a submission from outside: a status, fields of the response, or nothing. */
export type SubmitAnswer = number | SubmitFields | typeof noAnswer | undefined;

/** The fields of an answer; none when it is a status or nothing. */
export function fieldsOf(given: SubmitAnswer): SubmitFields {
  if (typeof given === "object") return given;
  return {};
}

/** The command_status of an answer; ESME_ROK when it says none. */
export function statusOf(given: SubmitAnswer): number {
  if (typeof given === "number") return given;
  return fieldsOf(given).command_status ?? Status.ESME_ROK;
}
