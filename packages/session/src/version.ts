/** What a session of SMPP 3.3 or less may carry: nothing with TLVs. */
import { commands, createCodec, type Pdu, type PduInput, tlvs } from "@esme/pdu";
import { LinkError } from "./errors.ts";

/** TLVs are new in version 3.4 (SMPP 3.4 section 3.4). */
const FIRST_WITH_TLVS = 0x34;

/** Reads and writes whatever the codec of the session made, long passwords included. */
const lenient = createCodec({ tolerate: () => {}, maxPasswordLength: 64 });

/** Whether a side with this version knows no TLVs; one that does not say its version may know them. */
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
 * Why this request may not go out without its TLVs; undefined: it may. An ESME's TLVs were meant, so
 * that leaving them out would send something else; of an SMSC's only message_payload is the message.
 *
 * It reads the frame: a request is encoded when it is made, which may be before the session that will
 * write it, and with it the version, is known. Only sessions of 3.3 pay for that.
 */
export function refusalOfTlvs(
  role: "esme" | "smsc",
  command: string,
  frame: Uint8Array,
): LinkError | undefined {
  const names = tlvNamesOf(lenient.decode(frame));
  const lost = role === "esme" ? names : names.filter((name) => name === "message_payload");
  if (lost.length === 0) return undefined;
  const why = `the session is one of SMPP 3.3, which has no TLVs (${lost.join(", ")})`;
  return new LinkError("version", `${command} was not sent: ${why}`);
}

/** The frame without its TLVs. */
export function withoutTlvs(frame: Uint8Array): Uint8Array {
  const pdu = lenient.decode(frame);
  const names = tlvNamesOf(pdu);
  if (names.length === 0) return frame;
  const kept = Object.entries(pdu).filter(([key]) => !names.includes(key));
  // The same PDU without some optional keys is a PDU.
  return lenient.encode(Object.fromEntries(kept) as unknown as PduInput);
}

/** The keys of a PDU that are TLVs: those of vendors are among its `unknown_tlvs`. */
function tlvNamesOf(pdu: Pdu): string[] {
  if (pdu.command === "unknown") return [];
  const { fields } = commands[pdu.command];
  const isTlv = (key: string) =>
    key === "unknown_tlvs" || (Object.hasOwn(tlvs, key) && !Object.hasOwn(fields, key));
  return Object.keys(pdu).filter(isTlv);
}
