/** The least that a cache must do, over Maps that forget nothing: a beginning for another store. */

import {
  checkMessageId,
  checkPart,
  type KnownMessage,
  type MessagePart,
  type PartInfo,
  type SmppCache,
} from "@esme/caches";

/** In a configuration: `./map-smpp-cache.js#MapSmppCache`. */
export class MapSmppCache implements SmppCache {
  readonly #parts = new Map<string, { total: number; parts: Map<number, Uint8Array> }>();
  readonly #ids = new Map<string, KnownMessage>();

  async storeMultipart(part: MessagePart): Promise<Uint8Array | undefined> {
    const { source, destination, reference, total, sequence, octets } = checkPart(part);
    const key = JSON.stringify([source, destination, reference]);
    const known = this.#parts.get(key);
    const belongs = known?.total === total && isSame(known.parts.get(sequence), octets);
    const set = known && belongs ? known : { total, parts: new Map<number, Uint8Array>() };
    const { parts } = set;
    parts.set(sequence, new Uint8Array(octets));
    this.#parts.set(key, set);
    if (parts.size < total) return undefined;
    this.#parts.delete(key);
    const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, piece]) => piece);
    return new Uint8Array(Buffer.concat(inOrder));
  }

  async storeSmppMessageId(smppId: string, messageId: string, info?: PartInfo): Promise<void> {
    checkMessageId(smppId, messageId, info);
    this.#ids.set(smppId, info === undefined ? { messageId } : { messageId, info });
  }

  async fetchSmppMessageId(smppId: string): Promise<KnownMessage | undefined> {
    return this.#ids.get(smppId);
  }

  async deleteSmppMessageId(smppId: string): Promise<void> {
    this.#ids.delete(smppId);
  }

  async close(): Promise<void> {
    this.#parts.clear();
    this.#ids.clear();
  }
}

/** A reference is used again: other octets are a part of another message. */
function isSame(before: Uint8Array | undefined, octets: Uint8Array): boolean {
  return before === undefined || Buffer.compare(before, octets) === 0;
}
