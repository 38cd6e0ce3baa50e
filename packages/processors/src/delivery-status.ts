/** What the states of delivery receipts mean to applications. */

import type { DeliveryStatus } from "@esme/messages";

/** States by name, in capitals, and what each of them means. */
export type StatusMapping = Readonly<Record<string, DeliveryStatus>>;

/** The states of SMPP (3.4 section 5.2.28, 5.0 section 4.8.4.30), and the word receipts have for each. */
const messageStates: readonly [name: string, word: string, meaning: DeliveryStatus][] = [
  ["SCHEDULED", "SCHEDULED", "pending"],
  ["ENROUTE", "ENROUTE", "pending"],
  ["DELIVERED", "DELIVRD", "delivered"],
  ["EXPIRED", "EXPIRED", "failed"],
  ["DELETED", "DELETED", "failed"],
  ["UNDELIVERABLE", "UNDELIV", "failed"],
  ["ACCEPTED", "ACCEPTD", "delivered"],
  ["UNKNOWN", "UNKNOWN", "pending"],
  ["REJECTED", "REJECTD", "failed"],
  ["SKIPPED", "SKIPPED", "failed"],
];

/**
 * The table that is used unless another is configured. Beside the states of the standard, in both
 * spellings and by number, it has words of the field. A `stat:0` means delivered, as the systems
 * that write it mean it; the TLV message_state 0 is SCHEDULED.
 */
export const defaultStatusMapping: StatusMapping = {
  ...Object.fromEntries(
    messageStates.flatMap(([name, word, meaning], number) => [
      [name, meaning],
      [word, meaning],
      [String(number), meaning],
    ]),
  ),
  "0": "delivered",
  FAILED: "failed",
  BUFFRED: "pending",
};

/** The name of a message_state; its number where it has none. */
export function stateName(messageState: number): string {
  return messageStates[messageState]?.[0] ?? String(messageState);
}

/**
 * What the TLV message_state means: looked up by the state's name, then by its word in receipts,
 * so that a table written with either spelling serves both. A state that is not there is pending.
 */
export function statusOfState(messageState: number, mapping: StatusMapping): DeliveryStatus {
  const [name, word] = messageStates[messageState] ?? [String(messageState)];
  return find(mapping, name) ?? find(mapping, word) ?? "pending";
}

/** What the `stat` of a receipt means, in whichever case it is written. Unknown words are pending. */
export function statusOfStat(stat: string, mapping: StatusMapping): DeliveryStatus {
  return find(mapping, stat.toUpperCase()) ?? "pending";
}

/** Whether the default table or this one has the `stat`. */
export function isKnownStat(stat: string, mapping: StatusMapping): boolean {
  const state = stat.toUpperCase();
  return (find(defaultStatusMapping, state) ?? find(mapping, state)) !== undefined;
}

/** States after which others may still come, whatever they are taken to mean. */
const passing = new Set(["ACCEPTED", "ACCEPTD", "6"]);

/**
 * Whether nothing more is to be expected after this state. ACCEPTED counts as delivered by long
 * custom, yet SMSCs send a DELIVRD after it, so that its id must not be forgotten.
 */
export function isFinal(state: string, status: DeliveryStatus): boolean {
  return status !== "pending" && !passing.has(state.toUpperCase());
}

function find(mapping: StatusMapping, key: string | undefined): DeliveryStatus | undefined {
  return key !== undefined && Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}
