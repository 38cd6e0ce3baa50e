/** USSD dialogues: phones dial and answer, applications show screens (SMPP 3.4, 5.3.2.44). */
import { type PduInputOf, type PduOf, SmppError, Status, UssdServiceOp } from "@esme/pdu";
import { decodeShortMessage, encodeShortMessage } from "@esme/sm-split";
import { Quota } from "../structures/quota.ts";
import type { Timers } from "../structures/timers.ts";
import {
  endsSession,
  isOf,
  sessionTlvs,
  type UssdSession,
  type UssdSessionCarrier,
} from "./ussd-session.ts";

/** A text that a phone shows in a dialogue. */
export interface UssdScreen {
  /** The phone, and the code that it dialled or that the application uses. */
  readonly phone: string;
  readonly code: string;
  readonly text: string;
  /** Whether it ends the dialogue. */
  readonly isLast: boolean;
  /**
   * Types an answer; resolves with the next screen. Rejects with SmppError `ussd_over` when there is
   * none: the dialogue is over, also when `ussdTimeout` has passed since the screen was shown.
   */
  reply(text: string): Promise<UssdScreen>;
  /** Ends the dialogue, and tells the application. */
  abandon(): Promise<void>;
}

/** What dialogues need from outside. */
export interface UssdOptions {
  readonly carrier: UssdSessionCarrier;
  /** Milliseconds that either side waits for the other: the phone for a screen, a screen for its answer. */
  readonly timeout: number;
  /** Dialogues of one account at a time; one more is refused. */
  readonly limit: number;
  readonly timers: Timers;
  readonly messageId: () => string;
  readonly deliver: (
    pdu: PduInputOf<"deliver_sm">,
    system_id: string | undefined,
  ) => Promise<unknown>;
  /** A screen of a dialogue that the application began. */
  readonly onPush: (screen: UssdScreen) => void;
}

/** A vendor's code of USSD gateways for a dialogue that the phone or the network ended. */
const release = 0x81;

/** What ends a dialogue, besides the end bit: PSSR and PSSD responses, and what some clients send for one. */
const lastOperations: ReadonlySet<number> = new Set([
  UssdServiceOp.pssr_response,
  UssdServiceOp.pssd_response,
  0x17,
]);

/** The dialogues of one message centre. A phone has one at a time. */
export class UssdDialogues {
  readonly #options: UssdOptions;
  readonly #dialogues = new Map<string, Dialogue>();
  /** How many each account has. */
  readonly #quota: Quota;
  #numbers = 0;

  constructor(options: UssdOptions) {
    this.#options = options;
    this.#quota = new Quota(options.limit);
  }

  /** Dialogues that are not over. */
  get size(): number {
    return this.#dialogues.size;
  }

  /** A phone dials: resolves with the first screen. */
  async dial(phone: string, code: string, to = code, system_id?: string): Promise<UssdScreen> {
    if (this.#dialogues.has(phone)) {
      throw new SmppError("ussd_busy", `${phone} is in a dialogue: end that one first`);
    }
    const dialogue = this.#begin(phone, to, system_id);
    if (dialogue === undefined) {
      const what = `as many USSD dialogues run as queueLimit (${this.#quota.limit}) allows`;
      throw new SmppError("ussd_busy", `${what}: end one, or raise it`);
    }
    return this.#send(dialogue, UssdServiceOp.pssr_indication, code);
  }

  /** Ends all dialogues: who waits for a screen hears SmppError `closed`. */
  close(): void {
    const error = new SmppError("closed", "the message centre was closed during the dialogue");
    for (const dialogue of [...this.#dialogues.values()]) this.#end(dialogue, error);
  }

  /** Takes a screen from an application: a dialogue's next one, or the first of one that it begins. */
  submit(pdu: PduOf<"submit_sm" | "data_sm">, system_id: string): number | { message_id: string } {
    const operation = operationOf(pdu);
    const phone = pdu.destination_addr;
    const running = this.#dialogues.get(phone);
    const isMeant = running !== undefined && isOf(pdu, running.session, this.#options.carrier);
    const begins =
      operation === UssdServiceOp.ussr_request || operation === UssdServiceOp.ussn_request;
    if (!isMeant && (running !== undefined || !begins)) return Status.ESME_RSUBMITFAIL;
    const message_id = this.#options.messageId();
    const dialogue = isMeant ? running : this.#begin(phone, pdu.source_addr, system_id);
    if (dialogue === undefined) return Status.ESME_RMSGQFUL;
    this.#show(dialogue, pdu, operation);
    return { message_id };
  }

  /** Undefined: the account has reached its limit. */
  #begin(phone: string, code: string, system_id: string | undefined): Dialogue | undefined {
    if (!this.#quota.take(system_id, 1)) return undefined;
    const session = { number: ++this.#numbers, sequence: 0 };
    const dialogue: Dialogue = {
      phone,
      code,
      system_id,
      session,
      awaits: undefined,
      stopWaiting: () => {},
    };
    this.#dialogues.set(phone, dialogue);
    return dialogue;
  }

  /** Ends the dialogue when nothing happens in it for so long, on either side. */
  #wait(dialogue: Dialogue, why: string): void {
    dialogue.stopWaiting();
    dialogue.stopWaiting = this.#options.timers.after(this.#options.timeout, () => {
      void this.#release(dialogue, new SmppError("ussd_timeout", why));
    });
  }

  /** Sends what the phone says; resolves with the screen that follows. */
  #send(dialogue: Dialogue, operation: number, text: string): Promise<UssdScreen> {
    return new Promise((resolve, reject) => {
      this.#wait(dialogue, `nothing was shown on ${dialogue.phone} in time`);
      dialogue.awaits = { resolve, reject };
      // The delivery may wait for a receiver longer than the phone waits for its screen.
      this.#deliver(dialogue, operation, text, false).catch((error) => this.#end(dialogue, error));
    });
  }

