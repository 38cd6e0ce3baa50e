/** Callbacks that receive texts and receipts: they join parts and decode. */
import { type NoVendorTlvs, type PduOf, SmppError, Status, type VendorTlvs } from "@esme/pdu";
import { asError, type Direction } from "@esme/session";
import type { OptionTable } from "@esme/settings";
import {
  bodyOf,
  isReceipt,
  type ReceivedReceipt,
  type ReceivedText,
  type TextPdu,
} from "./received.ts";
import { TextReader, type TextReaderOptions, textReaderOptions } from "./text-reader.ts";

/** The options of {@link receiveTexts}. At least one of `onText` and `onReceipt` must be given. */
export interface ReceiveTextsOptions<T extends VendorTlvs = NoVendorTlvs>
  extends TextReaderOptions<T> {
  /**
   * Called with each complete text. The SMSC is answered when the promise resolves: store the text first,
   * and none is lost. After an error the answer is ESME_RX_T_APPN, so that the SMSC delivers the text again
   * (of a long text the last part), or the `command_status` of the error.
   *
   * Without it the answer to a text is ESME_RX_T_APPN, so that the SMSC keeps it, with a warning of the
   * process the first time. `() => {}` accepts texts and drops them.
   */
  onText?: ((text: ReceivedText<T>) => unknown) | undefined;
  /** Called with each receipt. Otherwise like `onText`. */
  onReceipt?: ((receipt: ReceivedReceipt<T>) => unknown) | undefined;
}

/**
 * The callbacks of a client that receives texts, for `new Client({ callbacks })` or `setCallbacks`; other
 * callbacks may stand beside them. `[Symbol.dispose]()` drops incomplete messages, with `onIncomplete`.
 */
export interface TextCallbacks<T extends VendorTlvs = NoVendorTlvs> extends Disposable {
  /** Resolves with the `command_status` to answer, or undefined for ESME_ROK. */
  deliver_sm: (pdu: PduOf<"deliver_sm", T>, direction?: Direction) => Promise<number | undefined>;
  /** The same. It ignores a data_sm of this side. */
  data_sm: (pdu: PduOf<"data_sm", T>, direction?: Direction) => Promise<number | undefined>;
}

/** A text or receipt was not handled. `cause` is the error, `command_status` the answer to the SMSC. */
class HandlerError extends SmppError {
  override readonly name = "HandlerError";
  readonly command_status: number;

  constructor(cause: unknown) {
    const { message } = asError(cause);
    super("handler_failed", `a text or receipt was not handled: ${message}`, { cause });
    this.command_status = statusOf(cause) ?? Status.ESME_RX_T_APPN;
  }
}

type HandlerName = "onText" | "onReceipt";

/** Thrown and caught in this file: there is no handler for the text or receipt. */
class NotHandled extends Error {
  readonly missing: HandlerName;

  constructor(missing: HandlerName) {
    super(missing);
    this.missing = missing;
  }
}

const receiveOptions = {
  ...textReaderOptions,
  onText: "function",
  onReceipt: "function",
} as const satisfies OptionTable<ReceiveTextsOptions>;

/**
 * Callbacks for deliver_sm and data_sm that call `onText` with texts and `onReceipt` with receipts. They
 * join the parts of long texts in any order, decode texts, read the fields of receipts, and give the
 * PDUs too.
 *
 * A part is answered when it is stored, the last part when `onText` accepted the text. A part that is
 * received twice counts once. Messages whose other parts never come are given to `onIncomplete`.
 *
 * Throws TypeError for an unknown option, a wrong type, and without both handlers; RangeError for a
 * number out of its limits.
 */
export function receiveTexts<T extends VendorTlvs = NoVendorTlvs>(
  options: ReceiveTextsOptions<T>,
): TextCallbacks<T> {
  const reader = new TextReader<T>("receiveTexts", options, receiveOptions);
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
      const what = `receiveTexts has no ${missing}: the answer is ESME_RX_T_APPN, so that the SMSC keeps the message`;
      process.emitWarning(what, { code: "ESME_NOT_TAKEN" });
    }
    return Status.ESME_RX_T_APPN;
  };
  const handle = async (item: ReceivedText<T> | ReceivedReceipt<T>): Promise<void> => {
    if (item.kind === "text") {
      if (onText === undefined) throw new NotHandled("onText");
      await onText(item);
    } else {
      if (onReceipt === undefined) throw new NotHandled("onReceipt");
      await onReceipt(item);
    }
  };
  const receive = async (pdu: TextPdu): Promise<number | undefined> => {
    // Without a handler refuse the first part already, not only the last one.
    if (onText === undefined && !isReceipt(pdu) && bodyOf(pdu).concat !== undefined) {
      return refuse("onText");
    }
    try {
      await reader.read(pdu, handle);
      return undefined;
    } catch (error) {
      if (error instanceof NotHandled) return refuse(error.missing);
      throw new HandlerError(error);
    }
  };
  // The types of the TLVs of T do not matter in here. A data_sm of this side is `out`.
  const callback = async (pdu: unknown, direction: Direction = "in") =>
    direction === "in" ? receive(pdu as TextPdu) : undefined;
  const callbacks = { deliver_sm: callback, data_sm: callback };
  // Not enumerable: setCallbacks accepts names of commands only.
  return Object.defineProperty(callbacks, Symbol.dispose, {
    value: () => reader.close(),
  }) as TextCallbacks<T>;
}

/** The `command_status` of a thrown error. */
function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null || !("command_status" in thrown)) {
    return undefined;
  }
  const { command_status: status } = thrown;
  const isStatus = typeof status === "number" && Number.isInteger(status) && status > 0;
  return isStatus && status <= 0xffff_ffff ? status : undefined;
}
