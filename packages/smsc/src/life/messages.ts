/** The life of a message: accepted or refused, delivered, reported; queried, cancelled, replaced. */
import {
  DestFlag,
  DpfResult,
  formatTime,
  MessageState,
  type PduInputOf,
  type PduOf,
  SetDpf,
  Status,
} from "@esme/pdu";
import { formatReceiptId, statOf } from "@esme/receipts";
import { type Answer, noAnswer } from "@esme/session";
import { Quota } from "../structures/quota.ts";
import type { Slices } from "../structures/slices.ts";
import type { Timers } from "../structures/timers.ts";
import { type Alert, Alerts } from "./alerts.ts";
import { JoinedTexts, type PhoneMessage } from "./joined-texts.ts";
import { Journeys } from "./journeys.ts";
import { lifetimeOf } from "./lifetime.ts";
import {
  type Address,
  isPending,
  MessageStore,
  type StoredMessage,
  type Submission,
} from "./message-store.ts";
import { completed, type OutcomeRule } from "./outcome.ts";
import { type Delivered, receiptFor, wantsNotification, wantsReceipt } from "./receipt.ts";
import type { SmscReceipts } from "./receipt-dialect.ts";
import { messageOf, octetsOf, textOf } from "./short-message.ts";
import { fieldsOf, type SubmitAnswer, type SubmitFields, statusOf } from "./submit-answer.ts";

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

/** What {@link Messages} needs from outside. */
export interface MessagesOptions {
  readonly outcome: OutcomeRule;
  readonly messageId: () => string;
  /** Milliseconds from the moment a message is due to its final state. */
  readonly receiptDelay: () => number;
  /** Milliseconds until a message without a validity_period expires. */
  readonly validity: number;
  /** Messages that are kept for queries, and octets of their texts. */
  readonly storeLimit: number;
  readonly storeOctets: number;
  /** Messages of one account that may wait for their phones. */
  readonly waitLimit: number;
  /** Octets that the messages of one account may take until their final state. */
  readonly queueOctets: number;
  /** How the receipts of an account look. */
  readonly dialectOf: (system_id: string) => SmscReceipts;
  readonly timers: Timers;
  readonly slices: Slices;
  readonly deliver: (pdu: Delivered, system_id: string) => void;
  readonly onAlert: (alert: Alert) => void;
  readonly onSubmit: (report: SubmitReport) => void;
  readonly onMessage: (message: PhoneMessage) => void;
  /** Whether anybody listens for the texts of phones. */
  readonly hasViewers: () => boolean;
  readonly onReceipt: (report: ReceiptReport) => void;
  /** `outcome` or `messageId` threw. */
  readonly onError: (error: unknown) => void;
}

/** Messages from their submission to their receipt. Knows accounts by system_id, but no sessions. */
export class Messages {
  readonly #options: MessagesOptions;
  readonly #store: MessageStore;
  /** Octets of the messages that have no final state yet. */
  readonly #underWay: Quota;
  readonly #texts: JoinedTexts;
  readonly #journeys: Journeys;
  readonly #alerts = new Alerts();

