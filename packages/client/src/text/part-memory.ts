/** Joins the parts of long messages in memory, with a limit of octets and of time. */
import { OldestFirst } from "@esme/bounded";
import type { TextPdu } from "./received.ts";

/** One part of a message in memory. */
export interface StoredPart {
  readonly source: string;
  readonly destination: string;
  readonly reference: number;
  readonly total: number;
  readonly sequence: number;
  /** The octets of the text, without its header. */
  readonly octets: Uint8Array;
  readonly pdu: TextPdu;
}

/** A message that was dropped because some of its parts were not received. */
export interface IncompleteText {
  /** As in the PDUs (SMPP 3.4 section 5.2.8). */
  readonly source_addr: string;
  /** As in the PDUs (SMPP 3.4 section 5.2.9). */
  readonly destination_addr: string;
  /** The number that all parts of the message have, 0 to 65,535. */
  readonly reference: number;
  /** Number of parts, 2 to 255. */
  readonly total: number;
  /** The sequence numbers of the parts that were received, ascending. */
  readonly received: readonly number[];
  /** The PDUs of these parts, in their order. */
  readonly pdus: readonly TextPdu[];
  /**
   * Why it was dropped. `expired`: no other part was received for `partsTimeout`. `evicted`: its memory was
   * needed (`maxPartsOctets`). `replaced`: a part of another message had the same addresses and
   * reference. `closed`: the receiving ended.
   */
  readonly reason: "expired" | "evicted" | "replaced" | "closed";
}

/** The limits of a {@link PartMemory}. */
export interface PartMemoryOptions {
  /** Milliseconds after the latest part of a message. */
  readonly timeout: number;
  /** Octets of all parts together. */
  readonly maxOctets: number;
  /** Called with each message that is dropped. */
  readonly onIncomplete: (message: IncompleteText) => void;
}

/** A complete message. Whoever added its last part must settle it. */
export interface WholeMessage {
  /** All parts in order. */
  readonly parts: readonly StoredPart[];
  /**
   * To be called with whether the message was accepted. If not, its last part is removed: the SMSC delivers
   * it again.
   */
  readonly settle: (accepted: boolean) => void;
}

interface PartSet {
  readonly parts: Map<number, StoredPart>;
  octets: number;
  expires: number;
  /** While the complete message is not settled: whether it is accepted. */
  unsettled: Promise<boolean> | undefined;
}

/** The memory of a part besides its octets, in octets, roughly: the PDU and its fields. */
const overhead = 2_048;

/**
 * Incomplete messages by addresses and reference, in the order of their latest part: the first one is the
 * oldest, expires first, and is evicted first. One timer waits for it and does not keep the process alive.
 */
