/** The way of an accepted message to its final state: it waits, is delivered to the phone, or expires. */
import { MessageState } from "@esme/pdu";
import { Quota } from "../structures/quota.ts";
import type { Slices } from "../structures/slices.ts";
import type { Timers } from "../structures/timers.ts";
import { isPending, type StoredMessage } from "./message-store.ts";
import { completed, type Outcome } from "./outcome.ts";

/** What a journey needs from outside. */
export interface JourneyOptions {
  readonly timers: Timers;
  /** Where work is done that may be too much for one turn of the event loop. */
  readonly slices: Slices;
  /** Milliseconds from the moment a message is due to the attempt to deliver it. */
  readonly delay: () => number;
  /** Messages of one account that may wait for their phones; one more is undeliverable. */
  readonly limit: number;
  /** A message has reached its final state. */
  readonly onEnd: (message: StoredMessage) => void;
  /** A message begins to wait, for its time or for its phone. */
  readonly onWait: (message: StoredMessage) => void;
}

/** Messages under way, and the phones that are switched off. */
export class Journeys {
  readonly #options: JourneyOptions;
  /** Phones that are off, and the messages that wait for them. */
  readonly #off = new Map<string, Set<StoredMessage>>();
  /** Waiting messages, each with the function that cancels its expiry. */
  readonly #expiring = new Map<StoredMessage, () => void>();
  /** How many of them each account has. */
  readonly #waiting: Quota;

  constructor(options: JourneyOptions) {
    this.#options = options;
    this.#waiting = new Quota(options.limit);
  }

  /**
   * Starts the journey, or starts it again when the times have changed. `early`: delivers at once, unless
   * the message is scheduled or its phone is off.
   */
  begin(message: StoredMessage, now: number, early = false): void {
    const { timers, delay, onWait } = this.#options;
    const isLater = message.due > now;
    if (isLater) message.message_state = MessageState.SCHEDULED;
    onWait(message);
    if (early && !isLater) {
      this.#attempt(message);
      return;
    }
    const turn = ++message.turn;
    const moment = Math.min(Math.max(message.due, now) + delay(), message.expires);
    timers.togetherAfter(Math.max(0, moment - now), () => {
      if (message.turn === turn) this.#attempt(message);
    });
  }

  /** Gives a message its final state, unless it has one already. */
  end(message: StoredMessage, outcome: Outcome): void {
    if (!isPending(message)) return;
    const { message_state, error_code } = completed(outcome);
    message.message_state = message_state;
    message.error_code = error_code;
    message.final_date = new Date();
    this.#forget(message);
    this.#options.onEnd(message);
  }

  isOn(number: string): boolean {
    return !this.#off.has(number);
  }

  switchOff(number: string): void {
    if (this.isOn(number)) this.#off.set(number, new Set());
  }

  /** Delivers what waited for the phone, in the order in which it began to wait. */
  switchOn(number: string): void {
    const waiting = this.#off.get(number) ?? [];
    this.#off.delete(number);
    const now = Date.now();
    void this.#options.slices.run(waiting, (message) => {
      this.#forget(message);
      if (message.due <= now) this.#attempt(message);
    });
  }

  #attempt(message: StoredMessage): void {
    if (!isPending(message)) return;
    const { expires, outcome, destination } = message;
    message.message_state = MessageState.ENROUTE;
    if (Date.now() >= expires) this.end(message, expired);
    else if (completed(outcome).message_state === MessageState.ENROUTE) this.#wait(message);
    else if (this.isOn(destination.addr)) this.end(message, outcome);
    else {
      this.#off.get(destination.addr)?.add(message);
      this.#options.onWait(message);
      this.#wait(message);
    }
  }

  #wait(message: StoredMessage): void {
    const { timers, slices } = this.#options;
    if (!this.#waiting.take(message.system_id, 1)) {
      this.end(message, { message_state: MessageState.UNDELIVERABLE });
      return;
    }
    const ms = message.expires - Date.now();
    const expire = () => slices.run([message], () => this.end(message, expired));
    this.#expiring.set(
      message,
      timers.after(ms, () => void expire()),
    );
  }

  #forget(message: StoredMessage): void {
    const cancel = this.#expiring.get(message);
    if (cancel !== undefined) {
      cancel();
      this.#expiring.delete(message);
      this.#waiting.give(message.system_id, 1);
    }
    this.#off.get(message.destination.addr)?.delete(message);
  }
}

const expired: Outcome = { message_state: MessageState.EXPIRED };
