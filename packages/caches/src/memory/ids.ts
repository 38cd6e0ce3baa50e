/** Message ids in memory, those that were settled a moment ago, and receipts that wait for theirs. */

import { OldestFirst } from "@esme/bounded";
import { checkMessageId, isKeepable, knowable } from "../limits.ts";
import type {
  EarlyReceipt,
  KnownMessage,
  PartInfo,
  RecalledReceipt,
  ReceiptMatch,
  ReceiptName,
} from "../smpp-cache.ts";
import { idKey, mayMean, meantId, mostAlike, recallTime, receiptToken } from "../smpp-id.ts";
import { octetsOfText, ownText } from "./own-text.ts";

/** How much is kept, and for how long: times in milliseconds. */
export interface InMemoryIdsLimits {
  timeout: number;
  settledTimeout: number;
  /** Known ids, and as many settled ones. */
  most: number;
  earlyOctets: number;
}

/** What the keeping of a receipt takes beside its text and its ids, measured. */
const octetsPerReceipt = 768;

/** A receipt that waits. */
interface Early {
  readonly token: string;
  readonly name: ReceiptName;
  readonly receipt: string;
  expires: number;
  leasedUntil: number;
  /** The message that it was handed to. */
  owner: string | undefined;
}

/** Times are milliseconds of any clock that never goes back. */
export class InMemoryIds {
  readonly #known: IdTable;
  readonly #settled: IdTable;
  readonly #early: EarlyReceipts;

  constructor({ timeout, settledTimeout, most, earlyOctets }: InMemoryIdsLimits) {
    this.#known = new IdTable(timeout, most);
    this.#settled = new IdTable(settledTimeout, most);
    this.#early = new EarlyReceipts(earlyOctets);
  }

  store(smppId: string, messageId: string, info: PartInfo | undefined, now: number): void {
    checkMessageId(smppId, messageId, info);
    const key = idKey(smppId);
    this.#settled.delete(key, smppId);
    this.#known.set(key, smppId, messageId, info, now);
  }

  fetch(smppId: string, now: number): KnownMessage | undefined {
    const id = this.#known.alive(idKey(smppId), now).find((id) => id.smppId === smppId);
    return id && messageOf(id);
  }

  delete(smppId: string, now: number): void {
    const key = idKey(smppId);
    if (this.#known.delete(key, smppId)) this.#settled.set(key, smppId, "", undefined, now);
  }

  match(
    given: ReceiptName,
    keep: { receipt: string; seconds: number } | undefined,
    now: number,
  ): ReceiptMatch {
    const name = knowable(given);
    if (name === undefined) return { kind: "unknown" };
    const found = this.#find(name, now);
    const isWaiting = this.#early.of(name.key).length > 0;
    if (keep === undefined || (found.kind !== "unknown" && !isWaiting)) return found;
    const token = receiptToken(name, keep.receipt);
    if (this.#early.get(token) !== undefined) return { kind: "kept", token };
    if (found.kind !== "unknown" || !isKeepable(keep.receipt)) return found;
    const expires = now + keep.seconds * 1000 + recallTime;
    const early = {
      token,
      name: ownName(name),
      receipt: ownText(keep.receipt),
      expires,
      leasedUntil: 0,
      owner: undefined,
    };
    return this.#early.add(early, now) ? { kind: "kept", token } : found;
  }

  claim(smppId: string, messageId: string, lease: number, now: number): EarlyReceipt[] {
    const waiting = this.#early.of(idKey(smppId)).filter(({ name, owner, leasedUntil }) => {
      return mayMean(name, smppId) && (leasedUntil <= now || owner === messageId);
    });
    for (const early of waiting) {
      early.owner = messageId;
      early.leasedUntil = now + lease;
    }
    return waiting.map(({ token, receipt }) => ({ token, receipt }));
  }

  settle(token: string, published: boolean): void {
    const early = this.#early.get(token);
    if (early === undefined) return;
    if (published) this.#early.delete(early);
    else early.leasedUntil = 0;
  }

  recall(name: ReceiptName, token: string, now: number): RecalledReceipt {
    const early = this.#early.get(token);
    if (early === undefined) return { kind: "claimed" };
    if (early.leasedUntil > now) return { kind: "leased" };
    this.#early.delete(early);
    return this.#find(name, now);
  }

  clear(): void {
    this.#known.clear();
    this.#settled.clear();
    this.#early.clear();
  }

  #find(name: ReceiptName, now: number): Exclude<ReceiptMatch, { kind: "kept" }> {
    const known = this.#known.alive(name.key, now);
    const settled = this.#settled.alive(name.key, now);
    const id = meantId([...known, ...settled], name);
    if (id === undefined) return { kind: "unknown" };
    if (settled.includes(id)) return { kind: "settled" };
    return { kind: "known", smppId: id.smppId, message: messageOf(id) };
  }
}

