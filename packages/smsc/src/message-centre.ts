/** The life of a message: taken or refused, delivered, reported; queried, cancelled, replaced. */
import { DestFlag, formatTime, MessageState, type PduInputOf, type PduOf, Status } from "@esme/pdu";
import { type Answer, noAnswer } from "@esme/session";
import {
  type Address,
  isPending,
  MessageStore,
  type StoredMessage,
  type Submission,
} from "./message-store.ts";
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

  /** Answers submit_sm and data_sm; `given` is what was decided from outside. */
  submit(
    pdu: PduOf<"submit_sm" | "data_sm">,
    system_id: string,
    given?: SubmitAnswer,
  ): SubmitAnswer {
    if (given === noAnswer) return noAnswer;
    const { destination_addr, dest_addr_ton: ton, dest_addr_npi: npi } = pdu;
    const to = { ton, npi, addr: destination_addr };
    const { command_status, message_id } = this.#take(pdu, system_id, to, given, this.#nextId);
    if (command_status === Status.ESME_ROK) return { ...fieldsOf(given), message_id };
    return statusOf(given) === Status.ESME_ROK ? command_status : given;
  }

  /** Answers submit_multi: one message_id for all destinations, and those that were refused. */
  submitMulti(
    pdu: PduOf<"submit_multi">,
    system_id: string,
    given?: SubmitAnswer,
  ): Answer<"submit_multi"> {
    if (given === noAnswer) return noAnswer;
    let message_id = "";
    const nextId = () => {
      message_id ||= this.#nextId();
      return message_id;
    };
    const unsuccess_sme = [];
    for (const dest of pdu.dest_address) {
      const known = dest.dest_flag === DestFlag.sme_address;
      const to = known
        ? { ton: dest.dest_addr_ton, npi: dest.dest_addr_npi, addr: dest.destination_addr }
        : { ton: 0, npi: 0, addr: dest.dl_name };
      const refusal = known ? given : Status.ESME_RINVDLNAME;
      const report = this.#take(pdu, system_id, to, refusal, nextId);
      message_id ||= report.message_id;
      if (report.command_status === Status.ESME_ROK) continue;
      unsuccess_sme.push({
        dest_addr_ton: to.ton,
        dest_addr_npi: to.npi,
        destination_addr: to.addr,
        error_status_code: report.command_status,
      });
    }
    if (message_id !== "") return { message_id, unsuccess_sme };
    return statusOf(given) === Status.ESME_ROK ? Status.ESME_RSUBMITFAIL : statusOf(given);
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

  /** Gives a message that is on its way another text and registered_delivery (SMPP 3.4, 4.10). */
  replace(pdu: PduOf<"replace_sm">, system_id: string): number {
    const message = this.#store.fetch(system_id, pdu.message_id, pdu.source_addr);
    if (message === undefined || !isPending(message)) return Status.ESME_RREPLACEFAIL;
    message.registered_delivery = pdu.registered_delivery;
    message.octets = octetsOf(pdu);
    return Status.ESME_ROK;
  }

  readonly #nextId = (): string => this.#options.messageId();

  /** Takes or refuses a message for one destination, and reports which. */
  #take(
    pdu: Submission,
    system_id: string,
    to: Address,
    given: SubmitAnswer,
    nextId: () => string,
  ): SubmitReport {
    const { source_addr } = pdu;
    const outcome = this.#options.outcome({ system_id, source_addr, destination_addr: to.addr });
    const { command_status: ruled } = completed(outcome);
    const command_status = statusOf(given) || (to.addr === "" ? Status.ESME_RINVDSTADR : ruled);
    const taken = command_status === Status.ESME_ROK;
    const message_id = taken ? (fieldsOf(given).message_id ?? nextId()) : "";
    const report = { system_id, from: source_addr, to: to.addr, message_id, command_status };
    this.#options.onSubmit(report);
    if (!taken) return report;
    const message = messageOf(pdu, system_id, message_id, to);
    this.#store.store(message);
    this.#options.timers.after(this.#options.receiptDelay, () => this.#end(message, outcome));
    return report;
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