  async #deliver(
    dialogue: Dialogue,
    operation: number,
    text: string,
    isLast: boolean,
  ): Promise<void> {
    const { octets, data_coding } = encodeShortMessage(text);
    const { session, phone, code, system_id } = dialogue;
    const tlvs = sessionTlvs(session, this.#options.carrier, isLast);
    session.sequence++;
    const pdu: PduInputOf<"deliver_sm"> = {
      command: "deliver_sm",
      service_type: "USSD",
      source_addr: phone,
      destination_addr: code,
      data_coding,
      short_message: octets,
      ussd_service_op: Uint8Array.of(operation),
      ...tlvs,
    };
    await this.#options.deliver(pdu, system_id);
  }

  #show(dialogue: Dialogue, pdu: PduOf<"submit_sm" | "data_sm">, operation: number): void {
    const isLast = lastOperations.has(operation) || endsSession(pdu);
    const screen = this.#screenOf(dialogue, pdu, isLast);
    const { awaits } = dialogue;
    dialogue.awaits = undefined;
    if (isLast) this.#forget(dialogue);
    else this.#wait(dialogue, `nothing was typed on ${dialogue.phone} in time`);
    if (!isLast && operation === UssdServiceOp.ussn_request) this.#confirm(dialogue);
    if (awaits === undefined) this.#options.onPush(screen);
    else awaits.resolve(screen);
  }

  /** Tells the application that its notice was shown. The dialogue goes on: more may come. */
  #confirm(dialogue: Dialogue): void {
    this.#deliver(dialogue, UssdServiceOp.ussn_confirm, "", false).catch((error) =>
      this.#end(dialogue, error),
    );
  }

  #screenOf(dialogue: Dialogue, pdu: PduOf<"submit_sm" | "data_sm">, isLast: boolean): UssdScreen {
    const { phone, code } = dialogue;
    const octets = "short_message" in pdu ? pdu.short_message : pdu.message_payload;
    const text = decodeShortMessage(octets ?? new Uint8Array(), pdu.data_coding);
    const reply = async (typed: string): Promise<UssdScreen> => {
      if (this.#dialogues.get(phone) !== dialogue) throw over(dialogue);
      if (dialogue.awaits !== undefined) {
        throw new SmppError("ussd_busy", `${phone} waits for the next screen: reply to that one`);
      }
      return this.#send(dialogue, UssdServiceOp.ussr_confirm, typed);
    };
    const abandon = () => this.#release(dialogue, over(dialogue));
    return { phone, code, text, isLast, reply, abandon };
  }

  async #release(dialogue: Dialogue, why: SmppError): Promise<void> {
    if (this.#dialogues.get(dialogue.phone) !== dialogue) return;
    this.#end(dialogue, why);
    await this.#deliver(dialogue, release, "", true).catch(() => undefined);
  }

  /** The dialogue is over; `why` is for whoever waits for its next screen. */
  #end(dialogue: Dialogue, why: unknown): void {
    const { awaits } = dialogue;
    dialogue.awaits = undefined;
    this.#forget(dialogue);
    awaits?.reject(why);
  }

  #forget(dialogue: Dialogue): void {
    dialogue.stopWaiting();
    if (this.#dialogues.get(dialogue.phone) !== dialogue) return;
    this.#dialogues.delete(dialogue.phone);
    this.#quota.give(dialogue.system_id, 1);
  }
}

interface Dialogue {
  readonly phone: string;
  readonly code: string;
  readonly system_id: string | undefined;
  readonly session: UssdSession;
  /** The phone waits for a screen; undefined: the application waits for the phone. */
  awaits:
    | {
        readonly resolve: (screen: UssdScreen) => void;
        readonly reject: (error: unknown) => void;
      }
    | undefined;
  stopWaiting: () => void;
}

function over({ phone, code }: Dialogue): SmppError {
  return new SmppError("ussd_over", `the dialogue of ${phone} with ${code} is over`);
}

/** The first octet of ussd_service_op; USSR request when there is none. */
function operationOf(pdu: PduOf<"submit_sm" | "data_sm">): number {
  return pdu.ussd_service_op?.[0] ?? UssdServiceOp.ussr_request;
}
