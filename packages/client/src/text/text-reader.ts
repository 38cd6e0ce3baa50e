/** Reads texts and receipts from received PDUs, and joins the parts of long texts. */
import type { NoVendorTlvs, VendorTlvs } from "@esme/pdu";
import { asError } from "@esme/session";
import { checkOptions, number, type OptionKind, type OptionTable, time } from "@esme/settings";
import { CachedParts, type PartCache } from "./cached-parts.ts";
import { type IncompleteText, PartMemory, type StoredPart } from "./part-memory.ts";
import {
  addressOf,
  type Body,
  bodyOf,
  checkReading,
  type ReadOptions,
  type ReceivedReceipt,
  type ReceivedText,
  received,
  type TextPdu,
} from "./received.ts";

/** One part of a long message. */
export interface TextPart<T extends VendorTlvs = NoVendorTlvs> {
  /** The sender in the form that `sendText` takes. */
  readonly from: string;
  /** The recipient, in the same form. */
  readonly to: string;
  /** The number that all parts of one message have, 0 to 65,535. */
  readonly reference: number;
  /** Number of parts, 2 to 255. */
  readonly total: number;
  /** The position of this part, 1 to `total`. */
  readonly sequence: number;
  /** The PDU of this part. */
  readonly pdu: TextPdu<T>;
}

/** How texts are joined and decoded. */
export interface TextReaderOptions<T extends VendorTlvs = NoVendorTlvs> extends ReadOptions {
  /**
   * Called with each part of a long message, also the last one, before the part is stored. The part is
   * stored when the promise resolves. When it rejects the SMSC is answered with an error and delivers
   * the part again.
   */
  onPart?: ((part: TextPart<T>) => unknown) | undefined;
  /**
   * Called with a message that is dropped incomplete. Its parts were answered, so the SMSC does not
   * deliver them again. Default: a warning of the process (code `ESME_INCOMPLETE_TEXT`) without phone
   * numbers.
   */
  onIncomplete?: ((message: IncompleteText) => unknown) | undefined;
  /**
   * Stores the parts: any `SmppCache` of `@esme/caches`, shared between the processes that are bound to
   * one account. The cache has its own `onIncomplete`. Default: the memory of this process.
   */
  cache?: PartCache | undefined;
  /** Milliseconds that an incomplete message is stored after its latest part. Default 3,600,000. */
  partsTimeout?: number | undefined;
  /**
   * Memory for parts in octets; each part counts 2,048 octets more than its text. Above the limit the
   * oldest message is dropped. Default 16,777,216.
   */
  maxPartsOctets?: number | undefined;
}

/** The options of {@link TextReader} and their defaults. */
export const textReaderOptions = {
  overrides: "object",
  receipts: "object",
  onPart: "function",
  onIncomplete: "function",
  cache: "object",
  partsTimeout: time(3_600_000, 1),
  maxPartsOctets: number(16_777_216, 0, "octets"),
} as const satisfies OptionTable<TextReaderOptions>;

/** Options of parts in memory; a cache has its own. */
const memoryOptions = ["onIncomplete", "partsTimeout", "maxPartsOctets"] as const;

/** Throws TypeError for options that contradict each other. `owner` is the first word of the error. */
function checkCache(owner: string, options: { readonly [name: string]: unknown }): void {
  if (options["cache"] === undefined) return;
  const name = memoryOptions.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  throw new TypeError(`${owner}: ${name} is for parts in memory: with cache, set it there`);
}

/** Joins parts, and decodes complete messages. */
export class TextReader<in out T extends VendorTlvs = NoVendorTlvs> {
  readonly #options: TextReaderOptions<T>;
  readonly #memory: PartMemory;
  readonly #cache: CachedParts | undefined;

