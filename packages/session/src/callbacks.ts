/** The functions of the user: callbacks for PDUs, what their answers mean, and how they are called safely. */
import type { EventEmitter } from "node:events";
import {
  type CommandName,
  commands,
  type NoVendorTlvs,
  type Pdu,
  type PduInputOf,
  type PduOf,
  type RequestName,
  type ResponseNameOf,
  type VendorTlvs,
} from "@esme/pdu";
import { checkOptions, type OptionTable } from "@esme/settings";
import { asError } from "./errors.ts";

/** `in`: just received. `out`: about to be written. */
export type Direction = "in" | "out";

/** Return this from a callback to send no answer at all, as a broken peer would. */
export const noAnswer: unique symbol = Symbol("no answer");

/**
 * The fields of a response, without those that the session fills in. For several commands it is a
 * union: the compiler cannot compare one `Omit` of all their fields (TS2590).
 */
export type ResponseFields<
  C extends RequestName,
  T extends VendorTlvs = NoVendorTlvs,
> = C extends RequestName
  ? Omit<PduInputOf<ResponseNameOf<C>, T>, "command" | "sequence_number">
  : never;

/** The result of a function without `return`. */
export type Nothing = ReturnType<() => void>;

/**
 * What a callback for a received request may return; it decides the automatic response:
 * nothing means ESME_ROK, a number is the `command_status`, an object has the response's fields
 * (`command_status` among them).
 */
export type Answer<C extends RequestName, T extends VendorTlvs = NoVendorTlvs> =
  | Nothing
  | undefined
  | number
  | ResponseFields<C, T>
  | typeof noAnswer;

/**
 * Called right after a PDU is received (`in`) and right before one is written (`out`), with the PDU as
 * decoded from the wire. For received requests the returned {@link Answer} counts.
 *
 * The PDU may be kept. Its octet strings are views into its octets: one that is kept keeps the whole
 * PDU in memory (up to 64 kB). Copy it with `slice()` where that matters.
 */
export type Callback<C extends CommandName, T extends VendorTlvs = NoVendorTlvs> = (
  pdu: PduOf<C, T>,
  direction: Direction,
) => C extends RequestName ? Answer<C, T> | Promise<Answer<C, T>> : void | Promise<void>;

