/** How PDUs say which USSD dialogue they belong to: gateways differ. Pure. */
import type { PduInputOf, PduOf } from "@esme/pdu";

/**
 * What carries the number of a dialogue: its_session_info (session number, seven bits of sequence
 * number, end bit; SMPP 3.4, 5.3.2.43), the same with a sequence number that counts, the 16 bits of
 * user_message_reference, or nothing but the number of the phone.
 */
export type UssdSessionCarrier =
  | "its_session_info"
  | "its_session_info_counting"
  | "user_message_reference"
  | "none";

/** Which dialogue, and how many PDUs the phone has sent in it. */
export interface UssdSession {
  readonly number: number;
  sequence: number;
}

/** The TLVs of a PDU in a dialogue. */
export function sessionTlvs(
  { number, sequence }: UssdSession,
  carrier: UssdSessionCarrier,
  isLast: boolean,
): Pick<PduInputOf<"deliver_sm">, "its_session_info" | "user_message_reference"> {
  if (carrier === "none") return {};
  if (carrier === "user_message_reference") return { user_message_reference: number & 0xffff };
  const counted = carrier === "its_session_info_counting" ? (sequence & 0x7f) << 1 : 0;
  return { its_session_info: Uint8Array.of(number & 0xff, counted | (isLast ? 1 : 0)) };
}

/** Whether a PDU of the application belongs to a dialogue of the phone that it is for. */
export function isOf(
  pdu: PduOf<"submit_sm" | "data_sm">,
  { number }: UssdSession,
  carrier: UssdSessionCarrier,
): boolean {
  if (carrier === "none") return true;
  if (carrier === "user_message_reference") return pdu.user_message_reference === (number & 0xffff);
  return pdu.its_session_info?.[0] === (number & 0xff);
}

/** The lowest bit of its_session_info. */
export function endsSession({ its_session_info }: PduOf<"submit_sm" | "data_sm">): boolean {
  return ((its_session_info?.[1] ?? 0) & 1) === 1;
}
