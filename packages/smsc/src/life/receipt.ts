/** Delivery receipts and intermediate notifications, in the dialect of a message centre. Pure. */
import { MessageState, type PduInputOf, RegisteredDelivery } from "@esme/pdu";
import { receiptPdu } from "@esme/receipts";
import type { StoredMessage } from "./message-store.ts";
import type { SmscReceipts } from "./receipt-dialect.ts";

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

/** Whether the sender asks for a notification about a message that waits (SMPP 3.4, 5.2.17). */
export function wantsNotification({ registered_delivery }: StoredMessage): boolean {
  return (registered_delivery & RegisteredDelivery.intermediate_notification.mask) !== 0;
}

/** A PDU that an ESME gets: usually a deliver_sm. */
export type Delivered = PduInputOf<"deliver_sm"> | PduInputOf<"data_sm">;

/**
 * The PDU that tells the sender what became of the message, or, while it is in no final state,
 * where it is; `text` is its text.
 */
export function receiptFor(
  message: StoredMessage,
  text: string,
  { early: _, ...dialect }: SmscReceipts = {},
): Delivered {
  const { source, destination, message_state, submitted, final_date } = message;
  return {
    ...receiptPdu(
      {
        // A form of its own starts from the id before the response changed its form.
        id: dialect.receiptId === undefined ? message.message_id : message.serial,
        submit_date: submitted,
        done_date: final_date ?? submitted,
        message_state,
        err: message.error_code,
        text,
        intermediate: final_date === undefined,
      },
      dialect,
    ),
    source_addr_ton: destination.ton,
    source_addr_npi: destination.npi,
    source_addr: destination.addr,
    dest_addr_ton: source.ton,
    dest_addr_npi: source.npi,
    destination_addr: source.addr,
  };
}
