/** The states of a session and the operation matrix: who may send what, when. */
import { type CommandName, commands } from "@esme/pdu";

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

/** Whether messages flow in this state. */
export function isBound(state: SessionState): state is BoundState {
  return state === "BOUND_TRX" || state === "BOUND_TX" || state === "BOUND_RX";
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
