/** The events, states and statistics of a client. */
import type { EventEmitter } from "node:events";
import { commands, type NoVendorTlvs, type Pdu, type PduError, type VendorTlvs } from "@esme/pdu";
import type { LinkError, SessionState, SessionStats, StatusError } from "@esme/session";
import { didYouMean } from "@esme/settings";

/**
 * `CLOSED`: not connected, and no attempt to connect. `CONNECTING`: a connection is being made.
 * `RECONNECTING`: a timer runs until the next attempt. `OPEN`: connected, not bound. `BOUND_TX`,
 * `BOUND_RX`, `BOUND_TRX`: bound. `UNBOUND`: unbound, about to close (SMPP 3.4 section 2.2).
 */
export type ClientState = SessionState | "CONNECTING" | "RECONNECTING";

/** Why there is no connection, and when the next attempt is made. */
export interface ReconnectNotice {
  /** Failures in a row so far, 1 or more. */
  attempt: number;
  /** Milliseconds until the next attempt. */
  delay: number;
  /** Why there is no connection. */
  reason: Error;
}

/**
 * The events of a {@link Client}. An error that a listener throws or rejects with changes nothing else:
 * it is emitted as `error`, and one of a listener of `error` is only logged.
 */
export interface ClientEvents<in out T extends VendorTlvs = NoVendorTlvs> {
  /** Bound, for the first time or again; with the response to the bind. */
  bound: [response: Pdu<T>];
  /**
   * An established connection is closed; `reason.code` says why. With `reconnect` the client connects
   * again; without it connect() may be called in this event.
   */
  closed: [reason: LinkError];
  /** There is no connection, and another attempt follows; `reason.message` says why, for a log. */
  reconnecting: [notice: ReconnectNotice];
  /**
   * An error that the client survived: a callback or a listener failed, a PDU could not be decoded, the
   * SMSC refused the credentials. Without a listener it is only logged.
   */
  error: [error: Error];
  /** The SMSC throttles. Sending continues at `until`, on the clock of `performance.now()`. */
  throttled: [error: StatusError, until: number];
  /** A response that belongs to no request; `late` when its request had timed out. */
  stray: [response: Pdu<T>, late: boolean];
  /** A PDU of the SMSC broke a rule and was accepted all the same; see the option `codec`. */
  tolerated: [problem: PduError | LinkError];
}

/** The statistics of a {@link Client}, over all its connections. */
export interface ClientStats extends Omit<SessionStats, "state"> {
  state: ClientState;
  /** Connections made so far. */
  connects: number;
}

/** Emits an event of a client. */
export type Emit<in out T extends VendorTlvs = NoVendorTlvs> = <E extends keyof ClientEvents<T>>(
  event: E,
  ...args: ClientEvents<T>[E]
) => void;

const names: Readonly<Record<keyof ClientEvents, true>> = {
  bound: true,
  closed: true,
  reconnecting: true,
  error: true,
  throttled: true,
  stray: true,
  tolerated: true,
};

/** Refuses listeners of unknown events with a TypeError: nothing would ever call them. */
export function refuseUnknownEvents(client: EventEmitter): void {
  // EventEmitter emits this before it adds a listener, whichever of its methods was called.
  client.on("newListener", (event: string | symbol) => {
    const isKnown = typeof event !== "string" || Object.hasOwn(names, event) || own.has(event);
    if (!isKnown) throw new TypeError(`Client: no event ${event}${hintFor(event)}`);
  });
}

/** Events of EventEmitter itself. */
const own: ReadonlySet<string> = new Set(["newListener", "removeListener"]);

function hintFor(event: string): string {
  const callback = event === "pdu" ? "all_commands" : event;
  if (event === "pdu" || Object.hasOwn(commands, event)) {
    return `: PDUs go to callbacks, { ${callback}: (pdu) => ... }, or to listen()`;
  }
  const known = Object.keys(names);
  return didYouMean(event, known) || `: events are ${known.join(", ")}`;
}
