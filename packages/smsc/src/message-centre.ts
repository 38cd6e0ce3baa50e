/** The life of a message: taken or refused, delivered, reported; queried, cancelled, replaced. */
import { DestFlag, formatTime, MessageState, type PduInputOf, type PduOf, Status } from "@esme/pdu";
import { type Answer, noAnswer } from "@esme/session";
import { isPending, MessageStore, type StoredMessage } from "./message-store.ts";
import { completed, type Outcome, type OutcomeRule } from "./outcome.ts";
import { type PhoneMessage, Phones } from "./phones.ts";
import { receiptFor, receiptStat, wantsReceipt } from "./receipt.ts";
import { messageOf, octetsOf, textOf } from "./short-message.ts";
import type { Timers } from "./timers.ts";

/** What can be said in the response to a submission, whichever command it came by. */
export type SubmitFields = Pick<
  PduInputOf<"submit_sm_resp">,
  | "command_status"
  | "message_id"
  | "additional_status_info_text"
  | "delivery_failure_reason"
  | "network_error_code"
  | "unknown_tlvs"
>;

/** What is decided about a submission from outside: a status, fields of the response, or nothing. */
export type SubmitAnswer = number | SubmitFields | typeof noAnswer | undefined;

/** One message and destination, as it was answered. */
export interface SubmitReport {
  readonly system_id: string;
  readonly from: string;
  readonly to: string;
  /** Empty when refused. */
  readonly message_id: string;
  readonly command_status: number;
}

/** A receipt on its way to the ESME that asked for it. */
export interface ReceiptReport {
  readonly system_id: string;
  readonly message_id: string;
  /** The sender, who gets it, and the destination it is about. */
  readonly from: string;
  readonly to: string;
  /** DELIVRD, EXPIRED, UNDELIV, ... */
  readonly stat: string;
}

/** What a message centre needs from outside. */
export interface MessageCentreOptions {
  readonly outcome: OutcomeRule;
  readonly messageId: () => string;
  /** Milliseconds from the submission to the final state. */
  readonly receiptDelay: number;
  readonly storeLimit: number;
  readonly timers: Timers;
  readonly deliver: (pdu: PduInputOf<"deliver_sm">, system_id: string) => void;
  readonly onSubmit: (report: SubmitReport) => void;
  readonly onMessage: (message: PhoneMessage) => void;
  readonly onReceipt: (report: ReceiptReport) => void;
}

/** Messages from their submission to their receipt. Knows accounts by system_id, but no sessions. */
export class MessageCentre {
  readonly #options: MessageCentreOptions;
  readonly #store: MessageStore;
  readonly #phones = new Phones();

  constructor(options: MessageCentreOptions) {
    this.#options = options;
    this.#store = new MessageStore(options.storeLimit);
  }

  /** Answers submit_sm and data_sm, unless `given` refuses already. */
  submit(
    pdu: PduOf<"submit_sm" | "data_sm">,
    system_id: string,
    given?: SubmitAnswer,
  ): SubmitAnswer {
    if (given === noAnswer || statusOf(given) !== Status.ESME_ROK) return given;
    const fields = fieldsOf(given);
    const message_id = fields.message_id ?? this.#options.messageId();
    const { destination_addr, dest_addr_ton: ton, dest_addr_npi: npi } = pdu;
    const message = messageOf(pdu, system_id, message_id, { ton, npi, addr: destination_addr });
    const status = this.#take(message);
    return status === Status.ESME_ROK ? { ...fields, message_id } : status;
  }

  /** Answers submit_multi: one message_id for all destinations, and those that were refused. */
  submitMulti(
    pdu: PduOf<"submit_multi">,
    system_id: string,
    given?: SubmitAnswer,
  ): Answer<"submit_multi"> {
    if (given === noAnswer) return noAnswer;
    if (statusOf(given) !== Status.ESME_ROK) return statusOf(given);
    const message_id = fieldsOf(given).message_id ?? this.#options.messageId();
    const unsuccess_sme = [];
    for (const dest of pdu.dest_address) {
      const list = dest.dest_flag === DestFlag.distribution_list;
      const { dest_addr_ton, dest_addr_npi, destination_addr } = list
        ? { dest_addr_ton: 0, dest_addr_npi: 0, destination_addr: dest.dl_name }
        : dest;
      const to = { ton: dest_addr_ton, npi: dest_addr_npi, addr: destination_addr };
      const error_status_code = list
        ? Status.ESME_RINVDLNAME
        : this.#take(messageOf(pdu, system_id, message_id, to));
      if (error_status_code === Status.ESME_ROK) continue;
      unsuccess_sme.push({ dest_addr_ton, dest_addr_npi, destination_addr, error_status_code });
    }
    if (unsuccess_sme.length === pdu.dest_address.length) return Status.ESME_RSUBMITFAIL;
    return { message_id, unsuccess_sme };
  }

