/** What a submission carries: its octets, the part of a longer text that it is, its text. */
import { hasUserDataHeader, MessageState, type PduOf } from "@esme/pdu";
import { decodeShortMessage, joinParts, readUdh, type SarTlvs } from "@esme/sm-split";
import type { Lifetime } from "./lifetime.ts";
import type { StoredMessage, Submission } from "./message-store.ts";

/** The place of a part in its text. */
export interface Segment {
  /** The kind of the reference: equal references of different kinds are different texts. */
  readonly kind: "udh" | "sar";
  readonly reference: number;
  readonly total: number;
  /** 1 to `total`. */
  readonly sequence: number;
}

/** What a message is, besides what its submission says. */
export type Particulars = Lifetime &
  Pick<StoredMessage, "system_id" | "message_id" | "serial" | "outcome" | "destination" | "octets">;

/** The message that a submission makes for one destination. */
export function messageOf(pdu: Submission, particulars: Particulars): StoredMessage {
  const { system_id, message_id, serial, outcome, destination, octets, due, expires } = particulars;
  return {
    message_id,
    serial,
    outcome,
    system_id,
    service_type: pdu.service_type,
    source: { ton: pdu.source_addr_ton, npi: pdu.source_addr_npi, addr: pdu.source_addr },
    destination,
    esm_class: pdu.esm_class,
    data_coding: pdu.data_coding,
    submitted: new Date(),
    sar: sarOf(pdu),
    due,
    expires,
    turn: 0,
    registered_delivery: pdu.registered_delivery,
    octets,
    message_state: MessageState.ENROUTE,
    error_code: 0,
    final_date: undefined,
  };
}

/**
 * A copy with a buffer of its own: a message keeps neither the chunk that it came in nor a piece of
 * the pool that Buffer.from shares, where one that waits would keep all its neighbours.
 */
export function octetsOf(pdu: Submission | PduOf<"replace_sm">): Uint8Array {
  const { message_payload = nothing } = pdu;
  if (pdu.command === "data_sm" || pdu.short_message.length === 0) {
    return new Uint8Array(message_payload);
  }
  return new Uint8Array(pdu.short_message);
}

const nothing = new Uint8Array();

/** Undefined for a text of one part. */
export function segmentOf({ esm_class, octets, sar }: StoredMessage): Segment | undefined {
  if (sar !== undefined) {
    const { sar_msg_ref_num, sar_total_segments, sar_segment_seqnum } = sar;
    if (sar_total_segments < 2) return undefined;
    const [total, sequence] = [sar_total_segments, sar_segment_seqnum];
    return { kind: "sar", reference: sar_msg_ref_num, total, sequence };
  }
  const concat = hasUserDataHeader(esm_class) ? readUdh(octets).concat : undefined;
  return concat === undefined || concat.total < 2 ? undefined : { kind: "udh", ...concat };
}

/** The text of one message, or of the complete set of its parts. */
export function textOf(...parts: readonly [StoredMessage, ...StoredMessage[]]): string {
  const [{ data_coding, esm_class, octets }] = parts;
  const header = hasUserDataHeader(esm_class) ? readUdh(octets) : undefined;
  const { national } = header ?? {};
  if (parts.length === 1) {
    return decodeShortMessage(header?.body ?? octets, data_coding, { national });
  }
  const joined = joinParts(
    parts.map((part) => ({ short_message: part.octets, esm_class: part.esm_class, ...part.sar })),
  );
  return decodeShortMessage(joined, data_coding, { national });
}

function sarOf(pdu: Submission): SarTlvs | undefined {
  const { sar_msg_ref_num, sar_total_segments, sar_segment_seqnum } = pdu;
  if (sar_msg_ref_num === undefined || sar_total_segments === undefined) return undefined;
  if (sar_segment_seqnum === undefined) return undefined;
  const possible = sar_segment_seqnum >= 1 && sar_segment_seqnum <= sar_total_segments;
  return possible ? { sar_msg_ref_num, sar_total_segments, sar_segment_seqnum } : undefined;
}
