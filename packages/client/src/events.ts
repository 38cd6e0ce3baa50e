/** What a client tells: its states, its events, its statistics. */
import type { EventEmitter } from "node:events";
import {
  commands,
  type NoVendorTlvs,
  nearestName,
  type Pdu,
  type PduError,
  type VendorTlvs,
} from "@esme/pdu";
import type { LinkError, SessionState, SessionStats, StatusError } from "@esme/session";

/**
 * `CLOSED`: not connected, nothing is coming. `CONNECTING`: on the way to a connection. `RECONNECTING`:
 * waiting before the next attempt. `OPEN`: connected, not bound. `BOUND_TX`, `BOUND_RX`, `BOUND_TRX`.
 * `UNBOUND`: about to close (SMPP 3.4 section 2.2).
 */
export type ClientState = SessionState | "CONNECTING" | "RECONNECTING";

/** What comes before an attempt to come back. */
export interface ReconnectNotice {
  /** Failures in a row so far. */
  attempt: number;
  /** Milliseconds until the next attempt. */
  delay: number;
  /** Why there is no link. */
  reason: Error;
}

/**
 * What a {@link Client} tells its listeners. What a listener throws, or rejects with, is reported as
 * `error`, of a listener of `error` to the logger alone, and changes nothing else.
 */
export interface ClientEvents<in out T extends VendorTlvs = NoVendorTlvs> {
  /** Bound, for the first time or again; with the response to the bind. */
  bound: [response: Pdu<T>];
  /**
   * An established connection ended; `reason.code` says why. With `reconnect` it comes back; without,
   * connect() may be called here and now.
   */
  closed: [reason: LinkError];
  /** There is no link, and a next attempt is coming; `reason.message` says why, for a log. */
  reconnecting: [notice: ReconnectNotice];
  /**
   * Something went wrong that the client survived: a callback or a listener failed, a PDU could not
   * be decoded, the SMSC refuses the credentials. Without a listener it is only logged.
   */
  error: [error: Error];
  /** The SMSC asks to slow down; sending goes on at `until`, on the clock of `performance.now()`. */
  throttled: [error: StatusError, until: number];
  /** A response that no request waited for; `late` when its request had timed out. */
  stray: [response: Pdu<T>, late: boolean];
  /** A PDU of the SMSC broke a rule and was taken all the same; see the option `codec`. */
  tolerated: [problem: PduError | LinkError];
}

/** What `Client.stats` tells. */
export interface ClientStats extends Omit<SessionStats, "state"> {
  state: ClientState;
  /** Connections made so far. */
  connects: number;
}

/** Tells a listener, in the manner of EventEmitter. */
export type Tell<in out T extends VendorTlvs = NoVendorTlvs> = <E extends keyof ClientEvents<T>>(
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

/** Refuses listeners of events that are never told, with a TypeError: they would wait for ever. */
export function refuseUnknownEvents(client: EventEmitter): void {
  // EventEmitter tells this before it adds a listener, whichever of its methods was called.
  client.on("newListener", (event: string | symbol) => {
    const isTold = typeof event !== "string" || Object.hasOwn(names, event) || own.has(event);
    if (!isTold) throw new TypeError(`Client: no event ${event}${hintFor(event)}`);
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
  const nearest = nearestName(event, known);
  return nearest === undefined ? `: events are ${known.join(", ")}` : `, did you mean ${nearest}?`;
}
