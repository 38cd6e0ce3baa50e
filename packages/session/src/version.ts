/** Versions, and PDUs without TLVs for a session of SMPP 3.3 or less. */
import { commands, createCodec, type Pdu, type PduInput, tlvs } from "@esme/pdu";
import { LinkError } from "./errors.ts";

/** TLVs are new in version 3.4 (SMPP 3.4 section 3.4). */
const FIRST_WITH_TLVS = 0x34;

/** Reads and writes what the codec of the session wrote, also long passwords. */
const tolerant = createCodec({ tolerate: () => {}, maxPasswordLength: 64 });

/** Whether a side with this version knows no TLVs; a side that states no version may know them. */
export function isWithoutTlvs(version: number | undefined): boolean {
  return version !== undefined && version < FIRST_WITH_TLVS;
}

/** The version in a bind, or in the response to one. */
export function versionIn(pdu: object): number | undefined {
  const version: unknown =
    "interface_version" in pdu
      ? pdu.interface_version
      : "sc_interface_version" in pdu && pdu.sc_interface_version;
  return typeof version === "number" ? version : undefined;
}

/**
 * Why this request may not be sent without its TLVs; undefined: it may. The TLVs of an ESME are part
 * of what it wants to send; of an SMSC only message_payload is, which is the message.
 *
 * It reads the frame, because a request is encoded before it is known which session writes it, and
 * which version that has. Only sessions of 3.3 pay for this.
 */
export function refusalOfTlvs(
  role: "esme" | "smsc",
  command: string,
  frame: Uint8Array,
): LinkError | undefined {
  const names = tlvNamesOf(tolerant.decode(frame));
  const lost = role === "esme" ? names : names.filter((name) => name === "message_payload");
  if (lost.length === 0) return undefined;
  const why = `the session is one of SMPP 3.3, which has no TLVs (${lost.join(", ")})`;
  return new LinkError("version", `${command} was not sent: ${why}`);
}

/** The frame without its TLVs. */
export function withoutTlvs(frame: Uint8Array): Uint8Array {
  const pdu = tolerant.decode(frame);
  const names = tlvNamesOf(pdu);
  if (names.length === 0) return frame;
  const kept = Object.entries(pdu).filter(([key]) => !names.includes(key));
  // The same PDU without some optional keys is a PDU.
  return tolerant.encode(Object.fromEntries(kept) as unknown as PduInput);
}

/** The keys of a PDU that are TLVs: those of vendors are among its `unknown_tlvs`. */
function tlvNamesOf(pdu: Pdu): string[] {
  if (pdu.command === "unknown") return [];
  const { fields } = commands[pdu.command];
  const isTlv = (key: string) =>
    key === "unknown_tlvs" || (Object.hasOwn(tlvs, key) && !Object.hasOwn(fields, key));
  return Object.keys(pdu).filter(isTlv);
}