  query(pdu: PduOf<"query_sm">, system_id: string): Answer<"query_sm"> {
    const message = this.#store.fetch(system_id, pdu.message_id, pdu.source_addr);
    if (message === undefined) return Status.ESME_RQUERYFAIL;
    const { message_id, message_state, error_code, final_date } = message;
    return {
      message_id,
      message_state,
      error_code,
      final_date: final_date === undefined ? "" : formatTime(final_date),
    };
  }

  /** By message_id, or all that service_type, source and destination name (SMPP 3.4, 4.9). */
  cancel(pdu: PduOf<"cancel_sm">, system_id: string): number {
    const named =
      pdu.message_id === ""
        ? this.#store.select(system_id, pdu)
        : [this.#store.fetch(system_id, pdu.message_id, pdu.source_addr)];
    let cancelled = 0;
    for (const message of named) {
      if (message === undefined || !isPending(message)) continue;
      this.#end(message, { message_state: MessageState.DELETED });
      cancelled++;
    }
    return cancelled > 0 ? Status.ESME_ROK : Status.ESME_RCANCELFAIL;
  }

  /** Text and registered_delivery; an empty text leaves the old one (SMPP 3.4, 4.10). */
  replace(pdu: PduOf<"replace_sm">, system_id: string): number {
    const message = this.#store.fetch(system_id, pdu.message_id, pdu.source_addr);
    if (message === undefined || !isPending(message)) return Status.ESME_RREPLACEFAIL;
    message.registered_delivery = pdu.registered_delivery;
    message.octets = octetsOf(pdu);
    return Status.ESME_ROK;
  }

  #take(message: StoredMessage): number {
    const { system_id, message_id, source, destination } = message;
    const outcome = this.#options.outcome({
      system_id,
      source_addr: source.addr,
      destination_addr: destination.addr,
    });
    const status =
      destination.addr === ""
        ? Status.ESME_RINVDSTADR
        : (outcome.command_status ?? Status.ESME_ROK);
    const taken = status === Status.ESME_ROK;
    this.#options.onSubmit({
      system_id,
      from: source.addr,
      to: destination.addr,
      message_id: taken ? message_id : "",
      command_status: status,
    });
    if (!taken) return status;
    this.#store.store(message);
    this.#options.timers.after(this.#options.receiptDelay, () => this.#end(message, outcome));
    return status;
  }

  /** Gives a message its final state, unless it has one already. */
  #end(message: StoredMessage, outcome: Outcome): void {
    if (!isPending(message)) return;
    const { message_state, error_code } = completed(outcome);
    if (message_state === MessageState.ENROUTE) return;
    message.message_state = message_state;
    message.error_code = error_code;
    message.final_date = new Date();
    if (message_state === MessageState.DELIVERED) this.#deliverToPhone(message);
    if (wantsReceipt(message)) this.#report(message);
  }

  #deliverToPhone(message: StoredMessage): void {
    const whole = this.#phones.receive(message);
    if (whole !== undefined) this.#options.onMessage(whole);
  }

  #report(message: StoredMessage): void {
    const { system_id, message_id, source, destination, message_state } = message;
    this.#options.deliver(receiptFor(message, textOf(message)), system_id);
    this.#options.onReceipt({
      system_id,
      message_id,
      from: source.addr,
      to: destination.addr,
      stat: receiptStat(message_state),
    });
  }
}

function fieldsOf(given: SubmitAnswer): SubmitFields {
  if (typeof given === "object") return given;
  return {};
}

function statusOf(given: SubmitAnswer): number {
  if (typeof given === "number") return given;
  return fieldsOf(given).command_status ?? Status.ESME_ROK;
}
