// Makes the response that belongs to a request.

import { type CommandName, type CommandTable, commands } from "./commands.ts";
import { PduError } from "./errors.ts";
import type { Pdu, PduInput, PduInputOf } from "./pdu.ts";
import { Status } from "./status.ts";

/** The command that answers `C`: generic_nack for an unknown one, never for one without response. */
type AnswerTo<C extends Pdu["command"]> = C extends "unknown"
  ? "generic_nack"
  : C extends CommandName
    ? Extract<CommandTable[C]["response"], CommandName>
    : never;

/** What the caller may add to a response. */
type Additions<I> = I extends unknown ? Omit<I, "command" | "sequence_number"> : never;

/**
 * The response to a request: the right command, the same sequence_number, and the fields given,
 * `responseTo(pdu, { command_status: Status.ESME_RTHROTTLED })`. A PDU of an unknown command is
 * answered by a generic_nack with ESME_RINVCMDID (3.4 section 4.3). Throws {@link PduError}
 * `no_response` for a response, outbind and alert_notification, which nothing answers.
 */
export function responseTo<C extends Pdu["command"]>(
  request: { readonly command: C; readonly sequence_number: number },
  fields?: Additions<PduInputOf<AnswerTo<C>>>,
): PduInputOf<AnswerTo<C>>;
export function responseTo(
  request: { readonly command: Pdu["command"]; readonly sequence_number: number },
  fields: Additions<PduInput> = {},
): PduInput {
  const { command, sequence_number } = request;
  if (command === "unknown") {
    const command_status = Status.ESME_RINVCMDID;
    return { command_status, ...fields, command: "generic_nack", sequence_number };
  }
  const { id, response } = commands[command];
  if (response === null) {
    throw new PduError("no_response", `${command} has no response`, {
      command_id: id,
      sequence_number,
    });
  }
  return { ...fields, command: response, sequence_number };
}
