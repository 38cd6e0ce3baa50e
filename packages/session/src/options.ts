/** Every option of sessions and queues in one table: names, types, defaults and limits. */
import type { Codec, NoVendorTlvs, VendorTlvs } from "@esme/pdu";
import {
  checkOptions,
  type NumberOptions,
  type NumbersOf,
  number,
  numbersOf,
  type OptionRow,
  type OptionTable,
  oneOf,
  time,
} from "@esme/settings";
import type { LinkError } from "./errors.ts";

const queueNumbers = {
  /**
   * Time for a response in milliseconds, from the writing of the request; 0 for ever. Default 30,000.
   */
  requestTimeout: time(30_000),
  /** Milliseconds until a request must be written; 0 for ever, the default. */
  waitTimeout: time(0),
  /** Requests that may wait to be written; one more rejects with LinkError `queue_full`. Default Infinity. */
  maxWaiting: number(Number.POSITIVE_INFINITY),
  /** Messages written per second; requests that only ask about one do not count. Default Infinity. */
  maxPerSecond: number(Number.POSITIVE_INFINITY, 0.001),
  /**
   * First pause after a throttling answer, in milliseconds; it doubles while the peer keeps refusing.
   * Default 1,000.
   */
  throttlePause: number(1_000, 1),
  /** Longest such pause, in milliseconds. Default 30,000. */
  maxThrottlePause: number(30_000, 1),
  /**
   * The longest PDU written, in octets. Default 65,536. A longer one is refused with PduError
   * `too_long` before anything is written: a peer would not trust its length, and would hang up.
   */
  maxOutboundPduLength: number(65_536, 16),
};

const sessionNumbers = {
  /** Requests that may be in flight at one time. Default 10. */
  window: number(10, 1),
  /**
   * Places of the window that only requests with `priority` take; one is left for the others. Default 0.
   */
  priorityWindow: number(0),
  /**
   * ESME: milliseconds for the response to a bind. SMSC: from the connection to a successful bind
   * (session_init_timer, SMPP 3.4 section 2.9). Default 30,000.
   */
  bindTimeout: time(30_000),
  /**
   * How long {@link Session.unbind} waits for requests in flight, then for unbind_resp, in
   * milliseconds; 0 without limit. Default 5,000.
   */
  unbindTimeout: time(5_000),
  /** Milliseconds of silence after which the peer gets an enquire_link, again and again. Default 30,000. */
  enquireLinkInterval: time(30_000),
  /**
   * How long the peer may send nothing after the first unanswered enquire_link, in milliseconds.
   * Default 10,000.
   */
  enquireLinkTimeout: time(10_000),
  /**
   * Milliseconds without any PDU but enquire_link, after which the session is unbound. Default 0:
   * never.
   */
  inactivityTimeout: time(0),
  /** Milliseconds for the rest of a PDU after its first octets. Default 30,000. */
  partialPduTimeout: time(30_000),
  /** The longest PDU accepted, in octets. Default 65,536. */
  maxPduLength: number(65_536, 16),
  /**
   * The longest PDU accepted before the session is bound, in octets: an unknown peer gets no more
   * memory. Default 1,024: the longest bind of the standard, with a password of 64 characters, has
   * 154, the rest is for TLVs of vendors.
   */
  maxBindLength: number(1_024, 16),
  /**
   * SMSC: refused binds on one connection before it is closed, so that nobody can try passwords
   * without end. Default 5.
   */
  maxRefusedBinds: number(5, 1),
  /** Received requests that callbacks work on at one time. Default 100. */
  inboundConcurrency: number(100, 1),
  /**
   * Received requests that may wait for a callback before reading stops. Default 1,000; 1 MiB of them
   * stops it, too.
   */
  inboundBacklog: number(1_000, 1),
};

const plainOptions = {
  /** Which end of the link this side is. */
  role: oneOf("esme", "smsc"),
  /** Names the session in diagnostics channels. Default empty. */
  name: "string",
  /** The first number of the default sequencer, 0 to 0x7FFFFFFF. Default 1. */
  firstSequenceNumber: "number",
  /** Sends enquire_link every `enquireLinkInterval`, also while other PDUs come. Default false. */
  enquireLinkAlways: "boolean",
  /**
   * The version of the peer, 0x33, 0x34 or 0x50, for a peer that states a wrong one. Default: what
   * `interface_version` of its bind, or `sc_interface_version` of its response, states.
   */
  peerVersion: "number",
  /**
   * What happens to a message of the peer that neither a callback nor a reader takes. `refuse`: an
   * ESME answers ESME_RX_T_APPN, so that the SMSC keeps it and tries again, an SMSC ESME_RSYSERR;
   * the logger gets one warning. `accept`: ESME_ROK, and the message is gone. Default `refuse` for
   * an ESME, `accept` for an SMSC.
   */
  unhandled: oneOf("refuse", "accept"),
  /**
   * Logs every PDU, at level debug: `fields` without addresses, ids and texts, `content` with them;
   * passwords never. Default `none`.
   */
  logPdus: oneOf("none", "fields", "content"),
  /** With a `queue`: what happens to requests in flight when the link is lost. Default `reject`. */
  onLinkLoss: oneOf("reject", "resend"),
} as const;

/** What the options of a queue may be, for {@link checkOptions}. */
const queueOptions = { ...queueNumbers, codec: "object", throttleStatuses: "array" } as const;

/**
 * What the options of a session may be, for `checkOptions`; for a package with options of its own
 * beside them, as `@esme/client`.
 */
