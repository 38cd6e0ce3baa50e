/** What the application does with PDUs, and what its answers mean. */
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

import { checkOptions } from "./check-options.ts";

/** `in`: just received. `out`: about to be written. */
export type Direction = "in" | "out";

/** Return this from a callback to send no answer at all, as a broken peer would. */
export const noAnswer: unique symbol = Symbol("no answer");

/**
 * The fields of a response, without those that the session fills in itself. For several commands
 * one or the other: `Omit` of them all at once is a type that the compiler gives up comparing (TS2590).
 */
export type ResponseFields<
  C extends RequestName,
  T extends VendorTlvs = NoVendorTlvs,
> = C extends RequestName
  ? Omit<PduInputOf<ResponseNameOf<C>, T>, "command" | "sequence_number">
  : never;

/** What a function without `return` returns. */
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
 * Called right after a PDU is received (`in`) and right before one is written (`out`), as decoded
 * from the wire. For received requests the returned {@link Answer} counts.
 *
 * The PDU may be kept. Its octet strings are views into its own octets, so one that is kept holds the
 * whole PDU (up to 64 kB): copy it with `slice()` where that matters.
 */
export type Callback<C extends CommandName, T extends VendorTlvs = NoVendorTlvs> = (
  pdu: PduOf<C, T>,
  direction: Direction,
) => C extends RequestName ? Answer<C, T> | Promise<Answer<C, T>> : void | Promise<void>;

type CommandCallbacks<T extends VendorTlvs> = {
  [C in CommandName]?: Callback<C, T> | undefined;
};

/**
 * One callback per command, and one for every PDU, whose return value does not count.
 *
 * `in out`, here and wherever T is handed on: the compiler then need not find out by comparing every
 * PDU under two sets of TLVs how T varies, which it gives up (TS2590).
 */
export interface Callbacks<in out T extends VendorTlvs = NoVendorTlvs> extends CommandCallbacks<T> {
  /**
   * Called with the octets of a request that could not be decoded, header included, and with what is
   * wrong with it. A number is the `command_status` to answer with, 0 for an application that keeps
   * the octets; nothing, as without this callback, refuses it with the status that the error has.
   */
  malformed?: MalformedCallback | undefined;
  all_commands?: ((pdu: Pdu<T>, direction: Direction) => unknown) | undefined;
}

/** See {@link Callbacks}. */
export type MalformedCallback = (
  octets: Uint8Array,
  error: Error,
) => Nothing | undefined | number | Promise<Nothing | undefined | number>;

/** A callback once its command is known to match. */
type AnyCallback = (pdu: Pdu, direction: Direction) => unknown;

const callbackNames = ["malformed", "all_commands", ...Object.keys(commands)];
const callbackOptions = Object.fromEntries(
  callbackNames.map((name) => [name, "function" as const]),
);

/** The callbacks of a session, ready to be looked up by the command of a PDU. */
export class CallbackTable {
  #all: AnyCallback | undefined;
  #malformed: MalformedCallback | undefined;
  #byCommand: ReadonlyMap<string, AnyCallback> = new Map();

  /** Replaces all callbacks. Throws TypeError for a name that is no command's, and for no function. */
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

  /** The callback for every PDU. */
  get all(): AnyCallback | undefined {
    return this.#all;
  }

  /** The callback for requests that could not be decoded. */
  get malformed(): MalformedCallback | undefined {
    return this.#malformed;
  }

  /** The callback of this command. */
  get(command: string): AnyCallback | undefined {
    return this.#byCommand.get(command);
  }

  /** Whether anybody wants to see PDUs with this command. */
  wants(command: string): boolean {
    return this.#all !== undefined || this.#byCommand.has(command);
  }
}
