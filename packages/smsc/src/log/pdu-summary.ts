/** A logged PDU for people: as one line, or in full. */
import { explanationOf } from "@esme/explain";
import { isPduError, statusName } from "@esme/pdu";
import { z } from "zod";
import { decoded } from "../wire/tolerant-codec.ts";
import { aboutOf, textOfPdu } from "./pdu-about.ts";
import { commandOf, isRefusal, uint32 } from "./pdu-header.ts";
import type { LoggedPdu } from "./pdu-log.ts";

/** One line about a PDU. */
export const pduSummary = z
  .strictObject({
    id: z.int().describe("Counts the PDUs of the log from 1"),
    time: z.string().describe("ISO 8601, UTC"),
    session: z.int(),
    system_id: z.string().describe("Who bound the session; empty before"),
    direction: z.enum(["in", "out"]).describe("`in` came from the ESME"),
    command: z.string().describe("By its name in the standard; an unknown one by its number"),
    command_status: z.int(),
    status: z.string().describe("command_status by its name in the standard"),
    sequence_number: z.int(),
    length: z.int().describe("Octets"),
    about: z.string().describe("What it carries, in a few words"),
    is_error: z.boolean().describe("A refusal, a generic_nack, or octets that cannot be decoded"),
  })
  .meta({ id: "PduSummary" });

/** A PDU with its octets and all that they say. */
export const explainedPdu = pduSummary
  .extend({
    hex: z.string().describe("The octets; those of a password are 2a"),
    text: z.string().optional().describe("The text it carries, decoded"),
    fields: z
      .array(
        z.strictObject({
          name: z.string(),
          start: z.int().describe("Its first octet"),
          end: z.int().describe("The first octet behind it"),
          value: z.string(),
          meaning: z.string().optional(),
        }),
      )
      .describe("Every octet, field by field"),
    remarks: z.array(z.string()).describe("What is wrong or odd"),
  })
  .meta({ id: "ExplainedPdu" });

export type PduSummary = z.infer<typeof pduSummary>;
export type ExplainedPdu = z.infer<typeof explainedPdu>;

/** One line about a PDU. */
export function summaryOf(logged: LoggedPdu): PduSummary {
  const { id, time, direction, octets, peer } = logged;
  const pdu = decoded(octets);
  const [command, command_status] = [commandOf(octets), uint32(octets, 8)];
  return {
    id,
    time: new Date(time).toISOString(),
    session: peer.session,
    system_id: peer.system_id,
    direction,
    command,
    command_status,
    status: statusName(command_status),
    sequence_number: uint32(octets, 12),
    length: octets.length,
    about: isPduError(pdu) ? pdu.message : aboutOf(pdu),
    is_error: isPduError(pdu) || isRefusal(octets),
  };
}

/** All that a PDU says. */
export function explained(logged: LoggedPdu): ExplainedPdu {
  const { fields, remarks } = explanationOf(logged.octets);
  const pdu = decoded(logged.octets);
  const text = isPduError(pdu) ? undefined : textOfPdu(pdu);
  return {
    ...summaryOf(logged),
    hex: Buffer.from(logged.octets).toString("hex"),
    ...(text !== undefined && { text }),
    fields: fields.map(({ name, start, end, value, meaning }) => ({
      name,
      start,
      end,
      value,
      ...(meaning !== undefined && { meaning }),
    })),
    remarks: [...remarks],
  };
}

/** Whether it is a refusal, or cannot be decoded. The body is looked at last: that costs most. */
export function isError({ octets }: Pick<LoggedPdu, "octets">): boolean {
  return isRefusal(octets) || isPduError(decoded(octets));
}
