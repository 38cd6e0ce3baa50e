// Reads what can be read of a PDU that decode refuses.

import { commands } from "./commands.ts";
import type { Fields } from "./fields.ts";
import { latin1, uint32 } from "./octets.ts";
import type { Pdu } from "./pdu.ts";
import { commandName, defaultsOf } from "./table-decoder.ts";
import { readTolerantly, readWithoutBody } from "./tolerance.ts";

/**
 * What can be read of a PDU that {@link decode} refuses: the fields, list entries and TLVs before the
 * fault, a C-octet string without NUL up to the end of the PDU, and for the other fields their
 * defaults. Vendor TLVs are in `unknown_tlvs`. An error response may have TLVs in place of its fields.
 *
 * For a response whose command_status says that a request was accepted: its body no longer matters.
 * Throws {@link PduError} for a header that is not whole or does not fit the frame.
 */
export function decodeDamaged(frame: Uint8Array): Pdu {
  const first = readTolerantly(frame);
  const bodiless = readWithoutBody(frame, first);
  const { pdu, fatal } = bodiless?.problems.length === 0 ? bodiless : first;
  const name = commandName(uint32(frame, 4));
  const fields: Fields = name === undefined ? {} : commands[name].fields;
  const { field, offset } = fatal ?? {};
  const isString = field !== undefined && fields[field]?.type === "c-octet-string";
  const rest =
    isString && offset !== undefined ? { [field]: latin1(frame, offset, frame.length) } : {};
  // The keys and values are those of the tables, from which the type is made.
  return { ...defaultsOf(fields), ...pdu, ...rest } as Pdu;
}
