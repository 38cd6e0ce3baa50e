/** The last events and inbound messages, for streams that come, go and come back. */

/** What a stream is sent. */
export interface Entry {
  /** Where it stands, `<life>-<number>`: numbers count from 1 in each life of the process. */
  readonly id: string;
  readonly kind: "event" | "inbound";
  /** JSON on one line. */
  readonly json: string;
}

/** How much is kept; what is older goes. */
export interface RingLimits {
  readonly entries: number;
  readonly characters: number;
}

/**
 * Keeps entries in their order, as many as fit, and knows which of them somebody has read: those up to
 * the id that a reader came back with. What was only written to a connection may never have arrived,
 * or at somebody who is not the application.
 */
export class StreamRing {
  readonly #entries = new Map<number, Entry>();
  readonly #limits: RingLimits;
  readonly #life: string;
  readonly #listeners = new Set<() => void>();
  readonly #onDropped: () => void;
  #characters = 0;
  /** The numbers of the first and the last entry; without entries the first is the next. */
  #oldest = 1;
  #newest = 0;
  #readUpTo = 0;
  #givenUpTo = 0;

  /**
   * `life` tells this process's ids from another's; `onDropped` hears of each entry that no reader was
   * given.
   */
  constructor(limits: RingLimits, life: string, onDropped: () => void) {
    this.#limits = limits;
    this.#life = life;
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Adds an entry at the end; older ones make room. */
  put(kind: Entry["kind"], json: string): void {
    this.#newest += 1;
    this.#entries.set(this.#newest, { id: `${this.#life}-${this.#newest}`, kind, json });
    this.#characters += json.length;
    while (
      this.#entries.size > this.#limits.entries ||
      this.#characters > this.#limits.characters
    ) {
      if (!this.#dropOldest()) break;
    }
    for (const listener of this.#listeners) listener();
  }

  /** Calls the listener for each new entry, until the function that is returned is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * A reader that begins behind the entry of this id, which thereby counts as read, and so do those
   * before it. Without an id it begins with what nobody has read; with one of another life of the
   * process, or `oldest`, with all that is kept.
   */
  reader(after?: string): RingReader {
    if (after === undefined || after === "") return new RingReader(this, this.#readUpTo);
    const [life, number] = after.split("-");
    const last = life === this.#life ? Number(number) : Number.NaN;
    if (Number.isInteger(last) && last >= 0 && last <= this.#newest) {
      this.#readUpTo = Math.max(this.#readUpTo, last);
      return new RingReader(this, last);
    }
    return new RingReader(this, this.#oldest - 1, after !== "oldest");
  }

  /** The entry of a number, for a reader. */
  give(number: number): Entry | undefined {
    const entry = this.#entries.get(number);
    if (entry !== undefined && number > this.#givenUpTo) this.#givenUpTo = number;
    return entry;
  }

  /** How many entries behind `number` are gone already. */
  missedAfter(number: number): number {
    return Math.max(0, this.#oldest - number - 1);
  }

  /** False when only the newest is left: that one stays, whatever its size. */
  #dropOldest(): boolean {
    const oldest = this.#oldest;
    const entry = this.#entries.get(oldest);
    if (entry === undefined || oldest === this.#newest) return false;
    this.#entries.delete(oldest);
    this.#oldest += 1;
    this.#characters -= entry.json.length;
    if (oldest > this.#givenUpTo) this.#onDropped();
    return true;
  }
}

/** One reader's place in the ring. */
export class RingReader {
  readonly #ring: StreamRing;
  #last: number;
  #isLost: boolean;

  /** `isLost`: what it read last is not known here. */
  constructor(ring: StreamRing, last: number, isLost = false) {
    this.#ring = ring;
    this.#last = last;
    this.#isLost = isLost;
  }

  /** How many entries were gone before this reader came to them, said once; null: not known. */
  takeMissed(): number | null {
    const missed = this.#ring.missedAfter(this.#last);
    this.#last += missed;
    if (!this.#isLost) return missed;
    this.#isLost = false;
    return null;
  }

  /** The next entry, or undefined when there is none yet. */
  next(): Entry | undefined {
    const entry = this.#ring.give(this.#last + 1);
    if (entry !== undefined) this.#last += 1;
    return entry;
  }
}