/** A row for each command; the doc comments are those that an editor shows for the callbacks. */
const commandCallbacks = {
  /**
   * An ESME binds to receive. Nothing returned answers ESME_ROK, a number is the command_status, an
   * object the fields of the response; a throw answers ESME_RSYSERR, or the error's own
   * `command_status`. The answer waits for a promise. For one that this side sends (`direction` is
   * `out`) what is returned does not count.
   */
  bind_receiver: "function",
  /** The answer to bind_receiver, in or out. What is returned does not count. */
  bind_receiver_resp: "function",
  /**
   * An ESME binds to send. Nothing returned answers ESME_ROK, a number is the command_status, an
   * object the fields of the response; a throw answers ESME_RSYSERR, or the error's own
   * `command_status`. The answer waits for a promise. For one that this side sends (`direction` is
   * `out`) what is returned does not count.
   */
  bind_transmitter: "function",
  /** The answer to bind_transmitter, in or out. What is returned does not count. */
  bind_transmitter_resp: "function",
  /**
   * An ESME binds for both directions: check system_id and password. Nothing returned answers
   * ESME_ROK, a number is the command_status, an object the fields of the response; a throw answers
   * ESME_RSYSERR, or the error's own `command_status`. The answer waits for a promise. For one that
   * this side sends (`direction` is `out`) what is returned does not count.
   */
  bind_transceiver: "function",
  /** The answer to bind_transceiver, in or out. What is returned does not count. */
  bind_transceiver_resp: "function",
  /** An SMSC asks this side to bind. What is returned does not count: there is no response. */
  outbind: "function",
  /**
   * The peer ends the session. Nothing returned, or 0, agrees and closes the connection; another
   * status refuses.
   */
  unbind: "function",
  /** The answer to unbind, in or out. What is returned does not count. */
  unbind_resp: "function",
  /** A PDU was refused as a whole, in or out. What is returned does not count. */
  generic_nack: "function",
  /**
   * The peer asks whether this side is there. Without a callback, and with nothing returned, the
   * answer is ESME_ROK.
   */
  enquire_link: "function",
  /** The answer to enquire_link, in or out. What is returned does not count. */
  enquire_link_resp: "function",
  /** A phone can be reached again. What is returned does not count: there is no response. */
  alert_notification: "function",
  /**
   * An ESME submits a message: return `{ message_id }`. Nothing returned answers ESME_ROK, a number
   * is the command_status, an object the fields of the response; a throw answers ESME_RSYSERR, or
   * the error's own `command_status`. The answer waits for a promise. For one that this side sends
   * (`direction` is `out`) what is returned does not count.
   */
  submit_sm: "function",
  /**
   * The answer to a submit_sm: in, before its promise is settled, late ones too; or out. What is
   * returned does not count.
   */
  submit_sm_resp: "function",
  /**
   * An ESME submits a message to several destinations: return `{ message_id, unsuccess_sme }`.
   * Nothing returned answers ESME_ROK, a number is the command_status, an object the fields of the
   * response; a throw answers ESME_RSYSERR, or the error's own `command_status`. The answer waits
   * for a promise. For one that this side sends (`direction` is `out`) what is returned does not
   * count.
   */
  submit_multi: "function",
  /** The answer to submit_multi, in or out. What is returned does not count. */
  submit_multi_resp: "function",
  /**
   * The SMSC delivers a text of a phone, or a delivery receipt. Nothing returned answers ESME_ROK,
   * a number is the command_status, an object the fields of the response; a throw answers
   * ESME_RSYSERR, or the error's own `command_status`. The answer waits for a promise. For one that
   * this side sends (`direction` is `out`) what is returned does not count. Return ESME_RX_T_APPN
   * when it could not be stored: the SMSC delivers it again.
   */
  deliver_sm: "function",
  /** The answer to deliver_sm, in or out. What is returned does not count. */
  deliver_sm_resp: "function",
  /**
   * A message in either direction, its text in message_payload. Nothing returned answers ESME_ROK,
   * a number is the command_status, an object the fields of the response; a throw answers
   * ESME_RSYSERR, or the error's own `command_status`. The answer waits for a promise. For one that
   * this side sends (`direction` is `out`) what is returned does not count.
   */
  data_sm: "function",
  /** The answer to data_sm, in or out. What is returned does not count. */
  data_sm_resp: "function",
  /**
   * An ESME asks for the state of a message: return `{ message_state, final_date }`. Nothing
   * returned answers ESME_ROK, a number is the command_status, an object the fields of the
   * response; a throw answers ESME_RSYSERR, or the error's own `command_status`. The answer waits
   * for a promise. For one that this side sends (`direction` is `out`) what is returned does not
   * count.
   */
  query_sm: "function",
  /** The answer to query_sm, in or out. What is returned does not count. */
  query_sm_resp: "function",
  /**
   * An ESME cancels a message. Nothing returned answers ESME_ROK, a number is the command_status,
   * an object the fields of the response; a throw answers ESME_RSYSERR, or the error's own
   * `command_status`. The answer waits for a promise. For one that this side sends (`direction` is
   * `out`) what is returned does not count.
   */
  cancel_sm: "function",
  /** The answer to cancel_sm, in or out. What is returned does not count. */
  cancel_sm_resp: "function",
  /**
   * An ESME replaces the text of a message that waits. Nothing returned answers ESME_ROK, a number
   * is the command_status, an object the fields of the response; a throw answers ESME_RSYSERR, or
   * the error's own `command_status`. The answer waits for a promise. For one that this side sends
   * (`direction` is `out`) what is returned does not count.
   */
  replace_sm: "function",
  /** The answer to replace_sm, in or out. What is returned does not count. */
  replace_sm_resp: "function",
  /**
   * An ESME broadcasts a message (SMPP 5.0): return `{ message_id }`. Nothing returned answers
   * ESME_ROK, a number is the command_status, an object the fields of the response; a throw answers
   * ESME_RSYSERR, or the error's own `command_status`. The answer waits for a promise. For one that
   * this side sends (`direction` is `out`) what is returned does not count.
   */
  broadcast_sm: "function",
  /** The answer to broadcast_sm, in or out. What is returned does not count. */
  broadcast_sm_resp: "function",
  /**
   * An ESME asks for the state of a broadcast (SMPP 5.0). Nothing returned answers ESME_ROK, a
   * number is the command_status, an object the fields of the response; a throw answers
   * ESME_RSYSERR, or the error's own `command_status`. The answer waits for a promise. For one that
   * this side sends (`direction` is `out`) what is returned does not count.
   */
  query_broadcast_sm: "function",
  /** The answer to query_broadcast_sm, in or out. What is returned does not count. */
  query_broadcast_sm_resp: "function",
  /**
   * An ESME cancels a broadcast (SMPP 5.0). Nothing returned answers ESME_ROK, a number is the
   * command_status, an object the fields of the response; a throw answers ESME_RSYSERR, or the
   * error's own `command_status`. The answer waits for a promise. For one that this side sends
   * (`direction` is `out`) what is returned does not count.
   */
  cancel_broadcast_sm: "function",
  /** The answer to cancel_broadcast_sm, in or out. What is returned does not count. */
  cancel_broadcast_sm_resp: "function",
} as const satisfies Partial<Record<CommandName, "function">>;

/** Commands of pdu's table that have no comment above: their callbacks work like all others. */
type OtherCommand = Exclude<CommandName, keyof typeof commandCallbacks>;

