/** What a session can be told, and what it tells. */
import type { NoVendorTlvs, Pdu, PduError, VendorTlvs } from "@esme/pdu";
import type { Sequencer } from "@esme/sequencers";
import type { Callbacks } from "./callbacks.ts";
import type { LinkError, StatusError } from "./errors.ts";
import type { Lane, LaneOptions } from "./lane.ts";
import type { Logger } from "./logger.ts";
import { numberOption, timeOption } from "./number-option.ts";
import type { Role, SessionState } from "./states.ts";
import type { Counts, Stats } from "./stats.ts";
import type { LogPdus } from "./trace.ts";

/** Settings of a {@link Session}. Times are milliseconds, 0 switches a timer off. */
export interface SessionOptions<in out T extends VendorTlvs = NoVendorTlvs> extends LaneOptions<T> {
  /** Which end of the link this side is. */
  role: Role;
  /** Says which session it is, in diagnostics channels. Default empty. */
  name?: string | undefined;
  /** Source of the sequence numbers of requests. Default: in memory, from `firstSequenceNumber`. */
  sequencer?: Sequencer | undefined;
  /** Where the default sequencer begins, 0 to 0x7FFFFFFF. Default 1. */
  firstSequenceNumber?: number | undefined;
  /** Requests that may be in flight at one time. Default 10. */
  window?: number | undefined;
  /**
   * ESME: time for the response to a bind. SMSC: time from the connection to a successful bind
   * (session_init_timer, SMPP 3.4 section 2.9). Default 30,000.
   */
  bindTimeout?: number | undefined;
  /**
   * How long {@link Session.unbind} waits for what is in flight, then for unbind_resp; 0 as long as
   * it takes. Default 5,000.
   */
  unbindTimeout?: number | undefined;
  /** Silence after which the peer gets an enquire_link, again and again. Default 30,000. */
  enquireLinkInterval?: number | undefined;
  /** Sends it every `enquireLinkInterval`, also while other PDUs come. Default false. */
  enquireLinkAlways?: boolean | undefined;
  /** How long after the first unanswered one it may stay silent. Default 10,000. */
  enquireLinkTimeout?: number | undefined;
  /** Time without a message in either direction after which the session is unbound. Default 0. */
  inactivityTimeout?: number | undefined;
  /** How long the rest of a PDU may take after its first octets. Default 30,000. */
  partialPduTimeout?: number | undefined;
  /** The longest PDU accepted, in octets. Default 65,536. */
  maxPduLength?: number | undefined;
  /** Inbound requests with the callbacks at one time. Default 100. */
  inboundConcurrency?: number | undefined;
  /** Inbound requests that may wait for a callback before reading stops. Default 1,000. */
  inboundBacklog?: number | undefined;
  /**
   * The version of the peer, 0x33, 0x34 or 0x50, for one that says something else than it does.
   * Default: what `interface_version` of its bind, or `sc_interface_version` of its response, says.
   */
  peerVersion?: number | undefined;
  callbacks?: Callbacks<NoInfer<T>> | undefined;
  /**
   * What becomes of a message of the peer that neither a callback nor a reader takes. `refuse`: an
   * ESME answers ESME_RX_T_APPN, so that the SMSC keeps it and tries again, an SMSC ESME_RSYSERR;
   * the logger is warned once. `accept`: ESME_ROK, and the message is gone. Default `refuse` for an
   * ESME, `accept` for an SMSC.
   */
  unhandled?: "refuse" | "accept" | undefined;
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
  lane?: Lane<NoInfer<T>> | undefined;
  /** With a `lane`: what becomes of requests in flight when the link dies. Default `reject`. */
  onLinkLoss?: "reject" | "resend" | undefined;
  /** Counters that outlive this session. */
  stats?: Stats | undefined;
}

/** What a {@link Session} tells its listeners. */
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

/** What {@link Session.stats} tells. */
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

/** Requests that may be in flight when nothing else is said. */
export const DEFAULT_WINDOW = 10;

/** The plain values among the options, complete. */
export interface Settings extends Numbers {
  readonly enquireLinkAlways: boolean;
  readonly unhandled: "refuse" | "accept";
}

interface Numbers {
  readonly window: number;
  readonly requestTimeout: number;
  readonly bindTimeout: number;
  readonly unbindTimeout: number;
  readonly enquireLinkInterval: number;
  readonly enquireLinkTimeout: number;
  readonly inactivityTimeout: number;
  readonly partialPduTimeout: number;
  readonly maxPduLength: number;
  readonly inboundConcurrency: number;
  readonly inboundBacklog: number;
}

/** Checks the numbers and fills in the defaults. Throws RangeError, which names what is wrong. */
export function settingsOf(
  options: { role: Role } & {
    [K in keyof Settings]?: Settings[K] | undefined;
  },
): Settings {
  const number = (name: keyof Numbers, fallback: number, least = 0) =>
    numberOption(name, options[name], fallback, least);
  const time = (name: keyof Numbers, fallback: number) => timeOption(name, options[name], fallback);
  return {
    enquireLinkAlways: options.enquireLinkAlways ?? false,
    unhandled: options.unhandled ?? (options.role === "esme" ? "refuse" : "accept"),
    window: number("window", DEFAULT_WINDOW, 1),
    requestTimeout: time("requestTimeout", 30_000),
    bindTimeout: time("bindTimeout", 30_000),
    unbindTimeout: time("unbindTimeout", 5_000),
    enquireLinkInterval: time("enquireLinkInterval", 30_000),
    enquireLinkTimeout: time("enquireLinkTimeout", 10_000),
    inactivityTimeout: time("inactivityTimeout", 0),
    partialPduTimeout: time("partialPduTimeout", 30_000),
    maxPduLength: number("maxPduLength", 65_536, 16),
    inboundConcurrency: number("inboundConcurrency", 100, 1),
    inboundBacklog: number("inboundBacklog", 1_000, 1),
  };
}
