/** What an ESME may ask for, and who answers it. */
import {
  commands,
  encode,
  InterfaceVersion,
  type PduInputOf,
  type PduOf,
  Status,
  statusName,
} from "@esme/pdu";
import { type BindCommand, type Callbacks, isPromise } from "@esme/session";
import type { Broadcasts } from "../life/broadcasts.ts";
import type { Submission } from "../life/message-store.ts";
import type { MessageCentre } from "../life/messages.ts";
import type { SubmitAnswer } from "../life/submit-answer.ts";
import type { ResolvedOptions } from "../options.ts";
import type { UssdDialogues } from "../phones/ussd.ts";
import { authenticate } from "./accounts.ts";
import type { SmscSession } from "./smsc-session.ts";

/** What is needed to answer. */
export type Answerers = Pick<ResolvedOptions, "accounts" | "system_id" | "onSubmit" | "logger"> & {
  readonly centre: MessageCentre;
  readonly ussd: UssdDialogues;
  readonly broadcasts: Broadcasts;
  /** All connected ESMEs: an account may be allowed only so many. */
  readonly sessions: Iterable<SmscSession>;
  /** `onSubmit` threw, rejected, or gave what no response can carry. */
  readonly onError: (error: unknown) => void;
};

type BindFields = Pick<PduInputOf<"bind_transceiver_resp">, "system_id" | "sc_interface_version">;

/** The callbacks of one session. */
export function callbacksFor(session: SmscSession, answerers: Answerers): Callbacks {
  const { centre, ussd, broadcasts } = answerers;
  const bind = (pdu: PduOf<BindCommand>) => bound(pdu, session, answerers);
  const submit = (pdu: PduOf<"submit_sm" | "data_sm">) =>
    decided<SubmitAnswer>(pdu, session, answerers, (given) =>
      pdu.ussd_service_op === undefined || given !== undefined
        ? centre.submit(pdu, session.system_id, given)
        : ussd.submit(pdu, session.system_id),
    );
  const submitMulti = (pdu: PduOf<"submit_multi">) =>
    decided(pdu, session, answerers, (given) => centre.submitMulti(pdu, session.system_id, given));
  return {
    bind_transmitter: bind,
    bind_receiver: bind,
    bind_transceiver: bind,
    submit_sm: submit,
    // The one submission that goes both ways: what we send needs no answer of ours.
    data_sm: (pdu, direction) => (direction === "out" ? undefined : submit(pdu)),
    submit_multi: submitMulti,
    query_sm: (pdu) => centre.query(pdu, session.system_id, session.knowsVersion5),
    cancel_sm: (pdu) => centre.cancel(pdu, session.system_id),
    replace_sm: (pdu) => centre.replace(pdu, session.system_id),
    broadcast_sm: (pdu) => broadcasts.submit(pdu, session.system_id),
    query_broadcast_sm: (pdu) => broadcasts.query(pdu, session.system_id),
    cancel_broadcast_sm: (pdu) => broadcasts.cancel(pdu, session.system_id),
  };
}

function bound(
  pdu: PduOf<BindCommand>,
  session: SmscSession,
  { accounts, system_id, logger, sessions }: Answerers,
): number | BindFields {
  const others = () => {
    let count = 0;
    for (const other of sessions) {
      if (other.isBound && other.system_id === pdu.system_id) count++;
    }
    return count;
  };
  const status = authenticate(accounts, pdu, others);
  if (status !== Status.ESME_ROK) {
    logger.warn({ session: session.id, status: statusName(status) }, "a bind was refused");
    return status;
  }
  session.grant(pdu);
  // A peer of version 3.3 or older must not be sent TLVs (SMPP 3.4, 3.4.1).
  if (pdu.interface_version < InterfaceVersion["3.4"]) return { system_id };
  const newest = pdu.interface_version >= InterfaceVersion["5.0"] ? "5.0" : "3.4";
  return { system_id, sc_interface_version: InterfaceVersion[newest] };
}

/** Asks `onSubmit` first. Without it, or with a plain value from it, the answer is there at once. */
function decided<A>(
  pdu: Submission,
  session: SmscSession,
  { onSubmit, onError }: Answerers,
  answer: (given: SubmitAnswer) => A | Promise<A>,
): A | number | Promise<A | number> {
  if (onSubmit === undefined) return answer(undefined);
  const failed = (error: unknown) => {
    onError(error);
    return Status.ESME_RSYSERR;
  };
  try {
    const given = onSubmit(pdu, session);
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
