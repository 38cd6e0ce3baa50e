/** Texts and receipts for those who pull. */
import type { NoVendorTlvs, VendorTlvs } from "@esme/pdu";
import type { Client } from "../client.ts";
import { Incoming, type IncomingOptions, incomingOptions } from "./incoming.ts";
import type { ReceivedReceipt, ReceivedText, TextPdu } from "./received.ts";

/** How {@link texts} puts texts together and reads them. */
export type TextsOptions<T extends VendorTlvs = NoVendorTlvs> = IncomingOptions<T>;

/**
 * Texts and receipts, one by one: `for await (const item of texts(client))`, where `item.kind` is `text`
 * or `receipt`. As `receiveTexts` makes them, and as `client.listen()` gives PDUs: from this call on,
 * over all connections with `reconnect`, until unbind, disconnect, or the loop is left.
 *
 * Taking an item answers its PDU, and a slow loop slows the SMSC down. Who must have stored a text
 * before the SMSC is answered takes `receiveTexts`. Other requests are left to their callbacks. At the
 * end `onIncomplete` is told of what is incomplete.
 *
 * A loop ends with the error of `onPart` or of the cache.
 *
 * Throws TypeError for an option that does not exist or has another type, RangeError for a number out of
 * its limits.
 */
export function texts<T extends VendorTlvs = NoVendorTlvs>(
  client: Client<T>,
  options: TextsOptions<NoInfer<T>> = {},
): AsyncGenerator<ReceivedText<T> | ReceivedReceipt<T>, void, undefined> {
  const incoming = new Incoming<T>("texts", options, incomingOptions);
  // From now on, not from the first item on: what comes in between is kept.
  return new TextIterator<T>(client.listen(), incoming);
}

type Item<T extends VendorTlvs> = ReceivedText<T> | ReceivedReceipt<T>;

/** No generator function: one that was never begun would not hear that it is left. */
class TextIterator<in out T extends VendorTlvs>
  implements AsyncGenerator<Item<T>, void, undefined>
{
  readonly #pdus: AsyncGenerator<object, void, undefined>;
  readonly #incoming: Incoming<T>;

  constructor(pdus: AsyncGenerator<object, void, undefined>, incoming: Incoming<T>) {
    this.#pdus = pdus;
    this.#incoming = incoming;
  }

  async next(): Promise<IteratorResult<Item<T>, void>> {
    try {
      for (;;) {
        const { done, value: pdu } = await this.#pdus.next();
        if (done || pdu === undefined) return await this.return();
        const item = isTextPdu(pdu) ? await this.#read(pdu) : undefined;
        if (item !== undefined) return { done: false, value: item };
      }
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Item<T>, void>> {
    await this.#pdus.return();
    this.#incoming.close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Item<T>, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #read(pdu: TextPdu): Promise<Item<T> | undefined> {
    let item: Item<T> | undefined;
    await this.#incoming.read(pdu, (read) => {
      item = read;
    });
    return item;
  }
}

function isTextPdu(pdu: object): pdu is TextPdu {
  return "command" in pdu && (pdu.command === "deliver_sm" || pdu.command === "data_sm");
}
