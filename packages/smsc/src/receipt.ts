/** Delivery receipts and intermediate notifications, in the dialect of a message centre. Pure. */
import { EsmClass, MessageState, type PduInputOf, RegisteredDelivery } from "@esme/pdu";
import { encodeShortMessage } from "@esme/sm-split";
import type { StoredMessage } from "./message-store.ts";
import {
  idIn,
  type ReceiptDialect,
  type ReceiptField,
  receiptDate,
  standardReceipts,
} from "./receipt-dialect.ts";

/** The word for `stat`; a list of its own, not the names of the states cut short. */
export const stats: ReadonlyMap<number, string> = new Map([
  [MessageState.SCHEDULED, "SCHEDULED"],
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
  return stats.get(message_state) ?? "UNKNOWN";
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

/** Whether the sender wants to hear of a message that waits (SMPP 3.4, 5.2.17). */
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
  dialect: ReceiptDialect = {},
): Delivered {
  const { where, tlvs, command, data_coding } = { ...standardReceipts, ...dialect };
  const { source, destination, message_state } = message;
  const { smsc_delivery_receipt, intermediate_notification } = EsmClass.message_type;
  const isOver = message.final_date !== undefined;
  const common = {
    source_addr_ton: destination.ton,
    source_addr_npi: destination.npi,
    source_addr: destination.addr,
    dest_addr_ton: source.ton,
    dest_addr_npi: source.npi,
    destination_addr: source.addr,
    esm_class: dialect.esm_class ?? (isOver ? smsc_delivery_receipt : intermediate_notification),
    data_coding,
    ...((tlvs || where === "tlvs") && {
      receipted_message_id: receiptIdOf(message, dialect),
      message_state,
    }),
  };
  const octets =
    where === "tlvs" ? undefined : written(receiptText(message, text, dialect), data_coding);
  if (command === "data_sm") {
    return { command, ...common, ...(octets && { message_payload: octets }) };
  }
  if (octets === undefined) return { command, ...common };
  return { command, ...common, [where]: octets };
}

function written(text: string, data_coding: number): Uint8Array {
  return data_coding === 8 ? encodeShortMessage(text, 8).octets : Buffer.from(text, "latin1");
}

function receiptText(message: StoredMessage, text: string, dialect: ReceiptDialect): string {
  const { fields, labels, dateDigits, errDigits, stats } = { ...standardReceipts, ...dialect };
  const { message_state, submitted, final_date, error_code } = message;
  const stat = receiptStat(message_state);
  const values: Record<ReceiptField, string> = {
    id: receiptIdOf(message, dialect),
    sub: "001",
    dlvrd: message_state === MessageState.DELIVERED ? "001" : "000",
    "submit date": receiptDate(submitted, dateDigits),
    "done date": receiptDate(final_date ?? submitted, dateDigits),
    stat: Object.hasOwn(stats, stat) ? (stats[stat] ?? stat) : stat,
    err: String(error_code).padStart(errDigits, "0"),
    text: beginning(text),
  };
  return fields.map((field) => `${labels[field] ?? field}:${values[field]}`).join(" ");
}

function receiptIdOf({ message_id, serial }: StoredMessage, { receiptId }: ReceiptDialect): string {
  return receiptId === undefined ? message_id : idIn(receiptId, serial);
}

/** The first 20 characters, of those that ASCII and the GSM alphabet write with the same octet. */
function beginning(text: string): string {
  return text
    .slice(0, 60)
    .replace(/[^ !"#%-?A-Za-z]/gu, "?")
    .slice(0, 20);
}
