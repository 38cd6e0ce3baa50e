/** The states of a session, the operation matrix, and where one session stands: what either side may send. */
import { type CommandName, commands, type Pdu, Status } from "@esme/pdu";
import { LinkError } from "./errors.ts";
import { isWithoutTlvs, refusalOfTlvs, versionIn, withoutTlvs } from "./version.ts";

/** Which end of the link this side is. */
export type Role = "esme" | "smsc";

/** A state in which messages flow: bound as transmitter, as receiver, as transceiver. */
export type BoundState = "BOUND_TX" | "BOUND_RX" | "BOUND_TRX";

/**
 * `OPEN`: connected, not bound. Then one of the {@link BoundState}s. `UNBOUND`: unbind was exchanged,
 * the connection is about to end. `CLOSED`: it ended. (SMPP 3.4 section 2.2, 5.0 section 2.3.)
 */
export type SessionState = "OPEN" | BoundState | "UNBOUND" | "CLOSED";

/** The commands that make a session bound. */
export type BindCommand = "bind_transmitter" | "bind_receiver" | "bind_transceiver";

const stateByBind: ReadonlyMap<CommandName, BoundState> = new Map<BindCommand, BoundState>([
  ["bind_transmitter", "BOUND_TX"],
  ["bind_receiver", "BOUND_RX"],
  ["bind_transceiver", "BOUND_TRX"],
]);

/** The state that a successful bind leads to; undefined for any other command. */
export function stateBoundBy(command: CommandName): BoundState | undefined {
  return stateByBind.get(command);
}

/** Allowed before a bind, too: SMPP 5.0 section 2.4 says so, and 3.4 peers do it as well. */
const unboundToo: ReadonlySet<CommandName> = new Set<CommandName>([
  "enquire_link",
  "enquire_link_resp",
  "generic_nack",
  "unbind",
]);

/** Whether `role` may send `command` in this state (operation matrix, SMPP 3.4 section 2.3). */
export function mayIssue(role: Role, state: SessionState, command: CommandName): boolean {
  if (state === "UNBOUND" || state === "CLOSED") return false;
  const states: readonly SessionState[] = commands[command].issuers[role];
  return states.includes(state) || unboundToo.has(command);
}

/** Whether an ESME that bound with `bind` may send `command`: for a request that waits for the next bind. */
export function mayIssueAfter(bind: BindCommand, command: CommandName): boolean {
  const state = stateBoundBy(bind);
  return state !== undefined && mayIssue("esme", state, command);
}

/** Whether `role` may send `command` in any state at all. */
export function mayEverIssue(role: Role, command: CommandName): boolean {
  return commands[command].issuers[role].length > 0;
}

const messageCommands: ReadonlySet<string> = new Set<CommandName>([
  "submit_sm",
  "submit_multi",
  "data_sm",
  "deliver_sm",
  "broadcast_sm",
]);

/** Whether a command brings a message, rather than asks about one. */
export function carriesMessage(command: string): boolean {
  return messageCommands.has(command);
}

/** What SMSCs push down any link that is bound, whichever way it is bound. */
const PUSHED: ReadonlySet<string> = new Set(["deliver_sm", "data_sm", "alert_notification"]);

/**
 * The state of one session, which only ever goes forward: OPEN, bound, UNBOUND, CLOSED; and the
 * versions of its two sides. Whether a PDU may be sent, or may come, is decided here alone.
 */
export class Lifecycle {
  readonly role: Role;
  readonly #peer: Role;
  readonly #assumedVersion: number | undefined;
  #state: SessionState = "OPEN";
  #leaving = false;
  /** Why the session is about to end: the SMSC lost its bind. */
  #lost: LinkError | undefined = undefined;
  #version: number | undefined = undefined;
  #peerVersion: number | undefined = undefined;
  /**
   * Whether one side speaks 3.3 or less. A response to a bind without sc_interface_version says
   * nothing here, though the standard takes it for 3.3: many SMSCs of 3.4 leave it out.
   */
  #lacksTlvs = false;
  /** The peer's bind that is not answered yet. */
  #binding: Pdu | undefined = undefined;

