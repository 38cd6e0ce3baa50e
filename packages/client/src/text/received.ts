/** What one PDU, or all parts of a long message, say: a text, or a receipt. */
import { EsmClass, type NoVendorTlvs, type PduOf, Ton, type VendorTlvs } from "@esme/pdu";
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

/** A text, whole. */
export interface ReceivedText<T extends VendorTlvs = NoVendorTlvs> {
  readonly kind: "text";
  /** The sender as `sendText` takes it: with a plus where the number is international. */
  readonly from: string;
  /** The recipient, likewise. */
  readonly to: string;
  /**
   * The text. Characters that cannot be read are U+FFFD; octets of a binary data_coding are shown as
   * Latin-1.
   */
  readonly text: string;
  readonly data_coding: number;
  /** What the text was decoded from: the octets of all parts, headers taken off. */
  readonly octets: Uint8Array;
  /** Number of parts, 1 to 255. */
  readonly parts: number;
  /**
   * The PDUs that carried it, in the order of the parts. With a `cache` the last one to come alone: the
   * others may have come to other processes.
   */
  readonly pdus: readonly TextPdu<T>[];
}

/** A delivery receipt or an intermediate notification, with the fields of its text. */
export interface ReceivedReceipt<T extends VendorTlvs = NoVendorTlvs> extends Receipt {
  readonly kind: "receipt";
  /** Whom the message went to: the sender of the receipt, as `sendText` takes it. */
  readonly from: string;
  readonly to: string;
  /** The name of the TLV message_state, `DELIVERED`; undefined without that TLV. */
  readonly state: string | undefined;
  /** Whether no other receipt is to be expected: a final state, and no intermediate notification. */
  readonly final: boolean;
  /** As those of a text; receipts have one, as good as always. */
  readonly pdus: readonly TextPdu<T>[];
}

/** How PDUs are read. */
export interface ReadOptions {
  /**
   * Charsets of data_coding values where this SMSC means others: `{ 0: "latin1" }`. Default: the
   * standard's.
   */
  overrides?: CharsetOverrides | undefined;
  /** How receipts are recognised and read: see `parseReceipt` of `@esme/receipts`. */
  receipts?: ReceiptOptions | undefined;
}

/** Throws TypeError for a charset or an option of receipts that does not exist; once, not at each text. */
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
  /** Which part of which message it is; undefined for a whole message. */
  readonly concat: { reference: number; total: number; sequence: number } | undefined;
  readonly national: National | undefined;
}

/**
 * The octets behind the header. A header that cannot be read, or that says part 3 of 2, is none: the
 * text is then whole. UDHI in esm_class alone says that there is a header (SMPP 3.4 section 5.2.12);
 * sar TLVs count where it numbers no parts (sections 5.3.2.22 to 24).
 */
export function bodyOf(pdu: TextPdu): Body {
  const short = pdu.command === "deliver_sm" ? pdu.short_message : nothing;
  const octets = pdu.message_payload?.length ? pdu.message_payload : short;
  if ((pdu.esm_class & EsmClass.gsm_features.udhi) === 0) {
    return { octets, concat: severalOf(sarOf(pdu)), national: undefined };
  }
  const { body, concat = sarOf(pdu), national } = readUdh(octets);
  return { octets: body, concat: severalOf(concat), national };
}

const nothing = new Uint8Array(0);

function severalOf(concat: Body["concat"]): Body["concat"] {
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

/** Whether esm_class says that it is a receipt or an intermediate notification. */
export function saysReceipt({ esm_class }: TextPdu): boolean {
  const type = esm_class & mask;
  return type === smsc_delivery_receipt || type === intermediate_notification;
}

/** What a whole message says. `pdus` has at least `pdu`, which speaks for all of them. */
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
    // What T adds to the PDUs is there; inside it is keys like any other.
    pdus: pdus as readonly TextPdu<T>[],
  };
  const { esm_class, receipted_message_id, message_state, data_coding } = pdu;
  const receipt = parseReceipt(
    {
      // The header is gone.
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

/** An address as `sendText` takes it (SMPP 3.4 section 5.2.5). */
export function addressOf(address: string, ton: number): string {
  return ton === Ton.international && /^\d+$/.test(address) ? `+${address}` : address;
}
