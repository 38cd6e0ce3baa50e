/** Which PDUs of the log a request asks for. */
import { z } from "zod";
import { commandOf } from "../../log/pdu-header.ts";
import type { LoggedPdu } from "../../log/pdu-log.ts";
import { isError } from "../../log/pdu-summary.ts";
import { wholeParameter } from "./parameters.ts";

/** A parameter: the number of a session. */
export const session = wholeParameter().exactOptional().describe("Only this session");

/** The parameters. */
export const pduFilter = {
  session,
  command: z.string().exactOptional().describe("Only this command and its response"),
  errors: z
    .enum(["true", "false"])
    .exactOptional()
    .describe("`true`: only refusals and what cannot be decoded"),
};

/** Checked values of {@link pduFilter}. */
export type PduFilter = z.output<z.ZodObject<typeof pduFilter>>;

/** Whether a PDU fits. `submit_sm` lets submit_sm_resp through, too. */
export function passes(logged: LoggedPdu, { session, command, errors }: PduFilter): boolean {
  if (session !== undefined && logged.peer.session !== session) return false;
  if (command !== undefined) {
    const name = commandOf(logged.octets);
    if (name !== command && name !== `${command}_resp`) return false;
  }
  return errors !== "true" || isError(logged);
}
