/** The parts of long messages in memory, until the last one came: bounded in octets and in time. */
import type { TextPdu } from "./received.ts";

/** One part of a message that comes in several, as it is kept. */
export interface KeptPart {
  readonly source: string;
  readonly destination: string;
  readonly reference: number;
  readonly total: number;
  readonly sequence: number;
  /** Without its header. */
  readonly octets: Uint8Array;
  readonly pdu: TextPdu;
}

/** A message of which some parts came, and the others did not. */
export interface IncompleteText {
  /** As in the PDUs. */
  readonly source_addr: string;
  readonly destination_addr: string;
  readonly reference: number;
  readonly total: number;
  /** The sequence numbers that came, ascending. */
  readonly received: readonly number[];
  /** What came, in their order. */
  readonly pdus: readonly TextPdu[];
  /**
   * Why it was given up. `expired`: nothing more came for `partsTimeout`. `evicted`: its room was needed
   * (`maxPartsOctets`). `replaced`: a part of another message came with the same addresses and reference.
   * `closed`: nothing more is received.
   */
  readonly reason: "expired" | "evicted" | "replaced" | "closed";
}

/** How much is kept, for how long, and who is told of what is given up. */
export interface PartLimits {
  /** Milliseconds after the last part. */
  readonly timeout: number;
  /** In all. */
  readonly maxOctets: number;
  readonly onIncomplete: (message: IncompleteText) => void;
}

/** A message that is whole now, in the hands of whoever added its last part. */
export interface WholeMessage {
  /** All parts in order. */
  readonly parts: readonly KeptPart[];
  /** To be told whether somebody took it. When not, the last part is forgotten: it comes again. */
  readonly settle: (taken: boolean) => void;
}

interface PartSet {
  readonly parts: Map<number, KeptPart>;
  octets: number;
  expires: number;
  /** While somebody has the whole: whether it was taken. */
  underway: Promise<boolean> | undefined;
}

/** What the keeping of a part takes beside its octets, about: the PDU and its fields. */
const overhead = 2_048;

/**
 * Sets of parts by addresses and reference, the one that was touched last at the end: so the oldest is
 * the first to expire, and the first to go where room is needed. One timer waits for it and keeps no
 * process alive.
 */
export class PartMemory {
  readonly #limits: PartLimits;
  readonly #sets = new Map<string, PartSet>();
  #octets = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: PartLimits) {
    this.#limits = limits;
  }

  /**
   * Adds a part. Undefined while others are missing, and when the message was taken already while this
   * repetition of a part waited for that.
   */
  async add(part: KeptPart): Promise<WholeMessage | undefined> {
    const key = keyOf(part);
    let set = this.#sets.get(key);
    while (set?.underway !== undefined && isRepeated(part, set)) {
      if (await set.underway) return undefined;
      set = this.#sets.get(key);
    }
    if (set !== undefined && !belongs(part, set)) {
      this.#forget(key, set);
      if (set.underway === undefined) this.#tell(set, "replaced");
      set = undefined;
    }
    return this.#keep(
      key,
      set ?? { parts: new Map(), octets: 0, expires: 0, underway: undefined },
      part,
    );
  }

  /** Gives up all that is incomplete. */
  close(): void {
    for (const [key, set] of [...this.#sets])
      if (set.underway === undefined) this.#giveUp(key, set, "closed");
  }

  #keep(key: string, set: PartSet, part: KeptPart): WholeMessage | undefined {
    this.#forget(key, set);
    if (!set.parts.has(part.sequence)) {
      set.parts.set(part.sequence, part);
      set.octets += part.octets.length + overhead;
    }
    set.expires = performance.now() + this.#limits.timeout;
    this.#sets.set(key, set);
    this.#octets += set.octets;
    const whole = set.parts.size === part.total ? this.#handOut(key, set, part) : undefined;
    this.#makeRoom();
    this.#wait();
    return whole;
  }

  #handOut(key: string, set: PartSet, last: KeptPart): WholeMessage {
    let told: (taken: boolean) => void = () => {};
    set.underway = new Promise((resolve) => {
      told = resolve;
    });
    const settle = (taken: boolean) => {
      set.underway = undefined;
      const isKept = this.#sets.get(key) === set;
      if (isKept) this.#forget(key, set);
      if (!taken) this.#takeBack(key, set, last, isKept);
      told(taken);
    };
    return { parts: inOrder(set), settle };
  }

  /** Nobody took the whole: its last part was refused, and the others wait for it to come again. */
  #takeBack(key: string, set: PartSet, last: KeptPart, isKept: boolean): void {
    set.parts.delete(last.sequence);
    set.octets -= last.octets.length + overhead;
    if (!isKept) {
      this.#tell(set, "replaced");
      return;
    }
    set.expires = performance.now() + this.#limits.timeout;
    this.#sets.set(key, set);
    this.#octets += set.octets;
    this.#wait();
  }

  /** The oldest sets go until the others fit, but none that somebody has in hand. */
  #makeRoom(): void {
    for (const [key, set] of this.#sets) {
      if (this.#octets <= this.#limits.maxOctets) return;
      if (set.underway === undefined) this.#giveUp(key, set, "evicted");
    }
  }

  #dropExpired(): void {
    const now = performance.now();
    for (const [key, set] of this.#sets) {
      if (set.expires > now) break;
      if (set.underway === undefined) this.#giveUp(key, set, "expired");
    }
    this.#wait();
  }

  #giveUp(key: string, set: PartSet, reason: IncompleteText["reason"]): void {
    this.#forget(key, set);
    this.#tell(set, reason);
  }

  #forget(key: string, set: PartSet): void {
    if (this.#sets.get(key) !== set) return;
    this.#sets.delete(key);
    this.#octets -= set.octets;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    for (const { expires, underway } of this.#sets.values()) {
      if (underway !== undefined) continue;
      const delay = Math.max(0, expires - performance.now());
      this.#timer = setTimeout(() => this.#dropExpired(), delay);
      this.#timer.unref();
      return;
    }
  }

  #tell(set: PartSet, reason: IncompleteText["reason"]): void {
    const parts = inOrder(set);
    const [first] = parts;
    if (first === undefined) return;
    const { source, destination, reference, total } = first;
    this.#limits.onIncomplete({
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

function keyOf({ source, destination, reference }: KeptPart): string {
  return JSON.stringify([source, destination, reference]);
}

/** References are used again, and then with another total or with other octets. */
function belongs(part: KeptPart, { parts }: PartSet): boolean {
  const [any] = parts.values();
  if (any !== undefined && any.total !== part.total) return false;
  const known = parts.get(part.sequence);
  return known === undefined || Buffer.compare(known.octets, part.octets) === 0;
}

function isRepeated(part: KeptPart, set: PartSet): boolean {
  return set.parts.has(part.sequence) && belongs(part, set);
}

function inOrder({ parts }: PartSet): KeptPart[] {
  return [...parts.values()].sort((a, b) => a.sequence - b.sequence);
}
