/** Delivery receipts: the text of SMPP 3.4 Appendix B, and the TLVs that say the same. */
import { EsmClass, MessageState, type PduInputOf, RegisteredDelivery } from "@esme/pdu";
import type { StoredMessage } from "./message-store.ts";

/** The word for `stat`; a list of its own, not the names of the states cut short. */
const words: ReadonlyMap<number, string> = new Map([
  [MessageState.ENROUTE, "ENROUTE"],
  [MessageState.DELIVERED, "DELIVRD"],
  [MessageState.EXPIRED, "EXPIRED"],
  [MessageState.DELETED, "DELETED"],
  [MessageState.UNDELIVERABLE, "UNDELIV"],
  [MessageState.ACCEPTED, "ACCEPTD"],
  [MessageState.UNKNOWN, "UNKNOWN"],
  [MessageState.REJECTED, "REJECTD"],
]);

/** `stat` of a receipt for a value of `MessageState`. */
export function receiptStat(message_state: number): string {
  return words.get(message_state) ?? "UNKNOWN";
}

/** Whether registered_delivery asks for a receipt about this state (SMPP 5.0, 4.7.21). */
export function wantsReceipt({ registered_delivery, message_state }: StoredMessage): boolean {
  if (message_state === MessageState.ENROUTE) return false;
  const { mask, on_success_or_failure, on_failure, on_success } = RegisteredDelivery.smsc_receipt;
  switch (registered_delivery & mask) {
    case on_success_or_failure:
      return true;
    case on_failure:
      return message_state !== MessageState.DELIVERED;
    case on_success:
      return message_state === MessageState.DELIVERED;
    default:
      return false;
  }
}

/** The deliver_sm that tells the sender what became of the message; `text` is its text. */
export function receiptFor(message: StoredMessage, text: string): PduInputOf<"deliver_sm"> {
  const { message_id, message_state, source, destination, submitted, final_date } = message;
  const fields = [
    `id:${message_id}`,
    "sub:001",
    `dlvrd:${message_state === MessageState.DELIVERED ? "001" : "000"}`,
    `submit date:${minute(submitted)}`,
    `done date:${minute(final_date ?? submitted)}`,
    `stat:${receiptStat(message_state)}`,
    `err:${String(message.error_code).padStart(3, "0")}`,
    `text:${beginning(text)}`,
  ];
  return {
    command: "deliver_sm",
    source_addr_ton: destination.ton,
    source_addr_npi: destination.npi,
    source_addr: destination.addr,
    dest_addr_ton: source.ton,
    dest_addr_npi: source.npi,
    destination_addr: source.addr,
    esm_class: EsmClass.message_type.smsc_delivery_receipt,
    short_message: Buffer.from(fields.join(" "), "latin1"),
    receipted_message_id: message_id,
    message_state,
  };
}

/** YYMMDDhhmm, in UTC. */
function minute(date: Date): string {
  return date.toISOString().replace(/\D/g, "").slice(2, 12);
}

/** The first 20 characters, of those that ASCII and the GSM alphabet write with the same octet. */
function beginning(text: string): string {
  return text
    .slice(0, 60)
    .replace(/[^ !"#%-?A-Za-z]/gu, "?")
    .slice(0, 20);
}
