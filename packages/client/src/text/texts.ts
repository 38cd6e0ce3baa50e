/** Texts and receipts as an async iterator. */
import type { NoVendorTlvs, VendorTlvs } from "@esme/pdu";
import type { Client } from "../client.ts";
import type { ReceivedReceipt, ReceivedText, TextPdu } from "./received.ts";
import { TextReader, type TextReaderOptions, textReaderOptions } from "./text-reader.ts";

/** The options of {@link texts}. */
export type TextsOptions<T extends VendorTlvs = NoVendorTlvs> = TextReaderOptions<T>;

/**
 * An async iterator over texts and receipts: `for await (const item of texts(client))`, where `item.kind`
 * is `text` or `receipt`. It starts with this call and ends like `client.listen()`: after unbind or
 * disconnect, when the connection is lost without `reconnect`, and when the program leaves the loop.
 * `onIncomplete` is then called with the incomplete messages.
 *
 * A PDU is answered when the loop takes its item, and a slow loop slows the SMSC down. To store a text
 * before the SMSC is answered, use `receiveTexts`. Other requests are answered by their callbacks.
 *
 * The loop throws the error of `onPart` or of the cache.
 *
 * Throws TypeError for an unknown option or a wrong type, RangeError for a number out of its limits.
 */
export function texts<T extends VendorTlvs = NoVendorTlvs>(
  client: Client<T>,
  options: TextsOptions<NoInfer<T>> = {},
): AsyncGenerator<ReceivedText<T> | ReceivedReceipt<T>, void, undefined> {
  const reader = new TextReader<T>("texts", options, textReaderOptions);
  // Starts now, not with the first `next()`: PDUs received meanwhile wait in the queue.
  return new TextIterator<T>(client.listen(), reader);
}

type Item<T extends VendorTlvs> = ReceivedText<T> | ReceivedReceipt<T>;

/**
 * A generator function would not do: `return()` before the first `next()` would not reach its `finally`.
 */
class TextIterator<in out T extends VendorTlvs>
  implements AsyncGenerator<Item<T>, void, undefined>
{
  readonly #pdus: AsyncGenerator<object, void, undefined>;
  readonly #reader: TextReader<T>;

  constructor(pdus: AsyncGenerator<object, void, undefined>, reader: TextReader<T>) {
    this.#pdus = pdus;
    this.#reader = reader;
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
    this.#reader.close();
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
    await this.#reader.read(pdu, (read) => {
      item = read;
    });
    return item;
  }
}

function isTextPdu(pdu: object): pdu is TextPdu {
  return "command" in pdu && (pdu.command === "deliver_sm" || pdu.command === "data_sm");
}