export class PartMemory {
  readonly #options: PartMemoryOptions;
  /** Incomplete messages. */
  readonly #sets = new OldestFirst<string, PartSet>();
  /** Complete messages that are not settled. They are never dropped. */
  readonly #unsettled = new Map<string, PartSet>();
  #octets = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PartMemoryOptions) {
    this.#options = options;
  }

  /**
   * Adds a part. Undefined while other parts are missing, and for a repeated part of a message that was
   * accepted while this call waited.
   */
  async add(part: StoredPart): Promise<WholeMessage | undefined> {
    const key = keyOf(part);
    let set = this.#setOf(key);
    while (set?.unsettled !== undefined && isRepeated(part, set)) {
      if (await set.unsettled) return undefined;
      set = this.#setOf(key);
    }
    if (set !== undefined && !belongs(part, set)) {
      this.#remove(key, set);
      if (set.unsettled === undefined) this.#report(set, "replaced");
      set = undefined;
    }
    return this.#store(
      key,
      set ?? { parts: new Map(), octets: 0, expires: 0, unsettled: undefined },
      part,
    );
  }

  /** Drops all incomplete messages. */
  close(): void {
    for (const [key, set] of this.#sets) this.#drop(key, set, "closed");
  }

  #setOf(key: string): PartSet | undefined {
    return this.#sets.get(key) ?? this.#unsettled.get(key);
  }

  #store(key: string, set: PartSet, part: StoredPart): WholeMessage | undefined {
    this.#remove(key, set);
    if (!set.parts.has(part.sequence)) {
      set.parts.set(part.sequence, part);
      set.octets += part.octets.length + overhead;
    }
    const whole = set.parts.size === part.total ? this.#complete(key, set, part) : undefined;
    if (whole === undefined) this.#wait(key, set);
    this.#evict();
    this.#setTimer();
    return whole;
  }

  #wait(key: string, set: PartSet): void {
    set.expires = performance.now() + this.#options.timeout;
    this.#sets.set(key, set);
    this.#octets += set.octets;
  }

  #complete(key: string, set: PartSet, last: StoredPart): WholeMessage {
    this.#unsettled.set(key, set);
    this.#octets += set.octets;
    let onSettled: (accepted: boolean) => void = () => {};
    set.unsettled = new Promise((resolve) => {
      onSettled = resolve;
    });
    const settle = (accepted: boolean) => {
      set.unsettled = undefined;
      const isKept = this.#unsettled.get(key) === set;
      if (isKept) this.#remove(key, set);
      if (!accepted) this.#restore(key, set, last, isKept);
      onSettled(accepted);
    };
    return { parts: inOrder(set), settle };
  }

  /** The message was refused: the other parts wait for the last one, which the SMSC delivers again. */
  #restore(key: string, set: PartSet, last: StoredPart, isKept: boolean): void {
    set.parts.delete(last.sequence);
    set.octets -= last.octets.length + overhead;
    if (!isKept) {
      this.#report(set, "replaced");
      return;
    }
    this.#wait(key, set);
    this.#setTimer();
  }

  /** Drops the oldest incomplete messages until the others fit. */
  #evict(): void {
    this.#dropOldest(() => this.#octets > this.#options.maxOctets, "evicted");
  }

  #dropExpired(): void {
    const now = performance.now();
    this.#dropOldest(({ expires }) => expires <= now, "expired");
    this.#setTimer();
  }

  #dropOldest(isDue: (set: PartSet) => boolean, reason: IncompleteText["reason"]): void {
    for (let oldest = this.#sets.oldest(); oldest && isDue(oldest[1]); ) {
      this.#drop(...oldest, reason);
      oldest = this.#sets.oldest();
    }
  }

  #drop(key: string, set: PartSet, reason: IncompleteText["reason"]): void {
    this.#remove(key, set);
    this.#report(set, reason);
  }

  #remove(key: string, set: PartSet): void {
    if (this.#setOf(key) !== set) return;
    this.#sets.delete(key);
    this.#unsettled.delete(key);
    this.#octets -= set.octets;
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const oldest = this.#sets.oldest();
    if (oldest === undefined) return;
    const delay = Math.max(0, oldest[1].expires - performance.now());
    this.#timer = setTimeout(() => this.#dropExpired(), delay);
    this.#timer.unref();
  }

  #report(set: PartSet, reason: IncompleteText["reason"]): void {
    const parts = inOrder(set);
    const [first] = parts;
    if (first === undefined) return;
    const { source, destination, reference, total } = first;
    this.#options.onIncomplete({
      source_addr: source,
      destination_addr: destination,
      reference,
      total,
      received: parts.map(({ sequence }) => sequence),
      pdus: parts.map(({ pdu }) => pdu),
      reason,
    });
  }
}

function keyOf({ source, destination, reference }: StoredPart): string {
  return JSON.stringify([source, destination, reference]);
}

/** References are reused: then the total or the octets of a known part differ. */
function belongs(part: StoredPart, { parts }: PartSet): boolean {
  const [any] = parts.values();
  if (any !== undefined && any.total !== part.total) return false;
  const known = parts.get(part.sequence);
  return known === undefined || Buffer.compare(known.octets, part.octets) === 0;
}

function isRepeated(part: StoredPart, set: PartSet): boolean {
  return set.parts.has(part.sequence) && belongs(part, set);
}

function inOrder({ parts }: PartSet): StoredPart[] {
  return [...parts.values()].sort((a, b) => a.sequence - b.sequence);
}