  /**
   * Throws TypeError for options that `table` does not have or of another type, RangeError for numbers
   * out of their limits. `owner` is the first word of the error.
   */
  constructor(
    owner: string,
    options: TextReaderOptions<T>,
    table: { readonly [name: string]: OptionKind },
  ) {
    checkOptions(owner, options, table);
    checkCache(owner, { ...options });
    checkReading(owner, options);
    const { cache, partsTimeout, maxPartsOctets, onIncomplete = warn } = options;
    this.#options = options;
    this.#cache = cache && new CachedParts(cache);
    this.#memory = new PartMemory({
      timeout: partsTimeout ?? textReaderOptions.partsTimeout.default,
      maxOctets: maxPartsOctets ?? textReaderOptions.maxPartsOctets.default,
      onIncomplete: (message) => void callListener(onIncomplete, message),
    });
  }

  /**
   * Calls `take` with the text or receipt of the PDU, or that its part completes. Rejects with the error of
   * `onPart`, the cache or `take`. The part is then removed: the SMSC delivers it again.
   */
  async read(
    pdu: TextPdu,
    take: (item: ReceivedText<T> | ReceivedReceipt<T>) => unknown,
  ): Promise<void> {
    const body = bodyOf(pdu);
    const { concat, national } = body;
    if (concat === undefined) {
      await take(
        received<T>(pdu, [pdu], { octets: body.octets, national, parts: 1 }, this.#options),
      );
      return;
    }
    await this.#options.onPart?.(partOf<T>(pdu, concat));
    const whole = await this.#join(pdu, body, concat);
    if (whole === undefined) return;
    const { octets, pdus, settle } = whole;
    const [first = pdu] = pdus;
    try {
      const joined = { octets, national, parts: concat.total };
      await take(received<T>(first, pdus, joined, this.#options));
    } catch (error) {
      await settle(false);
      throw error;
    }
    await settle(true);
  }

  /** Drops incomplete messages, with `onIncomplete`. */
  close(): void {
    this.#memory.close();
  }

  async #join(pdu: TextPdu, { octets }: Body, concat: Concat): Promise<Whole | undefined> {
    const { source_addr: source, destination_addr: destination } = pdu;
    const part = { source, destination, ...concat, octets };
    if (this.#cache !== undefined) {
      const whole = await this.#cache.add({ ...part, dataCoding: pdu.data_coding });
      return whole && { ...whole, pdus: [pdu] };
    }
    const whole = await this.#memory.add({ ...part, pdu });
    return (
      whole && { ...whole, pdus: whole.parts.map(({ pdu }) => pdu), octets: join(whole.parts) }
    );
  }
}

type Concat = NonNullable<Body["concat"]>;

interface Whole {
  readonly octets: Uint8Array;
  readonly pdus: readonly TextPdu[];
  readonly settle: (accepted: boolean) => void | Promise<void>;
}

function partOf<T extends VendorTlvs>(pdu: TextPdu, concat: Concat): TextPart<T> {
  return {
    from: addressOf(pdu.source_addr, pdu.source_addr_ton),
    to: addressOf(pdu.destination_addr, pdu.dest_addr_ton),
    ...concat,
    // The codec decoded the TLVs of T. In here their types do not matter.
    pdu: pdu as TextPdu<T>,
  };
}

function join(parts: readonly StoredPart[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, { octets }) => length + octets.length, 0));
  let offset = 0;
  for (const { octets } of parts) {
    whole.set(octets, offset);
    offset += octets.length;
  }
  return whole;
}

/** An error of the listener becomes a warning of the process. */
async function callListener(
  listener: (message: IncompleteText) => unknown,
  message: IncompleteText,
): Promise<void> {
  try {
    await listener(message);
  } catch (error) {
    process.emitWarning(asError(error));
  }
}

function warn({ received, total, reason }: IncompleteText): void {
  const what = `a text was dropped incomplete, ${received.length} of ${total} parts (${reason}): give onIncomplete to handle it`;
  process.emitWarning(what, { code: "ESME_INCOMPLETE_TEXT" });
}