  constructor(options: MessagesOptions) {
    this.#options = options;
    const { storeLimit: messages, storeOctets: octets, queueOctets } = options;
    this.#store = new MessageStore({ messages, octets });
    this.#underWay = new Quota(queueOctets);
    this.#texts = new JoinedTexts(queueOctets);
    this.#journeys = new Journeys({
      timers: options.timers,
      slices: options.slices,
      delay: options.receiptDelay,
      limit: options.waitLimit,
      onEnd: (message) => this.#ended(message),
      onWait: (message) => this.#waits(message),
    });
  }

  /** Whether a phone can be reached. */
  isOn(number: string): boolean {
    return this.#journeys.isOn(number);
  }

  /** Its messages wait, until they expire. */
  switchOff(number: string): void {
    this.#journeys.switchOff(number);
  }

  /** Its messages arrive, and those who asked for it are alerted. */
  switchOn(number: string): void {
    const { slices, onAlert } = this.#options;
    void slices.run(this.#alerts.take(number), onAlert);
    this.#journeys.switchOn(number);
  }

  /** Answers submit_sm and data_sm; `given` is what was decided from outside. */
  submit(
    pdu: PduOf<"submit_sm" | "data_sm">,
    system_id: string,
    given?: SubmitAnswer,
  ): SubmitAnswer | Promise<SubmitAnswer> {
    if (given === noAnswer) return noAnswer;
    const { destination_addr, dest_addr_ton: ton, dest_addr_npi: npi } = pdu;
    const to = { ton, npi, addr: destination_addr };
    const submitted = { pdu, system_id, octets: octetsOf(pdu), nextId: this.#nextId };
    const { command_status, message_id } = this.#take(submitted, to, given);
    if (command_status !== Status.ESME_ROK) {
      return statusOf(given) === Status.ESME_ROK ? command_status : given;
    }
    const isPlain = given === undefined && pdu.command === "submit_sm";
    const answer = isPlain
      ? { message_id }
      : { ...fieldsOf(given), message_id, ...this.#pendingFlag(pdu, system_id) };
    const { early } = this.#options.dialectOf(system_id);
    if (early === undefined) return answer;
    return new Promise((resolve) => this.#options.timers.after(early, () => resolve(answer)));
  }

  /** Answers submit_multi: one message_id for all destinations, and those that were refused. */
  submitMulti(
    pdu: PduOf<"submit_multi">,
    system_id: string,
    given?: SubmitAnswer,
  ): Answer<"submit_multi"> | Promise<Answer<"submit_multi">> {
    if (given === noAnswer) return noAnswer;
    let message_id = "";
    let serial = "";
    const nextId = () => {
      serial ||= this.#nextId();
      return serial;
    };
    const submitted = { pdu, system_id, octets: octetsOf(pdu), nextId };
    const unsuccess_sme: Refused[] = [];
    const rest = this.#options.slices.run(pdu.dest_address, (dest) => {
      const known = dest.dest_flag === DestFlag.sme_address;
      const to = known
        ? { ton: dest.dest_addr_ton, npi: dest.dest_addr_npi, addr: dest.destination_addr }
        : { ton: 0, npi: 0, addr: dest.dl_name };
      const refusal = known ? given : Status.ESME_RINVDLNAME;
      const report = this.#take(submitted, to, refusal);
      message_id ||= report.message_id;
      if (report.command_status === Status.ESME_ROK) return;
      unsuccess_sme.push({
        dest_addr_ton: to.ton,
        dest_addr_npi: to.npi,
        destination_addr: to.addr,
        error_status_code: report.command_status,
      });
    });
    const answer = (): Answer<"submit_multi"> => {
      if (message_id !== "") return { message_id, unsuccess_sme };
      return statusOf(given) === Status.ESME_ROK ? Status.ESME_RSUBMITFAIL : statusOf(given);
    };
    return rest === undefined ? answer() : rest.then(answer);
  }

  /** `knowsScheduled`: SMPP 5.0 added the state SCHEDULED; older peers are told ENROUTE. */
  query(pdu: PduOf<"query_sm">, system_id: string, knowsScheduled: boolean): Answer<"query_sm"> {
    const message = this.#store.fetch(system_id, pdu.message_id, pdu.source_addr);
    if (message === undefined) return Status.ESME_RQUERYFAIL;
    const { message_id, message_state, error_code, final_date } = message;
    const isUnknown = message_state === MessageState.SCHEDULED && !knowsScheduled;
    return {
      message_id,
      message_state: isUnknown ? MessageState.ENROUTE : message_state,
      error_code,
      final_date: final_date === undefined ? "" : formatTime(final_date),
    };
  }

  /** By message_id, or all that service_type, source and destination name (SMPP 3.4, 4.9). */
  cancel(pdu: PduOf<"cancel_sm">, system_id: string): number | Promise<number> {
    const message = this.#store.fetch(system_id, pdu.message_id, pdu.source_addr);
    const named =
      pdu.message_id === ""
        ? this.#store.takePending(system_id, pdu)
        : message === undefined
          ? []
          : [message];
    let cancelled = 0;
    const rest = this.#options.slices.run(named, (each) => {
      if (!isPending(each)) return;
      this.#journeys.end(each, { message_state: MessageState.DELETED });
      cancelled++;
    });
    const status = () => (cancelled > 0 ? Status.ESME_ROK : Status.ESME_RCANCELFAIL);
    return rest === undefined ? status() : rest.then(status);
  }

  /** Replaces text, registered_delivery and times of a pending message (SMPP 3.4, 4.10). */
  replace(pdu: PduOf<"replace_sm">, system_id: string): number {
    const message = this.#store.fetch(system_id, pdu.message_id, pdu.source_addr);
    if (message === undefined || !isPending(message)) return Status.ESME_RREPLACEFAIL;
    const now = Date.now();
    const lifetime = lifetimeOf(pdu, now, message.expires - now);
    if (typeof lifetime === "number") return lifetime;
    const octets = octetsOf(pdu);
    const more = octets.length - message.octets.length;
    if (more > 0 && !this.#underWay.take(system_id, more)) return Status.ESME_RREPLACEFAIL;
    if (more < 0) this.#underWay.give(system_id, -more);
    this.#store.replace(message, octets);
    message.registered_delivery = pdu.registered_delivery;
    message.expires = lifetime.expires;
    if (pdu.schedule_delivery_time !== "") {
      message.due = lifetime.due;
      this.#journeys.begin(message, now);
    }
    return Status.ESME_ROK;
  }

  readonly #nextId = (): string => this.#options.messageId();

  /** Accepts or refuses a message for one destination, and reports the result. */
  #take(submitted: Submitted, to: Address, given: SubmitAnswer): SubmitReport {
    try {
      return this.#decide(submitted, to, given);
    } catch (error) {
      // `outcome` or `messageId` failed: this destination alone is refused.
      this.#options.onError(error);
      return this.#refused(submitted, to, Status.ESME_RSYSERR);
    }
  }

  #decide(submitted: Submitted, to: Address, given: SubmitAnswer): SubmitReport {
    const { pdu, system_id, octets, nextId } = submitted;
    const { source_addr } = pdu;
    const now = Date.now();
    const lifetime = lifetimeOf(pdu, now, this.#options.validity);
    const outcome = this.#options.outcome({ system_id, source_addr, destination_addr: to.addr });
    const command_status =
      statusOf(given) ||
      (to.addr === "" && Status.ESME_RINVDSTADR) ||
      (typeof lifetime === "number" && lifetime) ||
      completed(outcome).command_status;
    if (command_status !== Status.ESME_ROK || typeof lifetime === "number") {
      return this.#refused(submitted, to, command_status);
    }
    const { responseId, early } = this.#options.dialectOf(system_id);
    const { message_id: chosen } = fieldsOf(given);
    const serial = chosen ?? nextId();
    const message_id = chosen ?? formatReceiptId(serial, responseId);
    if (!this.#underWay.take(system_id, sizeOf(octets))) {
      return this.#refused(submitted, to, Status.ESME_RMSGQFUL);
    }
    // Written out: a spread of the lifetime costs a fifth of all the time (tools/bench/smsc.ts).
    const { due, expires } = lifetime;
    const destination = to;
    const message = messageOf(pdu, {
      due,
      expires,
      system_id,
      message_id,
      serial,
      outcome,
      destination,
      octets,
    });
    const report = this.#told({
      system_id,
      from: source_addr,
      to: to.addr,
      message_id,
      command_status,
    });
    this.#store.store(message);
    this.#journeys.begin(message, now, early !== undefined);
    return report;
  }

  #refused({ pdu, system_id }: Submitted, to: Address, command_status: number): SubmitReport {
    const { source_addr: from } = pdu;
    return this.#told({ system_id, from, to: to.addr, message_id: "", command_status });
  }

  #told(report: SubmitReport): SubmitReport {
    this.#options.onSubmit(report);
    return report;
  }

  /** The answer to set_dpf of a data_sm: the flag is set when the phone cannot be reached. */
  #pendingFlag(pdu: PduOf<"submit_sm" | "data_sm">, system_id: string): SubmitFields {
    if (pdu.command !== "data_sm" || pdu.set_dpf !== SetDpf.requested) return {};
    if (this.isOn(pdu.destination_addr)) return { dpf_result: DpfResult.not_set };
    this.#alerts.request(pdu, system_id);
    return { dpf_result: DpfResult.set };
  }

  #ended(message: StoredMessage): void {
    this.#underWay.give(message.system_id, sizeOf(message.octets));
    this.#store.settle(message);
    if (message.message_state === MessageState.DELIVERED) this.#deliverToPhone(message);
    if (wantsReceipt(message)) this.#report(message);
  }

  #waits(message: StoredMessage): void {
    if (wantsNotification(message)) this.#report(message);
  }

  #deliverToPhone(message: StoredMessage): void {
    const whole = this.#texts.receive(message, this.#options.hasViewers());
    if (whole !== undefined) this.#options.onMessage(whole);
  }

  #report(message: StoredMessage): void {
    const { system_id, message_id, source, destination, message_state } = message;
    const receipt = receiptFor(message, textOf(message), this.#options.dialectOf(system_id));
    this.#options.deliver(receipt, system_id);
    this.#options.onReceipt({
      system_id,
      message_id,
      from: source.addr,
      to: destination.addr,
      stat: statOf(message_state),
    });
  }
}

/** A submission, for each of its destinations the same. */
interface Submitted {
  readonly pdu: Submission;
  readonly system_id: string;
  /** A copy of its text, which all its destinations share. */
  readonly octets: Uint8Array;
  readonly nextId: () => string;
}

/** A destination of a submit_multi that was refused. */
type Refused = NonNullable<PduInputOf<"submit_multi_resp">["unsuccess_sme"]>[number];

/** Octets that a message takes besides its text, about: fields and timer. */
const overhead = 512;

function sizeOf(octets: Uint8Array): number {
  return octets.length + overhead;
}
