/** The options of a session, and the events and figures that it gives. */
import type { NoVendorTlvs, Pdu, PduError, VendorTlvs } from "@esme/pdu";
import type { Sequencer } from "@esme/sequencers";
import type { Callbacks } from "./callbacks.ts";
import {
  checkOptions,
  type NumberOptions,
  type NumbersOf,
  number,
  numbersOf,
  type OptionTable,
  time,
} from "./check-options.ts";
import type { LinkError, StatusError } from "./errors.ts";
import type { Role, SessionState } from "./lifecycle.ts";
import {
  queueNumbers,
  queueOptions,
  type RequestQueue,
  type RequestQueueOptions,
} from "./request-queue.ts";
import type { Counts, Stats } from "./stats.ts";
import type { Logger, LogPdus } from "./trace.ts";

const sessionNumbers = {
  /** Requests that may be in flight at one time. Default 10. */
  window: number(10, 1),
  /**
   * ESME: milliseconds for the response to a bind. SMSC: from the connection to a successful bind
   * (session_init_timer, SMPP 3.4 section 2.9). Default 30,000.
   */
  bindTimeout: time(30_000),
  /**
   * How long {@link Session.unbind} waits for what is in flight, then for unbind_resp, in
   * milliseconds; 0 as long as it takes. Default 5,000.
   */
  unbindTimeout: time(5_000),
  /** Milliseconds of silence after which the peer gets an enquire_link, again and again. Default 30,000. */
  enquireLinkInterval: time(30_000),
  /** How long after the first unanswered one it may stay silent, in milliseconds. Default 10,000. */
  enquireLinkTimeout: time(10_000),
  /** Milliseconds without a message in either direction after which the session is unbound. Default 0. */
  inactivityTimeout: time(0),
  /** Milliseconds that the rest of a PDU may take after its first octets. Default 30,000. */
  partialPduTimeout: time(30_000),
  /** The longest PDU accepted, in octets. Default 65,536. */
  maxPduLength: number(65_536, 16),
  /**
   * The longest PDU accepted before the session is bound, in octets: a peer that nobody knows gets no
   * more memory. Default 1,024: the longest bind of the standard, with a password of 64 characters,
   * has 154, the rest is for TLVs of vendors.
   */
  maxBindLength: number(1_024, 16),
  /**
   * SMSC: refused binds on one connection before it is closed, so that passwords cannot be tried
   * without end. Default 5.
   */
  maxRefusedBinds: number(5, 1),
  /** Inbound requests with the callbacks at one time. Default 100. */
  inboundConcurrency: number(100, 1),
  /**
   * Inbound requests that may wait for a callback before reading stops. Default 1,000; 1 MiB of them
   * stops it, too.
   */
  inboundBacklog: number(1_000, 1),
};

/** Settings of a {@link Session}. Times are milliseconds, 0 switches a timer off. */
export interface SessionOptions<in out T extends VendorTlvs = NoVendorTlvs>
  extends RequestQueueOptions<T>,
    NumberOptions<typeof sessionNumbers> {
  /** Which end of the link this side is. */
  role: Role;
  /** Says which session it is, in diagnostics channels. Default empty. */
  name?: string | undefined;
  /** Source of the sequence numbers of requests. Default: in memory, from `firstSequenceNumber`. */
  sequencer?: Sequencer | undefined;
  /** Where the default sequencer begins, 0 to 0x7FFFFFFF. Default 1. */
  firstSequenceNumber?: number | undefined;
  /** Sends enquire_link every `enquireLinkInterval`, also while other PDUs come. Default false. */
  enquireLinkAlways?: boolean | undefined;
  /**
   * The version of the peer, 0x33, 0x34 or 0x50, for one that says something else than it does.
   * Default: what `interface_version` of its bind, or `sc_interface_version` of its response, says.
   */
  peerVersion?: number | undefined;
  /** What is called with the PDUs of the peer and of this side, and answers requests. */
  callbacks?: Callbacks<NoInfer<T>> | undefined;
  /**
   * What becomes of a message of the peer that neither a callback nor a reader takes. `refuse`: an
   * ESME answers ESME_RX_T_APPN, so that the SMSC keeps it and tries again, an SMSC ESME_RSYSERR;
   * the logger is warned once. `accept`: ESME_ROK, and the message is gone. Default `refuse` for an
   * ESME, `accept` for an SMSC.
   */
  unhandled?: "refuse" | "accept" | undefined;
  /** Hears what the session does and survives. Default: nobody. */
  logger?: Logger | undefined;
  /**
   * Tells the logger of every PDU, at level debug: with `fields` all but addresses, ids and texts,
   * with `content` these, too; passwords never. Default `none`.
   */
  logPdus?: LogPdus | undefined;
  /**
   * A queue that outlives this session, and that several sessions may take from: waiting requests
   * stay in it when a session ends. It comes with its own codec, times and rates; those given here
   * do not count for requests then.
   */
  queue?: RequestQueue<NoInfer<T>> | undefined;
  /** With a `queue`: what becomes of requests in flight when the link dies. Default `reject`. */
  onLinkLoss?: "reject" | "resend" | undefined;
  /** Counters that outlive this session. */
  stats?: Stats | undefined;
}

