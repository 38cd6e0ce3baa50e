/** Where a session stands, and what either side may send then: "may this be sent" is decided here alone. */
import { type CommandName, commands, type Pdu, Status } from "@esme/pdu";
import { LinkError } from "./errors.ts";
import { tlvNamesOf, withoutTlvs } from "./frame.ts";

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

/** Allowed before a bind, too: SMPP 5.0 section 2.4 allows it, and peers of 3.4 do it, too. */
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

const names = Object.keys(commands) as CommandName[]; // the keys of that table

/** What `role` may send in this state. */
function allowedIn(role: Role, state: SessionState): ReadonlySet<string> {
  return new Set(names.filter((command) => mayIssue(role, state, command)));
}

/** Whether an ESME that bound with `bind` may send `command`: for a request that waits for the next bind. */
export function mayIssueAfter(bind: BindCommand, command: CommandName): boolean {
  const state = stateBoundBy(bind);
  return state !== undefined && mayIssue("esme", state, command);
}

/** Whether `role` may send `command` in any state at all. */
function mayEverIssue(role: Role, command: CommandName): boolean {
  return commands[command].issuers[role].length > 0;
}

/** Commands that carry a message, rather than ask about one. */
export const messageCommands: ReadonlySet<string> = new Set<CommandName>([
  "submit_sm",
  "submit_multi",
  "data_sm",
  "deliver_sm",
  "broadcast_sm",
]);

/** What some SMSCs send over any bound link, also to a transmitter. */
const PUSHED: ReadonlySet<string> = new Set(["deliver_sm", "data_sm", "alert_notification"]);

/**
 * The state of one session, which only ever goes forward: OPEN, bound, UNBOUND, CLOSED; and the
 * versions of its two sides.
 */
export class Lifecycle {
  readonly role: Role;
  readonly #peer: Role;
  readonly #givenPeerVersion: number | undefined;
  #state: SessionState = "OPEN";
  /** What this side may send in this state: asked twice for each message. */
  #allowed: ReadonlySet<string>;
  #isUnbinding = false;
  #bindLost: LinkError | undefined = undefined;
  #version: number | undefined = undefined;
  #peerVersion: number | undefined = undefined;
  /**
   * Whether one side has version 3.3 or less. A response to a bind without sc_interface_version does
   * not count, though the standard takes it for 3.3: many SMSCs of 3.4 leave it out.
   */
  #lacksTlvs = false;
  /** The peer's bind that is not answered yet. */
  #pendingBind: Pdu | undefined = undefined;

