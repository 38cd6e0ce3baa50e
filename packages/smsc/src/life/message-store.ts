/** Accepted messages by message_id: kept, found, cancelled, replaced. */
import { OldestFirst } from "@esme/bounded";
import { MessageState, type PduOf } from "@esme/pdu";
import type { SarTlvs } from "@esme/sm-split";
import { Groups, keyOf } from "../structures/groups.ts";
import type { Outcome } from "./outcome.ts";

/** A PDU that submits a message. */
export type Submission = PduOf<"submit_sm" | "submit_multi" | "data_sm">;

/** One address, as PDUs carry it. */
export interface Address {
  readonly ton: number;
  readonly npi: number;
  readonly addr: string;
}

/** One message to one destination. */
export interface StoredMessage {
  /** As in the response. */
  readonly message_id: string;
  /** As `messageId` gave it, before a dialect changed its form. */
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
  /** Counts the starts of its journey: replace_sm may change its time. */
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

/** How much a store keeps. At either limit the oldest messages are dropped. */
export interface StoreLimits {
  readonly messages: number;
  /** Octets of all their texts. */
  readonly octets: number;
}

/** Keeps the last messages. Nobody sees the messages of another account. */
export class MessageStore {
  readonly #limits: StoreLimits;
  readonly #messages = new OldestFirst<string, StoredMessage>();
  /** Messages that can be cancelled, by the fields with which cancel_sm selects them. */
  readonly #pending = new Groups<StoredMessage>();
  #octets = 0;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** Octets of the texts that are kept. */
  get octets(): number {
    return this.#octets;
  }

  /** Keeps a message that is pending. Of several with one id (submit_multi) the first is kept. */
  store(message: StoredMessage): void {
    const { message_id } = message;
    if (this.#limits.messages === 0 || this.#messages.get(message_id) !== undefined) return;
    this.#messages.set(message_id, message);
    this.#pending.add(selectionKey(message), message);
    this.#octets += message.octets.length;
    this.#forgetOldest();
  }

  /** The message of this account; `source_addr`, unless empty, must be the one it came with. */
  fetch(system_id: string, message_id: string, source_addr: string): StoredMessage | undefined {
    const message = this.#messages.get(message_id);
    if (message?.system_id !== system_id) return undefined;
    return source_addr === "" || message.source.addr === source_addr ? message : undefined;
  }

  /** Takes out the pending messages of this account that a selection matches: the caller cancels them. */
  takePending(
    system_id: string,
    { service_type, source_addr, destination_addr }: Selection,
  ): Iterable<StoredMessage> {
    return this.#pending.take(keyOf(system_id, service_type, source_addr, destination_addr));
  }

  /** A message has reached its final state: it can only be queried from now on. */
  settle(message: StoredMessage): void {
    this.#pending.delete(selectionKey(message), message);
  }

  /** Gives a message another text. */
  replace(message: StoredMessage, octets: Uint8Array): void {
    if (this.#messages.get(message.message_id) === message) {
      this.#octets += octets.length - message.octets.length;
    }
    message.octets = octets;
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const { messages, octets } = this.#limits;
    while (this.#messages.size > messages || this.#octets > octets) {
      const [message_id, oldest] = this.#messages.oldest() ?? [];
      if (message_id === undefined || oldest === undefined) return;
      this.#messages.delete(message_id);
      this.#pending.delete(selectionKey(oldest), oldest);
      this.#octets -= oldest.octets.length;
    }
  }
}

/** The key of its {@link Selection}. */
function selectionKey({ system_id, service_type, source, destination }: StoredMessage): string {
  return keyOf(system_id, service_type, source.addr, destination.addr);
}

/** Whether a message can still be cancelled or replaced. */
export function isPending({ message_state, final_date }: StoredMessage): boolean {
  const { ENROUTE, SCHEDULED } = MessageState;
  return final_date === undefined && (message_state === ENROUTE || message_state === SCHEDULED);
}
