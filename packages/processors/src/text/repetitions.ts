/** Recognises a PDU that the SMSC delivers once more because it did not wait for the answer. */

import { hash } from "node:crypto";
import { OldestFirst, withTimeout } from "@esme/bounded";
import { encode } from "@esme/pdu";
import type { DeliverSm } from "../processor.ts";

/** How many PDUs are remembered of each link at most: about 5 MB. */
const most = 10_000;

/** How long a repetition waits for the result of the first, in milliseconds: it may never come. */
const patience = 10_000;

/** A PDU in progress, and then its result. */
class Delivery {
  readonly identity: string;
  readonly #now: () => Date;
  #waiting: (() => void)[] | undefined;
  #ended: { published: boolean; time: number } | undefined;

  constructor(identity: string, now: () => Date) {
    this.identity = identity;
    this.#now = now;
  }

  /** Sets whether it was published: only then is another delivery of it a repetition. */
  end(published: boolean): void {
    this.#ended = { published, time: this.#now().getTime() };
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resume of waiting) resume();
  }

  /** Whether it was published, not longer ago than that, once that is known. */
  async wasPublished(within: number): Promise<boolean> {
    if (this.#ended === undefined) await withTimeout(patience, this.#end());
    const { published, time } = this.#ended ?? { published: false, time: 0 };
    return published && this.#now().getTime() - time <= within;
  }

  #end(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = [...(this.#waiting ?? []), resolve];
    });
  }
}

/** What came on one connection. */
class Link {
  /** By sequence number. */
  readonly #deliveries = new OldestFirst<number, Delivery>(most);
  last = 0;
  /** Whether each PDU has a number of its own, as it should (SMPP 3.4 section 5.1.4). */
  counts = true;

  get(number: number): Delivery | undefined {
    return this.#deliveries.get(number);
  }

  add(number: number, delivery: Delivery): void {
    this.#deliveries.set(number, delivery);
    this.last = number;
  }
}

/**
 * A repetition is the same PDU in every field, the sequence number included, on the same link, while
 * the first is in progress or not long after it was published. A second text of the same person has a
 * number of its own; all PDUs count as new from a peer that
 * sends number 0 or one number for all. What
 * was answered with an error is no repetition when it comes again.
 */
export class Repetitions {
  readonly #within: number;
  readonly #now: () => Date;
  readonly #identityOf: (pdu: DeliverSm) => string;
  readonly #links = new WeakMap<object, Link>();

  /**
   * Remembers for `within` milliseconds after the publish; 0 for not at all. `hasOwnTlvs`: whether
   * PDUs may have TLVs by names that the standard does not have.
   */
  constructor(within: number, now: () => Date, hasOwnTlvs: boolean) {
    this.#within = within;
    this.#now = now;
    this.#identityOf = hasOwnTlvs ? digestOf : identityOf;
  }

  /** Begins a PDU. Returns undefined when it is a repetition; a promise while that is not known. */
  begin(pdu: DeliverSm, link: object = this): Delivery | Promise<Delivery | undefined> {
    const number = pdu.sequence_number;
    const known = this.#linkOf(link);
    if (this.#within === 0 || number === 0 || !known.counts) return new Delivery("", this.#now);
    const delivery = new Delivery(this.#identityOf(pdu), this.#now);
    if (known.get(number) !== undefined) return this.#beginAgain(number, delivery, known);
    known.add(number, delivery);
    return delivery;
  }

  /** The same for a number that came before. */
  async #beginAgain(
    number: number,
    delivery: Delivery,
    known: Link,
  ): Promise<Delivery | undefined> {
    for (;;) {
      const before = known.get(number);
      if (before === undefined) break;
      if (before.identity !== delivery.identity) {
        known.counts = number !== known.last;
        break;
      }
      if (await before.wasPublished(this.#within)) return undefined;
      // Of several that waited one goes on, and the others wait for that one.
      if (known.get(number) === before) break;
    }
    known.add(number, delivery);
    return delivery;
  }

  #linkOf(link: object): Link {
    const known = this.#links.get(link);
    if (known !== undefined) return known;
    const first = new Link();
    this.#links.set(link, first);
    return first;
  }
}

/** Octets of a PDU that are remembered as they are: few texts have more, with a header and some TLVs. */
const mostOctets = 300;

/**
 * What no other PDU has: its octets, or of many their SHA-256. The codec writes every field, and refuses
 * what it cannot write; then all fields are digested.
 *
 * A cheap checksum is not enough: with two texts of one checksum a sender makes the second look like a
 * repetition, and it is lost. Of a text of 82 characters the octets take 1,500 ns, where the digest of all
 * fields took 8,700 ns, twice the time of everything else: `tools/bench`, `processors`.
 */
function identityOf(pdu: DeliverSm): string {
  let octets: Uint8Array;
  try {
    octets = encode(pdu);
  } catch {
    return digestOf(pdu);
  }
  return octets.length > mostOctets ? hash("sha256", octets, "base64") : latin1(octets);
}

/**
 * Of all fields, each behind its name: half the time of JSON with the octets replaced by text. TLVs
 * without a name go in one by one, a tenth of that: a PDU has room for 16,000.
 */
function digestOf({ unknown_tlvs = [], ...fields }: DeliverSm): string {
  let text = "";
  for (const [key, value] of Object.entries(fields)) text += `${key}=${textOf(value)}\0`;
  for (const { tag, value } of unknown_tlvs) text += `${tag}:${value.length}:${latin1(value)}`;
  return hash("sha256", text, "base64");
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return latin1(value);
  if (Array.isArray(value)) return value.map(textOf).join("\0");
  return String(value);
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
}
