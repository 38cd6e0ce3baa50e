/** The states of messages: their numbers, names, words in receipts, and what they mean. */

/** What a state means to the sender of the message. */
export type ReceiptStatus = "pending" | "delivered" | "failed";

/** States by name, in capitals, and what each of them means. */
export type StatusMapping = Readonly<Record<string, ReceiptStatus>>;

/** One state of a message. */
export interface ReceiptState {
  /** The number in the TLV message_state. */
  readonly message_state: number;
  /** The name in the standard, `DELIVERED`. */
  readonly name: string;
  /** The word in the text of receipts, `DELIVRD`. */
  readonly stat: string;
  readonly status: ReceiptStatus;
  /** Whether no other state is to be expected after it. */
  readonly final: boolean;
}

/**
 * The states of SMPP (3.4 section 5.2.28, 5.0 section 4.7.15), by number. Their words are those of
 * 3.4 Appendix B; for SCHEDULED, ENROUTE and SKIPPED, which Appendix B does not have, the names.
 * ACCEPTED counts as delivered by long custom, yet SMSCs send a DELIVRD after it.
 */
export const receiptStates: readonly ReceiptState[] = (
  [
    ["SCHEDULED", "SCHEDULED", "pending", false],
    ["ENROUTE", "ENROUTE", "pending", false],
    ["DELIVERED", "DELIVRD", "delivered", true],
    ["EXPIRED", "EXPIRED", "failed", true],
    ["DELETED", "DELETED", "failed", true],
    ["UNDELIVERABLE", "UNDELIV", "failed", true],
    ["ACCEPTED", "ACCEPTD", "delivered", false],
    ["UNKNOWN", "UNKNOWN", "pending", false],
    ["REJECTED", "REJECTD", "failed", true],
    ["SKIPPED", "SKIPPED", "failed", true],
  ] as const
).map(([name, stat, status, final], message_state) => ({
  message_state,
  name,
  stat,
  status,
  final,
}));

/** Words of the field beside those of the standard. `stat:0` is delivered for the systems that write it. */
const otherStats: StatusMapping = { "0": "delivered", FAILED: "failed", BUFFRED: "pending" };

/**
 * The table that is used unless another is given: the states of the standard by name, by their word in
 * receipts and by number, and words of the field. A `stat:0` means delivered; the TLV message_state 0
 * is SCHEDULED.
 */
export const defaultStatusMapping: StatusMapping = {
  ...Object.fromEntries(
    receiptStates.flatMap(({ message_state, name, stat, status }) => [
      [name, status],
      [stat, status],
      [String(message_state), status],
    ]),
  ),
  ...otherStats,
};

/** The name of a message_state, `DELIVERED`; its number where it has none. */
export function stateName(message_state: number): string {
  return receiptStates[message_state]?.name ?? String(message_state);
}

/** The word that receipts have for a message_state, `DELIVRD`; `UNKNOWN` for a number without one. */
export function statOf(message_state: number): string {
  return receiptStates[message_state]?.stat ?? "UNKNOWN";
}

/**
 * What the TLV message_state means: looked up by the state's name, then by its word in receipts,
 * so that a table written with either spelling serves both. A state that is not there is pending.
 */
export function statusOfState(
  message_state: number,
  mapping: StatusMapping = defaultStatusMapping,
): ReceiptStatus {
  const { name, stat } = receiptStates[message_state] ?? { name: String(message_state) };
  return find(mapping, name) ?? find(mapping, stat) ?? "pending";
}

/** What the `stat` of a receipt means, in whichever case it is written. Unknown words are pending. */
export function statusOfStat(
  stat: string,
  mapping: StatusMapping = defaultStatusMapping,
): ReceiptStatus {
  return find(mapping, stat.toUpperCase()) ?? "pending";
}

/** Whether the default table or this one has the `stat`. */
export function isKnownStat(stat: string, mapping: StatusMapping): boolean {
  const state = stat.toUpperCase();
  return (find(defaultStatusMapping, state) ?? find(mapping, state)) !== undefined;
}

/** ACCEPTED by its name, word and number: it counts as delivered, and others may still come. */
const passing = new Set(
  receiptStates
    .filter(({ final, status }) => !final && status !== "pending")
    .flatMap(({ message_state, name, stat }) => [name, stat, String(message_state)]),
);

/**
 * Whether nothing more is to be expected after a state, by its name, word or number and what it was
 * taken to mean: not when it is pending, and never after ACCEPTED.
 */
export function isFinalState(state: string, status: ReceiptStatus): boolean {
  return status !== "pending" && !passing.has(state.toUpperCase());
}

function find(mapping: StatusMapping, key: string | undefined): ReceiptStatus | undefined {
  return key !== undefined && Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}
