/** The messages that the centre has taken, by message_id: kept, found, cancelled, replaced. */
import { MessageState, type PduOf } from "@esme/pdu";
import type { SarTlvs } from "@esme/sm-split";
import type { Outcome } from "./outcome.ts";

/** A PDU that hands over a message. */
export type Submission = PduOf<"submit_sm" | "submit_multi" | "data_sm">;

/** One address, as PDUs carry it. */
export interface Address {
  readonly ton: number;
  readonly npi: number;
  readonly addr: string;
}

/** One message to one destination. */
export interface StoredMessage {
  /** As the response says it. */
  readonly message_id: string;
  /** As `messageId` named it, before a dialect wrote it. */
  readonly serial: string;
  /** What becomes of it when it arrives. */
  readonly outcome: Outcome;
  /** The account that submitted it; its receipts go there. */
  readonly system_id: string;
  readonly service_type: string;
  readonly source: Address;
  readonly destination: Address;
  readonly esm_class: number;
  readonly data_coding: number;
  readonly submitted: Date;
  /** The part of a longer text that it is, when the sar TLVs say so (SMPP 3.4, 5.3.2.22 to 24). */
  readonly sar: SarTlvs | undefined;
  /** Not delivered before, nor after: milliseconds since the epoch. */
  due: number;
  expires: number;
  /** Counts how often it set out: replace_sm may give it another time. */
  turn: number;
  registered_delivery: number;
  /** short_message or message_payload, user data header included. */
  octets: Uint8Array;
  /** A value of `MessageState`. */
  message_state: number;
  error_code: number;
  /** When it reached a final state. */
  final_date: Date | undefined;
}

/** How cancel_sm names messages without a message_id (SMPP 3.4, 4.9.1). */
export interface Selection {
  readonly service_type: string;
  readonly source_addr: string;
  readonly destination_addr: string;
}

/** Keeps the last `limit` messages. Nobody sees the messages of another account. */
export class MessageStore {
  readonly #limit: number;
  readonly #messages = new Map<string, StoredMessage>();
  /** The ids kept, as a ring: the first key of a Map is slow to find once many were deleted. */
  readonly #ids: string[] = [];
  #oldest = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** Keeps a message. Of several with one id (submit_multi) the first is kept. */
  store(message: StoredMessage): void {
    const { message_id } = message;
    if (this.#limit === 0 || this.#messages.has(message_id)) return;
    const oldest = this.#ids[this.#oldest];
    if (this.#ids.length === this.#limit && oldest !== undefined) this.#messages.delete(oldest);
    this.#ids[this.#oldest] = message_id;
    this.#oldest = (this.#oldest + 1) % this.#limit;
    this.#messages.set(message_id, message);
  }

  /** The message of this account; `source_addr`, unless empty, must be the one it came with. */
  fetch(system_id: string, message_id: string, source_addr: string): StoredMessage | undefined {
    const message = this.#messages.get(message_id);
    if (message?.system_id !== system_id) return undefined;
    return source_addr === "" || message.source.addr === source_addr ? message : undefined;
  }

  /** The messages of this account that a selection names. */
  select(system_id: string, selection: Selection): StoredMessage[] {
    return [...this.#messages.values()].filter(
      (message) =>
        message.system_id === system_id &&
        message.service_type === selection.service_type &&
        message.source.addr === selection.source_addr &&
        message.destination.addr === selection.destination_addr,
    );
  }
}

/** Whether a message can still be cancelled or replaced. */
export function isPending({ message_state }: StoredMessage): boolean {
  return message_state === MessageState.ENROUTE || message_state === MessageState.SCHEDULED;
}