  /** `peerVersion` counts instead of what the peer states. */
  constructor(role: Role, peerVersion?: number) {
    this.role = role;
    this.#peer = role === "esme" ? "smsc" : "esme";
    this.#givenPeerVersion = peerVersion;
    this.#allowed = allowedIn(role, "OPEN");
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

  /** This side takes no new requests from here on, because it is about to unbind. */
  startUnbinding(): void {
    this.#isUnbinding = true;
  }

  /** Whether the session ends as soon as what is under way is done. */
  get isEnding(): boolean {
    return this.#isUnbinding || this.#bindLost !== undefined;
  }

  /** Why the session counts as not bound for the SMSC; undefined: it does not. */
  get bindLost(): LinkError | undefined {
    return this.#bindLost;
  }

  /** The SMSC answers as if this session were not bound; the first reason counts. */
  loseBind(reason: LinkError): void {
    this.#bindLost ??= reason;
  }

  /** `interface_version` or `sc_interface_version` of the peer; undefined when it did not state it. */
  get peerVersion(): number | undefined {
    return this.#givenPeerVersion ?? this.#peerVersion;
  }

  /** Takes the version of this side from its bind, or from its response to one. */
  noteVersion(pdu: object): void {
    this.#version = versionIn(pdu);
    this.#compareVersions();
  }

  /** Takes the version of the peer from its bind, or from its response to one. */
  notePeerVersion(pdu: object): void {
    this.#peerVersion = versionIn(pdu);
    this.#compareVersions();
  }

  /** False: it was no state to bind in. */
  bind(state: BoundState): boolean {
    if (this.#state !== "OPEN") return false;
    this.#moveTo(state);
    return true;
  }

  /** The peer asked to bind; another bind is refused until this one is answered. */
  beginBind(pdu: Pdu): void {
    this.#pendingBind = pdu;
  }

  /** A request of the peer is done; it may be that bind. */
  endBind(pdu: Pdu): void {
    if (pdu === this.#pendingBind) this.#pendingBind = undefined;
  }

  /** False: it was unbound or closed already. */
  unbind(): boolean {
    if (this.#state === "CLOSED" || this.#state === "UNBOUND") return false;
    this.#moveTo("UNBOUND");
    return true;
  }

  /** False: it was closed already. */
  close(): boolean {
    if (this.#state === "CLOSED") return false;
    this.#moveTo("CLOSED");
    return true;
  }

  /** Throws LinkError when this side takes no new `command` to send. */
  checkSending(command: CommandName | "unknown"): void {
    const refusal = this.refusalOfSending(command);
    if (refusal !== undefined) throw refusal;
    if (this.#isUnbinding) throw beingUnbound(command);
  }

  /**
   * Whether requests that wait in a queue may leave now. A session that is about to unbind leaves
   * those of a shared queue to the other sessions.
   */
  mayTakeFrom(queue: { readonly isShared: boolean }): boolean {
    if (!this.isBound || this.#bindLost !== undefined) return false;
    return !(this.#isUnbinding && queue.isShared);
  }

  /**
   * Why this side may not write `command` now: its role or the state forbid it or, with the frame,
   * the version. Undefined: it may.
   */
  refusalOfSending(command: CommandName | "unknown", frame?: Uint8Array): LinkError | undefined {
    if (this.#allowed.has(command)) {
      if (frame === undefined || !this.#lacksTlvs) return undefined;
      return this.#refusalOfTlvs(command, frame);
    }
    const state = this.#state;
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

  /** Whether this side may send a request with this frame now or, while it is not bound, perhaps later. */
  mayStillSend(command: CommandName, frame: Uint8Array): boolean {
    return this.#state === "OPEN" || this.refusalOfSending(command, frame) === undefined;
  }

  /** Whether a session of this role may send `command` in any state at all. */
  mayEverSend(command: CommandName): boolean {
    return mayEverIssue(this.role, command);
  }

  /** A frame of this side as the peer may get it: without TLVs if one side has version 3.3. */
  frameForPeer(frame: Uint8Array): Uint8Array {
    return this.#lacksTlvs ? withoutTlvs(frame) : frame;
  }

  /** Whether PDUs can still be answered. */
  get mayAnswer(): boolean {
    return this.#state === "OPEN" || this.isBound;
  }

  /** The command_status for a request of the peer that may not come now (SMPP 3.4 section 2.3). */
  refusalOf(command: Pdu["command"]): number | undefined {
    if (command === "unknown") return Status.ESME_RINVCMDID;
    const isBind = stateBoundBy(command) !== undefined;
    if (isBind && this.#pendingBind !== undefined) return Status.ESME_RALYBND;
    if (mayIssue(this.#peer, this.#state, command)) return undefined;
    if (!mayEverIssue(this.#peer, command)) return Status.ESME_RINVCMDID;
    return isBind ? Status.ESME_RALYBND : Status.ESME_RINVBNDSTS;
  }

  /** Whether an ESME takes a request that {@link refusalOf} refuses: refused, it would be lost. */
  tolerates(command: Pdu["command"]): boolean {
    return this.role === "esme" && this.isBound && PUSHED.has(command);
  }

  /**
   * Why this request may not be sent without its TLVs; undefined: it may. The TLVs of an ESME are part
   * of what it wants to send; of an SMSC only message_payload is, which is the message.
   *
   * It reads the frame, because a request is encoded before it is known which session writes it, and
   * which version that has. Only sessions of 3.3 pay for this.
   */
  #refusalOfTlvs(command: string, frame: Uint8Array): LinkError | undefined {
    const names = tlvNamesOf(frame);
    const isLoss = (name: string) => this.role === "esme" || name === "message_payload";
    const lost = names.filter(isLoss);
    if (lost.length === 0) return undefined;
    const why = `the session is one of SMPP 3.3, which has no TLVs (${lost.join(", ")})`;
    return new LinkError("version", `${command} was not sent: ${why}`);
  }

  #moveTo(state: SessionState): void {
    this.#state = state;
    this.#allowed = allowedIn(this.role, state);
  }

  #compareVersions(): void {
    this.#lacksTlvs = isWithoutTlvs(this.#version) || isWithoutTlvs(this.peerVersion);
  }
}

/** TLVs are new in version 3.4 (SMPP 3.4 section 3.4). */
const FIRST_WITH_TLVS = 0x34;

/** Whether a side with this version knows no TLVs; a side that states no version may know them. */
function isWithoutTlvs(version: number | undefined): boolean {
  return version !== undefined && version < FIRST_WITH_TLVS;
}

/** The version in a bind, or in the response to one. */
function versionIn(pdu: object): number | undefined {
  const version: unknown =
    "interface_version" in pdu
      ? pdu.interface_version
      : "sc_interface_version" in pdu && pdu.sc_interface_version;
  return typeof version === "number" ? version : undefined;
}

function beingUnbound(command: string): LinkError {
  return new LinkError("unbound", `${command} was not sent: the session is being unbound`);
}