/** Flat, and with a time that fits into 31 bits for weeks: that halves what an id takes. */
interface Id {
  readonly smppId: string;
  readonly messageId: string;
  /** 0 where nothing is known of parts. */
  readonly part: number;
  readonly total: number;
  /** In milliseconds since the cache was made. */
  readonly expires: number;
  /** An older one with the same key. */
  readonly older: Id | undefined;
}

function messageOf({ messageId, part, total }: Id): KnownMessage {
  return total === 0 ? { messageId } : { messageId, info: { part, total } };
}

/**
 * Ids by their key, in the order of their deadlines, since all live equally long and a touched key
 * moves to the end. What is too old is therefore at the front, and is removed when one is set.
 */
class IdTable {
  readonly #timeout: number;
  readonly #most: number;
  /** The youngest id of each key, and the others behind it. */
  readonly #ids = new OldestFirst<string, Id>();
  #size = 0;

  constructor(timeout: number, most: number) {
    this.#timeout = timeout;
    this.#most = most;
  }

  set(
    key: string,
    smppId: string,
    messageId: string,
    info: PartInfo | undefined,
    now: number,
  ): void {
    this.#forget((id) => id.expires <= now);
    const { part, total } = info ?? { part: 0, total: 0 };
    const others = this.alive(key, now).filter((id) => id.smppId !== smppId);
    const id = {
      smppId: ownText(smppId),
      messageId: ownText(messageId),
      part,
      total,
      expires: now + this.#timeout,
      older: undefined,
    };
    this.#put(ownText(key), [id, ...others.slice(0, mostAlike - 1)]);
    this.#forget(() => this.#size > this.#most);
  }

  /** Those with that key, the youngest first. */
  alive(key: string, now: number): Id[] {
    return this.#all(key).filter(({ expires }) => expires > now);
  }

  delete(key: string, smppId: string): boolean {
    const all = this.#all(key);
    const others = all.filter((id) => id.smppId !== smppId);
    if (others.length === all.length) return false;
    // The order stays: of two with one key the deadline of the other is not far.
    this.#put(key, others);
    return true;
  }

  clear(): void {
    this.#ids.clear();
    this.#size = 0;
  }

  #all(key: string): Id[] {
    const ids: Id[] = [];
    for (let id = this.#ids.get(key); id !== undefined; id = id.older) ids.push(id);
    return ids;
  }

  #put(key: string, ids: readonly Id[]): void {
    this.#size += ids.length - this.#all(key).length;
    const youngest = ids.reduceRight<Id | undefined>((older, id) => ({ ...id, older }), undefined);
    if (youngest === undefined) this.#ids.delete(key);
    else this.#ids.set(key, youngest);
  }

  /** The oldest keys, one after the other. */
  #forget(isDue: (id: Id) => boolean): void {
    for (let oldest = this.#ids.oldest(); oldest && isDue(oldest[1]); ) {
      this.#put(oldest[0], []);
      oldest = this.#ids.oldest();
    }
  }
}

/** Receipts that wait, by their token and by their key. */
class EarlyReceipts {
  readonly #most: number;
  readonly #byToken = new OldestFirst<string, Early>();
  readonly #byKey = new Map<string, Early[]>();
  #octets = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(token: string): Early | undefined {
    return this.#byToken.get(token);
  }

  /** Those that wait under that key, in the order in which they came. */
  of(key: string): readonly Early[] {
    return this.#byKey.get(key) ?? [];
  }

  /** False when there is no room. */
  add(early: Early, now: number): boolean {
    for (let oldest = this.#byToken.oldest(); oldest && oldest[1].expires <= now; ) {
      this.delete(oldest[1]);
      oldest = this.#byToken.oldest();
    }
    const { key } = early.name;
    const alike = this.of(key);
    const octets = this.#octets + octetsOf(early);
    if (octets > this.#most || alike.length >= mostAlike) return false;
    this.#octets = octets;
    this.#byToken.set(early.token, early);
    this.#byKey.set(key, [...alike, early]);
    return true;
  }

  delete(early: Early): void {
    if (!this.#byToken.delete(early.token)) return;
    const { key } = early.name;
    const others = this.of(key).filter((other) => other !== early);
    if (others.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, others);
    this.#octets -= octetsOf(early);
  }

  clear(): void {
    this.#byToken.clear();
    this.#byKey.clear();
    this.#octets = 0;
  }
}

function octetsOf({ name: { key, exact, folded }, receipt }: Early): number {
  const texts = [receipt, key, ...exact, ...folded];
  return texts.reduce((octets, text) => octets + octetsOfText(text), octetsPerReceipt);
}

function ownName({ key, exact, folded }: ReceiptName): ReceiptName {
  return { key: ownText(key), exact: exact.map(ownText), folded: folded.map(ownText) };
}