  /** `assumedVersion` is believed instead of what the peer says. */
  constructor(role: Role, assumedVersion?: number) {
    this.role = role;
    this.#peer = role === "esme" ? "smsc" : "esme";
    this.#assumedVersion = assumedVersion;
    this.#compareVersions();
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Whether messages flow. */
  get isBound(): boolean {
    const state = this.#state;
    return state === "BOUND_TRX" || state === "BOUND_TX" || state === "BOUND_RX";
  }

  /** Whether this side takes no new requests, because it is about to unbind. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  leave(): void {
    this.#leaving = true;
  }

  /** Whether it ends as soon as what is under way is done. */
  get isEnding(): boolean {
    return this.#leaving || this.#lost !== undefined;
  }

  /** Why the SMSC lost the bind; undefined: it did not. */
  get lost(): LinkError | undefined {
    return this.#lost;
  }

  /** False: it was lost already. */
  lose(reason: LinkError): boolean {
    if (this.#lost !== undefined) return false;
    this.#lost = reason;
    return true;
  }

  /** `interface_version` or `sc_interface_version` of the peer; undefined when it did not say. */
  get peerVersion(): number | undefined {
    return this.#assumedVersion ?? this.#peerVersion;
  }

  /** A bind, or its response, of this side. */
  say(pdu: object): void {
    this.#version = versionIn(pdu);
    this.#compareVersions();
  }

  /** A bind, or its response, of the peer. */
  hear(pdu: object): void {
    this.#peerVersion = versionIn(pdu);
    this.#compareVersions();
  }

  /** False: it was no state to bind in. */
  bind(state: BoundState): boolean {
    if (this.#state !== "OPEN") return false;
    this.#state = state;
    return true;
  }

  /** The peer asked to bind; another bind is refused until this one is answered. */
  beginBind(pdu: Pdu): void {
    this.#binding = pdu;
  }

  /** A request was dealt with; it may be that bind. */
  endBind(pdu: Pdu): void {
    if (pdu === this.#binding) this.#binding = undefined;
  }

  /** False: that was over already. */
  unbind(): boolean {
    if (this.#state === "CLOSED" || this.#state === "UNBOUND") return false;
    this.#state = "UNBOUND";
    return true;
  }

  /** False: it was closed already. */
  close(): boolean {
    if (this.#state === "CLOSED") return false;
    this.#state = "CLOSED";
    return true;
  }

  /** Throws LinkError when this side takes no new `command` to send. */
  checkSending(command: CommandName | "unknown"): void {
    const refusal = this.refusalOfSending(command);
    if (refusal !== undefined) throw refusal;
    if (this.#leaving) throw beingUnbound(command);
  }

  /**
   * Whether requests that wait in a queue may leave now. A session that is about to unbind leaves
   * those of a shared queue to the others.
   */
  mayTakeFrom(queue: { readonly isShared: boolean }): boolean {
    if (!this.isBound || this.#lost !== undefined) return false;
    return !(this.#leaving && queue.isShared);
  }

  /**
   * Why this side may not write `command` now: its role or the state forbid it or, with the frame,
   * the version. Undefined: it may.
   */
  refusalOfSending(command: CommandName | "unknown", frame?: Uint8Array): LinkError | undefined {
    const state = this.#state;
    // Most are allowed: asked twice for each message.
    if (command !== "unknown" && mayIssue(this.role, state, command)) {
      if (frame === undefined || !this.#lacksTlvs) return undefined;
      return refusalOfTlvs(this.role, command, frame);
    }
    if (state === "CLOSED") {
      return new LinkError("closed", `${command} was not sent: the session is closed`);
    }
    if (state === "UNBOUND") return beingUnbound(command);
    if (command === "unknown") return undefined;
    const why = mayEverIssue(this.role, command)
      ? `not allowed in state ${state}, allowed in ${commands[command].issuers[this.role].join(", ")}`
      : `an ${this.role.toUpperCase()} never sends it`;
    return new LinkError("wrong_state", `${command} was not sent: ${why}`);
  }

  /** A frame of this side as the peer may get it: without TLVs, if it does not know them. */
  fit(frame: Uint8Array): Uint8Array {
    return this.#lacksTlvs ? withoutTlvs(frame) : frame;
  }

  #compareVersions(): void {
    this.#lacksTlvs = isWithoutTlvs(this.#version) || isWithoutTlvs(this.peerVersion);
  }

  /** The command_status for a request of the peer that may not come now (SMPP 3.4 section 2.3). */
  refusalOf(command: Pdu["command"]): number | undefined {
    if (command === "unknown") return Status.ESME_RINVCMDID;
    const isBind = stateBoundBy(command) !== undefined;
    if (isBind && this.#binding !== undefined) return Status.ESME_RALYBND;
    if (mayIssue(this.#peer, this.#state, command)) return undefined;
    if (!mayEverIssue(this.#peer, command)) return Status.ESME_RINVCMDID;
    return isBind ? Status.ESME_RALYBND : Status.ESME_RINVBNDSTS;
  }

  /** Whether a request that {@link refusalOf} refuses is taken by an ESME: refused, it would be lost. */
  tolerates(command: Pdu["command"]): boolean {
    return this.role === "esme" && this.isBound && PUSHED.has(command);
  }
}

function beingUnbound(command: string): LinkError {
  return new LinkError("unbound", `${command} was not sent: the session is being unbound`);
}
