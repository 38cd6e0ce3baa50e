/** What an ESME may ask for, and who answers it. */
import { commands, encode, type PduOf, Status } from "@esme/pdu";
import type { ServerCallbacks, ServerSession } from "@esme/server";
import { isPromise } from "@esme/session";
import type { Broadcasts } from "../life/broadcasts.ts";
import type { Submission } from "../life/message-store.ts";
import type { Messages } from "../life/messages.ts";
import type { SubmitAnswer } from "../life/submit-answer.ts";
import type { UssdDialogues } from "../phones/ussd.ts";
import type { SmscSession } from "./smsc-session.ts";

/** What is needed to answer. */
export interface Answerers {
  readonly messages: Messages;
  readonly ussd: UssdDialogues;
  readonly broadcasts: Broadcasts;
  /** Asked first about submissions; undefined: nobody is. */
  readonly onSubmit:
    | ((pdu: Submission, session: SmscSession) => SubmitAnswer | Promise<SubmitAnswer>)
    | undefined;
  /** What the simulator knows of a session of the server. */
  readonly sessionOf: (session: ServerSession) => SmscSession;
  /** `onSubmit` threw, rejected, or gave what no response can carry. */
  readonly onError: (error: unknown) => void;
}

/** The callbacks of the server. */
export function callbacksFor(answerers: Answerers): ServerCallbacks {
  const { messages, ussd, broadcasts, sessionOf } = answerers;
  const submit = (pdu: PduOf<"submit_sm" | "data_sm">, session: ServerSession) =>
    decided<SubmitAnswer>(pdu, session, answerers, (given) =>
      pdu.ussd_service_op === undefined || given !== undefined
        ? messages.submit(pdu, session.system_id, given)
        : ussd.submit(pdu, session.system_id),
    );
  return {
    submit_sm: submit,
    data_sm: submit,
    submit_multi: (pdu, session) =>
      decided(pdu, session, answerers, (given) =>
        messages.submitMulti(pdu, session.system_id, given),
      ),
    query_sm: (pdu, session) =>
      messages.query(pdu, session.system_id, sessionOf(session).knowsVersion5),
    cancel_sm: (pdu, { system_id }) => messages.cancel(pdu, system_id),
    replace_sm: (pdu, { system_id }) => messages.replace(pdu, system_id),
    broadcast_sm: (pdu, { system_id }) => broadcasts.submit(pdu, system_id),
    query_broadcast_sm: (pdu, { system_id }) => broadcasts.query(pdu, system_id),
    cancel_broadcast_sm: (pdu, { system_id }) => broadcasts.cancel(pdu, system_id),
  };
}

/** Asks `onSubmit` first. Without it, or with a plain value from it, the answer is there at once. */
function decided<A>(
  pdu: Submission,
  session: ServerSession,
  { onSubmit, sessionOf, onError }: Answerers,
  answer: (given: SubmitAnswer) => A | Promise<A>,
): A | number | Promise<A | number> {
  if (onSubmit === undefined) return answer(undefined);
  const failed = (error: unknown) => {
    onError(error);
    return Status.ESME_RSYSERR;
  };
  try {
    const given = onSubmit(pdu, sessionOf(session));
    if (isPromise(given)) {
      const checked = Promise.resolve(given).then((late) => possible(pdu, late));
      return checked.then(answer, failed);
    }
    return answer(possible(pdu, given));
  } catch (error) {
    return failed(error);
  }
}

/** What a response can carry, found out before the message is taken. Throws PduError for the rest. */
function possible({ command }: Submission, given: SubmitAnswer): SubmitAnswer {
  if (typeof given === "object") encode({ ...given, command: commands[command].response });
  return given;
}
