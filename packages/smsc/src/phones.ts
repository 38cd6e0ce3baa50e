/** What handsets show: texts of one part as they come, texts of several when they are whole. */
import type { StoredMessage } from "./message-store.ts";
import { segmentOf, textOf } from "./short-message.ts";

/** A text that reached a phone. */
export interface PhoneMessage {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** How many messages it came in. */
  readonly parts: number;
  /** Their message_ids, in the order of the text. */
  readonly ids: readonly string[];
  /** The account that submitted it. */
  readonly system_id: string;
}

/** Texts that may be incomplete at one time, over all phones; the oldest is given up for one more. */
const limit = 10_000;

/** Joins what the phones get. One phone never mixes two senders, nor two kinds of reference. */
export class Phones {
  readonly #incomplete = new Map<string, Map<number, StoredMessage>>();

  /**
   * The whole text, once this message completes it. A part that comes again counts once. A text of
   * one part is not decoded when nobody looks.
   */
  receive(message: StoredMessage, hasViewers = true): PhoneMessage | undefined {
    const segment = segmentOf(message);
    if (segment === undefined) return hasViewers ? shown(message) : undefined;
    const { kind, reference, total, sequence } = segment;
    const { source, destination, system_id } = message;
    const key = JSON.stringify([system_id, source.addr, destination.addr, kind, reference, total]);
    const parts = this.#incomplete.get(key) ?? this.#begun(key);
    parts.set(sequence, message);
    if (parts.size < total) return undefined;
    this.#incomplete.delete(key);
    const [first, ...rest] = [...parts].sort(([one], [other]) => one - other);
    return first && shown(first[1], ...rest.map(([, each]) => each));
  }

  #begun(key: string): Map<number, StoredMessage> {
    for (const oldest of this.#incomplete.keys()) {
      if (this.#incomplete.size < limit) break;
      this.#incomplete.delete(oldest);
    }
    const parts = new Map<number, StoredMessage>();
    this.#incomplete.set(key, parts);
    return parts;
  }
}

function shown(...parts: readonly [StoredMessage, ...StoredMessage[]]): PhoneMessage {
  const [{ source, destination, system_id }] = parts;
  return {
    from: source.addr,
    to: destination.addr,
    text: textOf(...parts),
    parts: parts.length,
    ids: parts.map(({ message_id }) => message_id),
    system_id,
  };
}
