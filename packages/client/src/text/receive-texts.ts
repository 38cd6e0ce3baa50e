/** Receives texts and receipts: callbacks for a client, which put parts together and decode. */
import { type NoVendorTlvs, type PduOf, SmppError, Status, type VendorTlvs } from "@esme/pdu";
import { asError, type Direction, type OptionTable } from "@esme/session";
import { Incoming, type IncomingOptions, incomingOptions } from "./incoming.ts";
import {
  bodyOf,
  type ReceivedReceipt,
  type ReceivedText,
  saysReceipt,
  type TextPdu,
} from "./received.ts";

/** What {@link receiveTexts} does with what comes. At least one of `onText` and `onReceipt` is given. */
export interface ReceiveTextsOptions<T extends VendorTlvs = NoVendorTlvs>
  extends IncomingOptions<T> {
  /**
   * Called with each text, whole. The SMSC is answered when its promise resolves: store the text first,
   * and none is lost. What it throws or rejects with answers ESME_RX_T_APPN, so that the SMSC delivers it
   * again (the last part, of a long text), or the error's own `command_status`.
   *
   * Without it texts are answered ESME_RX_T_APPN, so that the SMSC keeps them, with a warning of the
   * process the first time. `() => {}` takes them and drops them.
   */
  onText?: ((text: ReceivedText<T>) => unknown) | undefined;
  /** Called with each receipt; else as `onText`. */
  onReceipt?: ((receipt: ReceivedReceipt<T>) => unknown) | undefined;
}

/**
 * The callbacks of a client that receives texts: give them to `new Client({ callbacks })` or
 * `setCallbacks`, with others beside them. `[Symbol.dispose]()` ends the waiting for parts, and tells
 * `onIncomplete` of what is left.
 */
export interface TextCallbacks<T extends VendorTlvs = NoVendorTlvs> extends Disposable {
  deliver_sm: (pdu: PduOf<"deliver_sm", T>, direction?: Direction) => Promise<number | undefined>;
  data_sm: (pdu: PduOf<"data_sm", T>, direction?: Direction) => Promise<number | undefined>;
}

/** A handler of texts or receipts failed; `cause` is its error. The SMSC is answered `command_status`. */
class HandlerError extends SmppError {
  override readonly name = "HandlerError";
  readonly command_status: number;

  constructor(cause: unknown) {
    const { message } = asError(cause);
    super("handler_failed", `a text or receipt was not taken: ${message}`, { cause });
    this.command_status = statusOf(cause) ?? Status.ESME_RX_T_APPN;
  }
}

type HandlerName = "onText" | "onReceipt";

/** Thrown and caught here: nobody takes what came. */
class NotHandled extends Error {
  readonly missing: HandlerName;

  constructor(missing: HandlerName) {
    super(missing);
    this.missing = missing;
  }
}

const receiveOptions = {
  ...incomingOptions,
  onText: "function",
  onReceipt: "function",
} as const satisfies OptionTable<ReceiveTextsOptions>;

/**
 * Callbacks for deliver_sm and data_sm that give texts to `onText` and receipts to `onReceipt`: the
 * parts of a long text joined in any order, its characters decoded, the fields of a receipt read, and
 * the PDUs beside it.
 *
 * A part is answered when it is kept, the last one when `onText` took the whole. A part that comes
 * twice is one part. Parts that others never follow are given to `onIncomplete`.
 *
 * Throws TypeError for an option that does not exist or has another type and when neither handler is
 * given, RangeError for a number out of its limits.
 */
export function receiveTexts<T extends VendorTlvs = NoVendorTlvs>(
  options: ReceiveTextsOptions<T>,
): TextCallbacks<T> {
  const incoming = new Incoming<T>("receiveTexts", options, receiveOptions);
  const { onText, onReceipt } = options;
  if (onText === undefined && onReceipt === undefined) {
    throw new TypeError(
      "receiveTexts: neither onText nor onReceipt is given, expected at least one",
    );
  }
  const warned = new Set<HandlerName>();
  const refuse = (missing: HandlerName): number => {
    if (!warned.has(missing)) {
      warned.add(missing);
      const what = `receiveTexts has no ${missing}: what is for it is answered ESME_RX_T_APPN, so that the SMSC keeps it`;
      process.emitWarning(what, { code: "ESME_NOT_TAKEN" });
    }
    return Status.ESME_RX_T_APPN;
  };
  const hand = async (item: ReceivedText<T> | ReceivedReceipt<T>): Promise<void> => {
    if (item.kind === "text") {
      if (onText === undefined) throw new NotHandled("onText");
      await onText(item);
    } else {
      if (onReceipt === undefined) throw new NotHandled("onReceipt");
      await onReceipt(item);
    }
  };
  const take = async (pdu: TextPdu): Promise<number | undefined> => {
    // Parts of a text that nobody takes are not kept first and refused in the end.
    if (onText === undefined && !saysReceipt(pdu) && bodyOf(pdu).concat !== undefined) {
      return refuse("onText");
    }
    try {
      await incoming.read(pdu, hand);
      return undefined;
    } catch (error) {
      if (error instanceof NotHandled) return refuse(error.missing);
      throw new HandlerError(error);
    }
  };
  // What T adds to a PDU is keys like any other. A data_sm may also go out.
  const callback = async (pdu: unknown, direction: Direction = "in") =>
    direction === "in" ? take(pdu as TextPdu) : undefined;
  const callbacks = { deliver_sm: callback, data_sm: callback };
  // Not listed: setCallbacks takes commands alone.
  return Object.defineProperty(callbacks, Symbol.dispose, {
    value: () => incoming.close(),
  }) as TextCallbacks<T>;
}

/** The status that a thrown error asks for. */
function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null || !("command_status" in thrown)) {
    return undefined;
  }
  const { command_status: status } = thrown;
  const usable = typeof status === "number" && Number.isInteger(status) && status > 0;
  return usable && status <= 0xffff_ffff ? status : undefined;
}
