/** Texts that phones show: one of several parts is shown when all parts have arrived. */
import { OldestFirst } from "@esme/bounded";
import type { StoredMessage } from "./message-store.ts";
import { segmentOf, textOf } from "./short-message.ts";

/** A text that reached a phone. */
export interface PhoneMessage {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** Number of messages that carried it. */
  readonly parts: number;
  /** Their message_ids, in the order of the text. */
  readonly ids: readonly string[];
  /** The account that submitted it. */
  readonly system_id: string;
}

/** Incomplete texts of all phones; with one more, the oldest is dropped. */
const limit = 10_000;

/** The parts of a text that have arrived, by number. */
interface Incomplete {
  readonly parts: Map<number, StoredMessage>;
  octets: number;
}

/** Joins parts to texts. Parts of two senders, or with two kinds of reference, are never joined. */
export class JoinedTexts {
  readonly #incomplete = new OldestFirst<string, Incomplete>();
  readonly #octetLimit: number;
  #octets = 0;

  /** `octetLimit`: octets of incomplete texts; with more, the oldest are dropped. */
  constructor(octetLimit: number) {
    this.#octetLimit = octetLimit;
  }

  /** Octets of the parts whose texts are incomplete. */
  get octets(): number {
    return this.#octets;
  }

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
    const text = this.#incomplete.get(key) ?? this.#begun(key);
    const more = message.octets.length - (text.parts.get(sequence)?.octets.length ?? 0);
    text.parts.set(sequence, message);
    text.octets += more;
    this.#octets += more;
    if (text.parts.size < total) {
      this.#giveUpOldest(limit);
      return undefined;
    }
    this.#forget(key, text);
    const [first, ...rest] = [...text.parts].sort(([one], [other]) => one - other);
    return first && shown(first[1], ...rest.map(([, each]) => each));
  }

  #begun(key: string): Incomplete {
    this.#giveUpOldest(limit - 1);
    const text: Incomplete = { parts: new Map(), octets: 0 };
    this.#incomplete.set(key, text);
    return text;
  }

  #giveUpOldest(most: number): void {
    while (this.#incomplete.size > most || this.#octets > this.#octetLimit) {
      const oldest = this.#incomplete.oldest();
      if (oldest === undefined) return;
      this.#forget(...oldest);
    }
  }

  #forget(key: string, { octets }: Incomplete): void {
    this.#incomplete.delete(key);
    this.#octets -= octets;
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
