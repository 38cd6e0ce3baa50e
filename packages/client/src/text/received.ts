/** The text or receipt in one PDU, or in all parts of a long message. */
import {
  EsmClass,
  hasUserDataHeader,
  type NoVendorTlvs,
  type PduOf,
  Ton,
  type VendorTlvs,
} from "@esme/pdu";
import {
  isFinalState,
  parseReceipt,
  type Receipt,
  type ReceiptOptions,
  stateName,
} from "@esme/receipts";
import { asError } from "@esme/session";
import { type CharsetOverrides, decodeShortMessage, type National, readUdh } from "@esme/sm-split";

/** A PDU that carries a text or a receipt. */
export type TextPdu<T extends VendorTlvs = NoVendorTlvs> =
  | PduOf<"deliver_sm", T>
  | PduOf<"data_sm", T>;

/** A complete text. */
export interface ReceivedText<T extends VendorTlvs = NoVendorTlvs> {
  readonly kind: "text";
  /** The sender in the form that `sendText` takes: an international number has a plus. */
  readonly from: string;
  /** The recipient, in the same form. */
  readonly to: string;
  /**
   * The text. Characters that cannot be decoded are U+FFFD; octets of a binary data_coding are decoded as
   * Latin-1.
   */
  readonly text: string;
  /** `data_coding` of the PDU, of the first part of several (SMPP 3.4 section 5.2.19). */
  readonly data_coding: number;
  /** The octets of the text: of all parts, without headers. */
  readonly octets: Uint8Array;
  /** Number of parts, 1 to 255. */
  readonly parts: number;
  /**
   * The PDUs of the text, in the order of the parts. With a `cache` only the PDU received last: other
   * processes may have received the others.
   */
  readonly pdus: readonly TextPdu<T>[];
}

/** A delivery receipt or an intermediate notification, with the fields of its text. */
export interface ReceivedReceipt<T extends VendorTlvs = NoVendorTlvs> extends Receipt {
  readonly kind: "receipt";
  /** The recipient of the message, who is the sender of the receipt, in the form that `sendText` takes. */
  readonly from: string;
  /** The sender of the message, in the same form. */
  readonly to: string;
  /**
   * The name in the TLV message_state, for example `DELIVERED` (SMPP 3.4 section 5.3.2.35); undefined
   * without that TLV.
   */
  readonly state: string | undefined;
  /** Whether no other receipt follows: a final state, and no intermediate notification. */
  readonly final: boolean;
  /** The PDUs of the receipt, nearly always one. */
  readonly pdus: readonly TextPdu<T>[];
}

/** How texts and receipts are decoded. */
export interface ReadOptions {
  /**
   * The charsets of data_coding values that this SMSC uses in another way: `{ 0: "latin1" }`. Default: the
   * charsets of the standard (SMPP 3.4 section 5.2.19).
   */
  overrides?: CharsetOverrides | undefined;
  /** How receipts are recognised and read: see `parseReceipt` of `@esme/receipts`. */
  receipts?: ReceiptOptions | undefined;
}

/** Throws TypeError for an unknown charset or option of receipts: once, not at each text. */
export function checkReading(owner: string, { overrides = {}, receipts }: ReadOptions): void {
  try {
    parseReceipt("", receipts);
    for (const data_coding of Object.keys(overrides)) {
      decodeShortMessage(new Uint8Array(), Number(data_coding), { overrides });
    }
  } catch (error) {
    throw new TypeError(`${owner}: ${asError(error).message}`, { cause: error });
  }
}

/** A PDU without the header of its text. */
export interface Body {
  readonly octets: Uint8Array;
  /** The position of the part in its message; undefined for a message in one PDU. */
  readonly concat: { reference: number; total: number; sequence: number } | undefined;
  readonly national: National | undefined;
}

/**
 * The octets after the header. A header that cannot be decoded, or with part 3 of 2, counts as text: the
 * message is then complete. There is a header if UDHI in esm_class is set (SMPP 3.4 section 5.2.12). The
 * sar TLVs are used when the header numbers no parts (sections 5.3.2.22 to 5.3.2.24).
 */
export function bodyOf(pdu: TextPdu): Body {
  const short_message = pdu.command === "deliver_sm" ? pdu.short_message : noOctets;
  const octets = pdu.message_payload?.length ? pdu.message_payload : short_message;
  if (!hasUserDataHeader(pdu.esm_class)) {
    return { octets, concat: longOnly(sarOf(pdu)), national: undefined };
  }
  const { body, concat = sarOf(pdu), national } = readUdh(octets);
  return { octets: body, concat: longOnly(concat), national };
}

const noOctets = new Uint8Array(0);

function longOnly(concat: Body["concat"]): Body["concat"] {
  return concat !== undefined && concat.total > 1 ? concat : undefined;
}

function sarOf({
  sar_msg_ref_num: reference,
  sar_total_segments: total = 0,
  sar_segment_seqnum: sequence = 0,
}: TextPdu): Body["concat"] {
  if (reference === undefined || sequence < 1 || sequence > total) return undefined;
  return { reference, total, sequence };
}

const { mask, smsc_delivery_receipt, intermediate_notification } = EsmClass.message_type;

/** Whether esm_class marks a receipt or an intermediate notification (SMPP 3.4 section 5.2.12). */
export function isReceipt({ esm_class }: TextPdu): boolean {
  const type = esm_class & mask;
  return type === smsc_delivery_receipt || type === intermediate_notification;
}

/** The text or receipt in a complete message. Its fields are those of `pdu`, one of `pdus`. */
export function received<T extends VendorTlvs>(
  pdu: TextPdu,
  pdus: readonly TextPdu[],
  {
    octets,
    national,
    parts,
  }: { octets: Uint8Array; national: National | undefined; parts: number },
  { overrides, receipts }: ReadOptions,
): ReceivedText<T> | ReceivedReceipt<T> {
  const both = {
    from: addressOf(pdu.source_addr, pdu.source_addr_ton),
    to: addressOf(pdu.destination_addr, pdu.dest_addr_ton),
    // The codec decoded the TLVs of T. In here their types do not matter.
    pdus: pdus as readonly TextPdu<T>[],
  };
  const { esm_class, receipted_message_id, message_state, data_coding } = pdu;
  const receipt = parseReceipt(
    {
      // The header was removed.
      esm_class: esm_class & ~EsmClass.gsm_features.udhi,
      short_message: octets,
      receipted_message_id,
      message_state,
    },
    receipts,
  );
  if (receipt !== undefined) {
    const state = message_state === undefined ? undefined : stateName(message_state);
    const isIntermediate = (esm_class & mask) === intermediate_notification;
    const final = !isIntermediate && isFinalState(state ?? receipt.stat ?? "", receipt.status);
    return { kind: "receipt", ...both, ...receipt, state, final };
  }
  const text = decodeShortMessage(octets, data_coding, {
    overrides,
    national,
    halfPair: "\ufffd",
  });
  return { kind: "text", ...both, text, data_coding, octets, parts };
}

/** An address in the form that `sendText` takes (SMPP 3.4 section 5.2.5). */
export function addressOf(address: string, ton: number): string {
  return ton === Ton.international && /^\d+$/.test(address) ? `+${address}` : address;
}
