/** What the application does with PDUs, and what its answers mean. */
import type {
  CommandName,
  NoVendorTlvs,
  Pdu,
  PduInputOf,
  PduOf,
  RequestName,
  ResponseNameOf,
  VendorTlvs,
} from "@esme/pdu";

/** `in`: just received. `out`: about to be written. */
export type Direction = "in" | "out";

/** Return this from a callback to send no answer at all, as a broken peer would. */
export const noAnswer: unique symbol = Symbol("no answer");

/** The fields of a response, without those that the session fills in itself. */
export type ResponseFields<C extends RequestName, T extends VendorTlvs = NoVendorTlvs> = Omit<
  PduInputOf<ResponseNameOf<C>, T>,
  "command" | "sequence_number"
>;

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
 * from the wire. The returned {@link Answer} counts for received requests alone.
 */
export type Callback<C extends CommandName, T extends VendorTlvs = NoVendorTlvs> = (
  pdu: PduOf<C, T>,
  direction: Direction,
) => C extends RequestName ? Answer<C, T> | Promise<Answer<C, T>> : void | Promise<void>;

/** One callback per command, and one for every PDU, whose return value does not count. */
export type Callbacks<T extends VendorTlvs = NoVendorTlvs> = {
  [C in CommandName]?: Callback<C, T> | undefined;
} & {
  all_commands?: ((pdu: Pdu, direction: Direction) => void) | undefined;
};

/** A callback once its command is known to match. */
type AnyCallback = (pdu: Pdu, direction: Direction) => unknown;

/** The callbacks of a session, ready to be looked up by the command of a PDU. */
export class CallbackTable {
  #all: Callbacks["all_commands"];
  #byCommand: ReadonlyMap<string, AnyCallback> = new Map();

  /** Replaces all callbacks. */
  set({ all_commands, ...byCommand }: Pick<Callbacks, "all_commands">): void {
    this.#all = all_commands;
    // A callback is stored under the command of the PDUs that it takes and called with no others,
    // which the type of a map cannot say.
    const entries = Object.entries(byCommand) as unknown as [string, AnyCallback | undefined][];
    this.#byCommand = new Map(
      entries.filter((entry): entry is [string, AnyCallback] => entry[1] !== undefined),
    );
  }

  /** The callback for every PDU. */
  get all(): Callbacks["all_commands"] {
    return this.#all;
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
