/** Where a session stands: its state, and what that state allows either side. */
import { type CommandName, commands, type Pdu, Status } from "@esme/pdu";
import { LinkError } from "./errors.ts";
import {
  type BoundState,
  isBound,
  mayEverIssue,
  mayIssue,
  type Role,
  type SessionState,
  stateBoundBy,
} from "./states.ts";

/** What SMSCs push down any link that is bound, whichever way it is bound. */
const PUSHED: ReadonlySet<string> = new Set(["deliver_sm", "data_sm", "alert_notification"]);

/** The state of one session. It only ever goes forward: OPEN, bound, UNBOUND, CLOSED. */
export class Lifecycle {
  readonly role: Role;
  readonly #peer: Role;
  #state: SessionState = "OPEN";
  #leaving = false;
  /** The peer's bind that is not answered yet. */
  #binding: Pdu | undefined = undefined;

  constructor(role: Role) {
    this.role = role;
    this.#peer = role === "esme" ? "smsc" : "esme";
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Whether messages flow. */
  get isBound(): boolean {
    return isBound(this.#state);
  }

  /** Whether this side takes no new requests, because it is about to unbind. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  leave(): void {
    this.#leaving = true;
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

  /** Why the role or the state forbids that this side writes `command` now; undefined: they allow it. */
  refusalOfSending(command: CommandName | "unknown"): LinkError | undefined {
    const state = this.#state;
    if (state === "CLOSED") {
      return new LinkError("closed", `${command} was not sent: the session is closed`);
    }
    if (state === "UNBOUND") return beingUnbound(command);
    if (command === "unknown" || mayIssue(this.role, state, command)) return undefined;
    const why = mayEverIssue(this.role, command)
      ? `not allowed in state ${state}, allowed in ${commands[command].issuers[this.role].join(", ")}`
      : `an ${this.role.toUpperCase()} never sends it`;
    return new LinkError("wrong_state", `${command} was not sent: ${why}`);
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
