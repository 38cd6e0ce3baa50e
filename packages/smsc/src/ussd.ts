/** USSD dialogues: what phones dial, what applications show, what is typed (SMPP 3.4, 5.3.2.44). */
import { type PduInputOf, type PduOf, SmppError, Status, UssdServiceOp } from "@esme/pdu";
import { decodeShortMessage, encodeShortMessage } from "@esme/sm-split";
import type { Timers } from "./timers.ts";
import {
  endsSession,
  isOf,
  sessionTlvs,
  type UssdSession,
  type UssdSessionCarrier,
} from "./ussd-session.ts";

/** A text that a phone shows in a dialogue. */
export interface UssdScreen {
  /** The phone, and the code that was dialled or that calls. */
  readonly phone: string;
  readonly code: string;
  readonly text: string;
  /** Whether the dialogue is over with it. */
  readonly isLast: boolean;
  /** Types an answer; resolves with the next screen. Rejects with SmppError `ussd_over` when there is none. */
  reply(text: string): Promise<UssdScreen>;
  /** Gives up: the application is told so. */
  abandon(): Promise<void>;
}

/** What dialogues need from outside. */
export interface UssdOptions {
  readonly carrier: UssdSessionCarrier;
  /** Milliseconds that a phone waits for a screen. */
  readonly timeout: number;
  /** Dialogues at a time; one more is refused. */
  readonly limit: number;
  readonly timers: Timers;
  readonly messageId: () => string;
  readonly deliver: (
    pdu: PduInputOf<"deliver_sm">,
    system_id: string | undefined,
  ) => Promise<unknown>;
  /** A screen that nobody waits for: the network began. */
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
  #numbers = 0;

  constructor(options: UssdOptions) {
    this.#options = options;
  }

  /** A phone dials: resolves with the first screen. */
  async dial(phone: string, code: string, to = code, system_id?: string): Promise<UssdScreen> {
    const dialogue = this.#begin(phone, to, system_id);
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
    if (!isMeant && this.#dialogues.size >= this.#options.limit) return Status.ESME_RMSGQFUL;
    const message_id = this.#options.messageId();
    const dialogue = isMeant ? running : this.#begin(phone, pdu.source_addr, system_id);
    this.#show(dialogue, pdu, operation);
    return { message_id };
  }

  #begin(phone: string, code: string, system_id: string | undefined): Dialogue {
    if (this.#dialogues.has(phone) || this.#dialogues.size >= this.#options.limit) {
      throw new SmppError("ussd_busy", `${phone} cannot begin a dialogue: end the one before it`);
    }
    const session = { number: ++this.#numbers, sequence: 0 };
    const dialogue: Dialogue = { phone, code, system_id, session, awaits: undefined };
    this.#dialogues.set(phone, dialogue);
    return dialogue;
  }

  /** Sends what the phone says; resolves with the screen that follows. */
  #send(dialogue: Dialogue, operation: number, text: string): Promise<UssdScreen> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.timers.after(this.#options.timeout, () => {
        const why = `nothing was shown on ${dialogue.phone} in time`;
        void this.#release(dialogue, new SmppError("ussd_timeout", why));
      });
      dialogue.awaits = { resolve, reject, cancel };
      // It may wait for a receiver longer than the phone does for its screen.
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
    awaits?.cancel();
    if (isLast) this.#dialogues.delete(dialogue.phone);
    else if (operation === UssdServiceOp.ussn_request) this.#confirm(dialogue);
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
    const { awaits, phone } = dialogue;
    dialogue.awaits = undefined;
    if (this.#dialogues.get(phone) === dialogue) this.#dialogues.delete(phone);
    awaits?.cancel();
    awaits?.reject(why);
  }
}

interface Dialogue {
  readonly phone: string;
  readonly code: string;
  readonly system_id: string | undefined;
  readonly session: UssdSession;
  awaits:
    | {
        readonly resolve: (screen: UssdScreen) => void;
        readonly reject: (error: unknown) => void;
        readonly cancel: () => void;
      }
    | undefined;
}

function over({ phone, code }: Dialogue): SmppError {
  return new SmppError("ussd_over", `the dialogue of ${phone} with ${code} is over`);
}

/** The first octet of ussd_service_op; USSR request when there is none. */
function operationOf(pdu: PduOf<"submit_sm" | "data_sm">): number {
  return pdu.ussd_service_op?.[0] ?? UssdServiceOp.ussr_request;
}
