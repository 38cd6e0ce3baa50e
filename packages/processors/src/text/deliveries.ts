/** Recognises a PDU that the SMSC delivers once more because it did not wait for the answer. */

import { hash } from "node:crypto";
import { OldestFirst, withTimeout } from "@esme/bounded";
import type { DeliverSm } from "../processor.ts";

/** How many PDUs are remembered of each link at most: about 2 MB. */
const most = 10_000;

/** How long a repetition waits for the fate of the first, in milliseconds: it may never be told. */
const patience = 10_000;

/** A PDU in work, and then its fate. */
class Delivery {
  readonly digest: string;
  readonly #now: () => Date;
  readonly #waiting: (() => void)[] = [];
  #ended: { published: boolean; time: number } | undefined;

  constructor(digest: string, now: () => Date) {
    this.digest = digest;
    this.#now = now;
  }

  /** Tells whether it was published: only then is another delivery of it a repetition. */
  end(published: boolean): void {
    this.#ended = { published, time: this.#now().getTime() };
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Whether it was published, not longer ago than that, once that is known. */
  async wasPublished(within: number): Promise<boolean> {
    if (this.#ended === undefined) await withTimeout(patience, this.#end());
    const { published, time } = this.#ended ?? { published: false, time: 0 };
    return published && this.#now().getTime() - time <= within;
  }

  #end(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
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
 * the first is in work or not long after it was published. A second text of the same person has a
 * number of its own; a peer that gives number 0 or one number to all it sends is left alone. What
 * was answered with an error is no repetition when it comes again.
 */
export class Deliveries {
  readonly #within: number;
  readonly #now: () => Date;
  readonly #links = new WeakMap<object, Link>();

  /** Remembers for `within` milliseconds after the publish; 0 for not at all. */
  constructor(within: number, now: () => Date) {
    this.#within = within;
    this.#now = now;
  }

  /** Takes a PDU in work. Resolves with undefined when it is a repetition. */
  async begin(pdu: DeliverSm, link: object = this): Promise<Delivery | undefined> {
    const number = pdu.sequence_number;
    const known = this.#linkOf(link);
    if (this.#within === 0 || number === 0 || !known.counts) return new Delivery("", this.#now);
    const delivery = new Delivery(digestOf(pdu), this.#now);
    for (;;) {
      const before = known.get(number);
      if (before === undefined) break;
      if (before.digest !== delivery.digest) {
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
    const known = this.#links.get(link) ?? new Link();
    this.#links.set(link, known);
    return known;
  }
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
