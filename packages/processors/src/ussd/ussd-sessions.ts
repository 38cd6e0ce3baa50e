/** USSD dialogues between messages and PDUs: numbers, events, and the code that was dialled. */

import type { SmppCache } from "@esme/caches";
import type { Message } from "@esme/messages";
import type { DeliverSm, SubmitSm } from "../processor.ts";
import { ProcessorError } from "../processor-error.ts";
import {
  continueOp,
  dialectOf,
  type SessionEvent,
  type UssdDialect,
  type UssdSettings,
} from "./ussd-dialect.ts";

/** The TLVs of a dialogue. */
export type UssdTlvs = Pick<
  SubmitSm,
  "ussd_service_op" | "its_session_info" | "user_message_reference"
>;

/** What a dialogue makes of a message. */
export type UssdFields = Pick<
  Message,
  "transport_type" | "session_event" | "to_addr" | "content" | "transport_metadata"
>;

const endBit = 0x0001;

/**
 * Reads and writes the dialogues of one dialect. The number of a dialogue travels through the
 * application as `session_info` in `transport_metadata`, which replies carry back. Codes are
 * remembered in the cache, where the processes of one account share them.
 */
export class UssdSessions {
  readonly #settings: UssdSettings;
  readonly #dialect: UssdDialect;
  readonly #cache: SmppCache | undefined;
  readonly #now: () => Date;

  constructor(settings: UssdSettings, cache: SmppCache | undefined, now: () => Date) {
    this.#settings = settings;
    this.#dialect = dialectOf(settings);
    this.#cache = cache;
    this.#now = now;
  }

  /** What the deliver_sm with this text is in its dialogue; undefined when it is no USSD. */
  async read(pdu: DeliverSm, text: string): Promise<UssdFields | undefined> {
    const op = pdu.ussd_service_op?.[0];
    if (op === undefined) return undefined;
    const session = this.#sessionOf(pdu);
    const event = this.#eventOf(pdu, op);
    const { remembersCode } = this.#dialect;
    const fields = {
      transport_type: "ussd",
      session_event: event,
      transport_metadata: { session_info: this.#sessionInfo(session, op) },
    };
    if (!remembersCode) return { ...fields, to_addr: pdu.destination_addr, content: text };
    const key = this.#key(pdu.source_addr, session);
    const inText = this.#settings.ussd_code_pdu_field === "short_message" && isCode(text);
    const code = event === "new" && inText ? text : pdu.destination_addr;
    const to_addr = event === "new" ? code : ((await this.#recall(key)) ?? code);
    if (event === "close") await this.#cache?.deleteSmppMessageId(key);
    else await this.#remember(key, to_addr);
    return { ...fields, to_addr, content: event === "resume" || !isCode(text) ? text : null };
  }

  /**
   * The TLVs of an outbound message. Rejects with a `ProcessorError` when its `session_info` is not
   * what this dialect gives.
   */
  async write(message: Message): Promise<UssdTlvs> {
    const session = this.#sessionIn(message.transport_metadata["session_info"]);
    const closes = message.session_event === "close";
    if (closes && this.#dialect.remembersCode) {
      await this.#cache?.deleteSmppMessageId(this.#key(message.to_addr, session));
    }
    const op = Uint8Array.of(closes ? this.#dialect.closeOp : continueOp);
    if (this.#dialect.carrier === "user_message_reference") {
      return { ussd_service_op: op, user_message_reference: session };
    }
    const info = closes && this.#dialect.endBit ? session | endBit : session;
    return { ussd_service_op: op, its_session_info: Uint8Array.of(info >> 8, info & 0xff) };
  }

  #eventOf(pdu: DeliverSm, op: number): SessionEvent {
    const { endBit: hasEndBit, events, otherwise } = this.#dialect;
    if (hasEndBit && (numberIn(pdu.its_session_info) & endBit) !== 0) return "close";
    return events[op] ?? otherwise;
  }

  /** A gateway that sends no number has one dialogue for each subscriber: 0. */
  #sessionOf(pdu: DeliverSm): number {
    if (this.#dialect.carrier === "user_message_reference") return pdu.user_message_reference ?? 0;
    return numberIn(pdu.its_session_info) & ~endBit;
  }

  #sessionInfo(session: number, op: number): unknown {
    if (!this.#dialect.remembersCode) return hex(session, 4);
    const { carrier } = this.#dialect;
    const session_identifier = carrier === "user_message_reference" ? session : hex(session, 4);
    return { session_identifier, ussd_service_op: hex(op, 2) };
  }

  /** The number in a message's session_info: none begins a dialogue of the application's own, 0. */
  #sessionIn(info: unknown): number {
    const given = this.#dialect.remembersCode ? identifierIn(info) : info;
    if (given === undefined || given === null) {
      if (this.#settings.dialect !== "sixdee") return 0;
      throw this.#invalid("missing, expected that of the inbound message, as a reply has it");
    }
    const isNumber = this.#dialect.carrier === "user_message_reference";
    if (
      isNumber &&
      typeof given === "number" &&
      Number.isInteger(given) &&
      given >= 0 &&
      given <= 0xffff
    ) {
      return given;
    }
    if (!isNumber && typeof given === "string" && /^[0-9a-f]{4}$/i.test(given)) {
      return Number.parseInt(given, 16) & ~endBit;
    }
    throw this.#invalid(
      isNumber ? "expected an integer from 0 to 65535" : "expected four hexadecimal digits",
    );
  }

  #invalid(problem: string): ProcessorError {
    return new ProcessorError("session_invalid", "transport_metadata.session_info", problem);
  }

  #key(msisdn: string, session: number): string {
    return `ussd:${msisdn}+${session}`;
  }

  async #remember(key: string, code: string): Promise<void> {
    const expires = this.#now().getTime() + this.#settings.max_session_length * 1000;
    await this.#cache?.storeSmppMessageId(key, `${expires} ${code}`);
  }

  async #recall(key: string): Promise<string | undefined> {
    const known = await this.#cache?.fetchSmppMessageId(key);
    const [, expires, code] = /^(\d+) (.*)$/s.exec(known?.messageId ?? "") ?? [];
    return Number(expires) > this.#now().getTime() ? code : undefined;
  }
}

/** What is longer was not dialled, and is not remembered as an address: it is content. */
function isCode(text: string): boolean {
  return text.length <= 255;
}

function identifierIn(info: unknown): unknown {
  return typeof info === "object" && info !== null
    ? Object.getOwnPropertyDescriptor(info, "session_identifier")?.value
    : undefined;
}

function numberIn(octets: Uint8Array | undefined): number {
  const [high = 0, low = 0] = octets ?? [];
  return high * 256 + low;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}