type CommandCallbacks<T extends VendorTlvs> = {
  -readonly [C in keyof typeof commandCallbacks]?: Callback<C, T> | undefined;
} & { [C in OtherCommand]?: Callback<C, T> | undefined };

/**
 * One callback per command, and one for every PDU, whose return value does not count.
 *
 * `in out`, here and wherever T is passed on: without it the compiler compares every PDU under two
 * sets of TLVs to find out how T varies, and fails (TS2590).
 */
export interface Callbacks<in out T extends VendorTlvs = NoVendorTlvs> extends CommandCallbacks<T> {
  /**
   * Called with the octets of a request that could not be decoded, header included, and with what is
   * wrong with it. A number is the `command_status` to answer with, 0 for an application that keeps
   * the octets; nothing, as without this callback, refuses it with the status that the error has.
   */
  malformed?: MalformedCallback | undefined;
  /**
   * Called with every PDU, received (`in`) and about to be written (`out`), before the callback of its
   * command. What it returns does not count; what it throws or rejects with is the event `error`.
   */
  all_commands?: ((pdu: Pdu<T>, direction: Direction) => unknown) | undefined;
}

/** See {@link Callbacks}. */
export type MalformedCallback = (
  octets: Uint8Array,
  error: Error,
) => Nothing | undefined | number | Promise<Nothing | undefined | number>;

/** A callback whose command is known to match. */
type AnyCallback = (pdu: Pdu, direction: Direction) => unknown;

const callbackOptions = {
  ...commandCallbacks,
  ...otherCommands(),
  malformed: "function",
  all_commands: "function",
} as const satisfies OptionTable<Callbacks>;

function otherCommands(): Record<OtherCommand, "function"> {
  const names = Object.keys(commands).filter((name) => !Object.hasOwn(commandCallbacks, name));
  return Object.fromEntries(names.map((name) => [name, "function"]));
}

/** The callbacks of a session, by command. */
export class CallbackTable {
  readonly #onError: (error: Error) => void;
  #all: AnyCallback | undefined;
  #malformed: MalformedCallback | undefined;
  #byCommand: ReadonlyMap<string, AnyCallback> = new Map();

  /** `onError` gets what a callback throws, or rejects with, where its result does not count. */
  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** Replaces all callbacks. Throws TypeError for an unknown command, or for what is no function. */
  set(callbacks: Pick<Callbacks, "malformed">): void {
    checkOptions("callbacks", callbacks, callbackOptions, { noun: "callback" });
    const { malformed, ...others } = callbacks;
    // A callback is stored under the command of the PDUs that it takes and called with no others,
    // which the type of a map cannot say.
    const entries = Object.entries(others) as [string, AnyCallback | undefined][];
    const table = new Map<string, AnyCallback>();
    let all: AnyCallback | undefined;
    for (const [command, callback] of entries) {
      if (command === "all_commands") all = callback;
      else if (callback !== undefined) table.set(command, callback);
    }
    this.#all = all;
    this.#malformed = malformed;
    this.#byCommand = table;
  }

  /** The callback for requests that could not be decoded. */
  get malformed(): MalformedCallback | undefined {
    return this.#malformed;
  }

  /** The callback of this command. */
  get(command: string): AnyCallback | undefined {
    return this.#byCommand.get(command);
  }

  /** Whether any callback takes PDUs with this command. */
  wants(command: string): boolean {
    return this.#all !== undefined || this.#byCommand.has(command);
  }

  /** Shows a PDU to the callbacks; what they return does not count. */
  show(pdu: Pdu, direction: Direction): void {
    this.showToAll(pdu, direction);
    const callback = this.get(pdu.command);
    if (callback !== undefined) callUser(() => callback(pdu, direction), this.#onError);
  }

  /** Shows a PDU to the callback `all_commands`. */
  showToAll(pdu: Pdu, direction: Direction): void {
    const all = this.#all;
    if (all !== undefined) callUser(() => all(pdu, direction), this.#onError);
  }
}

/**
 * Calls a function of the user whose result does not count. What it throws or rejects with goes to
 * `onError` and stops nothing else.
 */
export function callUser(run: () => unknown, onError: (error: Error) => void): void {
  try {
    const result = run();
    if (isPromise(result)) result.then(undefined, (error) => onError(asError(error)));
  } catch (error) {
    onError(asError(error));
  }
}

/**
 * Emits an event: every listener is called, in order, also after one that failed; failures go to
 * `onError`. Unlike `emit`, it does not throw for an event `error` without a listener.
 */
export function emitTo(
  emitter: Pick<EventEmitter, "rawListeners">,
  event: string,
  args: readonly unknown[],
  onError: (error: Error) => void,
): void {
  // rawListeners: the wrappers of `once` remove themselves when they are called.
  for (const listener of emitter.rawListeners(event)) {
    callUser(() => Reflect.apply(listener, emitter, args), onError);
  }
}

/** Whether a value is a promise, or another object with a method `then`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