/** What the options of a session may be, for {@link checkOptions}. */
export const sessionOptions = {
  ...queueOptions,
  ...sessionNumbers,
  role: { oneOf: ["esme", "smsc"] },
  name: "string",
  sequencer: "object",
  firstSequenceNumber: "number",
  enquireLinkAlways: "boolean",
  peerVersion: "number",
  callbacks: "object",
  unhandled: { oneOf: ["refuse", "accept"] },
  logger: ["object", "function"],
  logPdus: { oneOf: ["none", "fields", "content"] },
  queue: "object",
  onLinkLoss: { oneOf: ["reject", "resend"] },
  stats: "object",
} as const satisfies OptionTable<SessionOptions>;

/** The events of a {@link Session}. */
export interface SessionEvents<in out T extends VendorTlvs = NoVendorTlvs> {
  /** A bind succeeded; with the bind_*_resp (ESME) or the bind_* (SMSC) that was received. */
  bound: [pdu: Pdu<T>];
  /** unbind was exchanged; `by` says who asked. */
  unbound: [by: "us" | "peer"];
  /** The connection is over; `reason.code` says why. */
  close: [reason: LinkError];
  /** Something went wrong that the session survived: a callback threw, a PDU could not be decoded. */
  error: [error: Error];
  /**
   * A PDU of the peer broke a rule and was taken all the same: a response with a damaged body
   * (PduError), a message that this kind of bind does not get (LinkError `wrong_state`).
   */
  tolerated: [problem: PduError | LinkError];
  /** A response that no request waited for; `late` when its request had timed out. */
  stray: [pdu: Pdu<T>, late: boolean];
  /** The peer asked to slow down; `until` is when sending goes on, on the clock of `performance.now()`. */
  throttled: [error: StatusError, until: number];
}

/** What {@link Session.stats} returns. */
export interface SessionStats extends Counts {
  state: SessionState;
  /** Size of the window. */
  window: number;
  /** Requests in flight, and waiting to be written. */
  inFlight: number;
  waiting: number;
  /** Inbound requests with the callbacks, and waiting for them. */
  inboundRunning: number;
  inboundWaiting: number;
  /** Messages per second allowed at present, by configuration or by a throttling peer. */
  rate: number;
}

/** The plain values among the options, complete. */
export interface Settings extends NumbersOf<typeof queueNumbers>, NumbersOf<typeof sessionNumbers> {
  readonly enquireLinkAlways: boolean;
  readonly unhandled: "refuse" | "accept";
}

/**
 * Checks the options and fills in the defaults. Throws TypeError for an unknown option or a wrong
 * type, RangeError for a number out of range.
 */
export function settingsOf<T extends VendorTlvs>(options: SessionOptions<T>): Settings {
  checkOptions("Session", options, sessionOptions, { required: ["role"] });
  return {
    ...numbersOf(options, queueNumbers),
    ...numbersOf(options, sessionNumbers),
    enquireLinkAlways: options.enquireLinkAlways ?? false,
    unhandled: options.unhandled ?? (options.role === "esme" ? "refuse" : "accept"),
  };
}