export const sessionOptions = {
  ...queueOptions,
  ...sessionNumbers,
  ...plainOptions,
  sequencer: "object",
  callbacks: "object",
  logger: ["object", "function"],
  queue: "object",
  mayWrite: "function",
  stats: "object",
} as const;

/** The type of a plain option, as its row has it. */
type ValueOf<Row> = Row extends "string"
  ? string
  : Row extends "number"
    ? number
    : Row extends "boolean"
      ? boolean
      : Row extends OptionRow<infer Value>
        ? Value
        : never;

/** Options that are plain values of a session; each keeps its doc comment. */
export type SessionValues = NumberOptions<typeof sessionNumbers> & {
  -readonly [K in keyof typeof plainOptions]?: ValueOf<(typeof plainOptions)[K]> | undefined;
};

/** Options of a {@link RequestQueue}. Times are milliseconds. */
export interface RequestQueueOptions<in out T extends VendorTlvs = NoVendorTlvs>
  extends NumberOptions<typeof queueNumbers> {
  /** Default: the codec of the standard, without vendor TLVs. */
  codec?: Codec<T> | undefined;
  /**
   * The command_status values of responses that mean "slow down": such requests are sent again,
   * later, in their order. Default: none for a session, so that they reject with StatusError;
   * ESME_RTHROTTLED and ESME_RMSGQFUL for a client.
   */
  throttleStatuses?: readonly number[] | undefined;
}

/** Those options of a session or client that a {@link RequestQueue} takes. */
export function requestQueueOptionsOf<T extends VendorTlvs = NoVendorTlvs>(
  options: RequestQueueOptions<T>,
): RequestQueueOptions<T> {
  const own = Object.entries(options).filter(([name]) => Object.hasOwn(queueOptions, name));
  return Object.fromEntries(own); // options of a queue are optional, and these keep their types
}

/** The numbers of a queue, complete. */
export type QueueSettings = NumbersOf<typeof queueNumbers>;

/** The plain values of a session, as far as more than its constructor reads them, complete. */
export interface Settings extends QueueSettings, NumbersOf<typeof sessionNumbers> {
  readonly enquireLinkAlways: boolean;
  readonly unhandled: "refuse" | "accept";
}

/**
 * Checks the options and fills in the defaults. Throws TypeError for an unknown option or a wrong
 * type, RangeError for a number out of range.
 */
export function queueSettingsOf<T extends VendorTlvs>(
  options: RequestQueueOptions<T>,
): QueueSettings {
  checkOptions("RequestQueue", options, queueOptions);
  return numbersOf(options, queueNumbers);
}

/** The same for a session. */
export function settingsOf<T extends VendorTlvs>(
  options: RequestQueueOptions<T> & SessionValues,
): Settings {
  checkOptions("Session", options, sessionOptions, { required: ["role"] });
  return {
    ...numbersOf(options, queueNumbers),
    ...numbersOf(options, sessionNumbers),
    enquireLinkAlways: options.enquireLinkAlways ?? false,
    unhandled: options.unhandled ?? (options.role === "esme" ? "refuse" : "accept"),
  };
}

/** How long to wait for one request, and what stops it. */
export interface RequestOptions {
  /**
   * Milliseconds to wait for the response, counted from the moment the request is written.
   * Default: the session's `requestTimeout`; 0 waits for ever.
   */
  timeout?: number | undefined;
  /**
   * Milliseconds to wait for a place in the window, for the rate limit, for a throttling peer or
   * for the link to come back. Default: the session's `waitTimeout`; 0 waits for ever.
   */
  waitTimeout?: number | undefined;
  /**
   * Stops the waiting: the promise rejects with AbortError at once. A request not written yet is
   * taken back; for one already written the place in the window stays taken until the peer's
   * answer or its timeout.
   */
  signal?: AbortSignal | undefined;
  /**
   * Puts the request before all that wait without: for what somebody waits for, as a one-time password.
   * Among themselves such requests keep their order. Default false.
   */
  priority?: boolean | undefined;
  /**
   * With a `queue`: asked when the link is lost with this request in flight. `resend` puts it back into
   * its place in the queue, `reject` rejects it with the error, whose `written` says whether the peer
   * may have acted on it. What it throws is reported, and the request rejected. Default: the session's
   * `onLinkLoss`.
   */
  onLinkLoss?: ((error: LinkError) => LinkLossAnswer) | undefined;
}

/** What happens to a request that is in flight when the link is lost. */
export type LinkLossAnswer = "reject" | "resend";

const requestOptions = {
  timeout: time(0),
  waitTimeout: time(0),
  signal: "object",
  priority: "boolean",
  onLinkLoss: "function",
} as const satisfies OptionTable<RequestOptions>;

/** How long one request may take, in milliseconds; 0 for ever. */
export interface RequestTimes {
  /** For the response. */
  readonly timeout: number;
  /** Until it must be written. */
  readonly waitTimeout: number;
}

/**
 * The times of one request, its own or these defaults. Throws TypeError for an unknown option or a
 * wrong type, RangeError for a number out of range.
 */
export function timesOf(
  command: string,
  options: RequestOptions | undefined,
  defaults: RequestTimes,
): RequestTimes {
  if (options === undefined) return defaults;
  checkOptions(command, options, requestOptions);
  const { timeout = defaults.timeout, waitTimeout = defaults.waitTimeout } = options;
  return { timeout, waitTimeout };
}
