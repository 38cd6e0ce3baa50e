/** From the PDUs that come to the texts and receipts that they carry. */
import type { NoVendorTlvs, VendorTlvs } from "@esme/pdu";
import { asError, checkOptions, type OptionKind, type OptionTable } from "@esme/session";
import { time } from "../back-off.ts";
import { CachedParts, type PartCache } from "./cached-parts.ts";
import { type IncompleteText, type KeptPart, PartMemory } from "./part-memory.ts";
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
  /** The sender as `sendText` takes it. */
  readonly from: string;
  readonly to: string;
  /** What the parts of one message have in common, 0 to 65,535. */
  readonly reference: number;
  /** Number of parts, 2 to 255. */
  readonly total: number;
  /** Which of them this is, 1 to `total`. */
  readonly sequence: number;
  readonly pdu: TextPdu<T>;
}

/** How texts are put together and read. */
export interface IncomingOptions<T extends VendorTlvs = NoVendorTlvs> extends ReadOptions {
  /**
   * Called with each part of a long message, before it is kept, the last one included. Its promise is
   * waited for; what it rejects with refuses the part, which the SMSC then delivers again.
   */
  onPart?: ((part: TextPart<T>) => unknown) | undefined;
  /**
   * Called with a message that is given up incomplete: its parts were answered, so that nobody else
   * knows of them. Default: a warning of the process (code `ESME_INCOMPLETE_TEXT`), without numbers.
   */
  onIncomplete?: ((message: IncompleteText) => unknown) | undefined;
  /**
   * Where parts wait for each other: any `SmppCache` of `@esme/caches`, shared between processes that are
   * bound to one account. Its own `onIncomplete` hears of what stays incomplete. Default: the memory of
   * this process.
   */
  cache?: PartCache | undefined;
  /** Milliseconds that an incomplete message is kept after its last part. Default 3,600,000. */
  partsTimeout?: number | undefined;
  /**
   * How much the parts in memory may take, in octets, each counted with 2,048 on top; beyond that the
   * oldest message is given up. Default 16,777,216.
   */
  maxPartsOctets?: number | undefined;
}

/** The rows of the options table. */
export const incomingOptions = {
  overrides: "object",
  receipts: "object",
  onPart: "function",
  onIncomplete: "function",
  cache: "object",
  partsTimeout: { ...time(3_600_000), least: 1 },
  maxPartsOctets: { type: "number", default: 16_777_216, least: 0, unit: "octets" },
} as const satisfies OptionTable<IncomingOptions>;

/** What the memory does, and a cache does by itself. */
const ofMemory = ["onIncomplete", "partsTimeout", "maxPartsOctets"] as const;

/** Throws TypeError for options that contradict each other; `owner` begins the sentence. */
function checkCache(owner: string, options: { readonly [name: string]: unknown }): void {
  if (options["cache"] === undefined) return;
  const name = ofMemory.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  throw new TypeError(`${owner}: ${name} is for parts in memory: with cache, set it there`);
}

/** Puts parts together, and reads what is whole. */
export class Incoming<in out T extends VendorTlvs = NoVendorTlvs> {
  readonly #options: IncomingOptions<T>;
  readonly #memory: PartMemory;
  readonly #cache: CachedParts | undefined;

  /**
   * `owner` begins the sentence of a TypeError or RangeError for options that `table` does not have, of
   * another type, or out of their limits.
   */
  constructor(
    owner: string,
    options: IncomingOptions<T>,
    table: { readonly [name: string]: OptionKind },
  ) {
    checkOptions(owner, options, table);
    checkCache(owner, { ...options });
    checkReading(owner, options);
    const { cache, partsTimeout, maxPartsOctets, onIncomplete = warn } = options;
    this.#options = options;
    this.#cache = cache && new CachedParts(cache);
    this.#memory = new PartMemory({
      timeout: partsTimeout ?? incomingOptions.partsTimeout.default,
      maxOctets: maxPartsOctets ?? incomingOptions.maxPartsOctets.default,
      onIncomplete: (message) => void told(onIncomplete, message),
    });
  }

  /**
   * Gives `take` what the PDU says, or what it makes whole. Rejects with what `onPart`, the cache or
   * `take` reject with; a part that was refused so is forgotten, since it comes again.
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
    const [speaker = pdu] = pdus;
    try {
      const said = { octets, national, parts: concat.total };
      await take(received<T>(speaker, pdus, said, this.#options));
    } catch (error) {
      await settle(false);
      throw error;
    }
    await settle(true);
  }

  /** Nothing more comes: tells of what is incomplete. */
  close(): void {
    this.#memory.close();
  }

  async #join(pdu: TextPdu, { octets }: Body, concat: Concat): Promise<Whole | undefined> {
    const { source_addr: source, destination_addr: destination } = pdu;
    const part = { source, destination, ...concat, octets };
    if (this.#cache !== undefined) {
      const joined = await this.#cache.add({ ...part, dataCoding: pdu.data_coding });
      return joined && { ...joined, pdus: [pdu] };
    }
    const whole = await this.#memory.add({ ...part, pdu });
    return (
      whole && { ...whole, pdus: whole.parts.map(({ pdu }) => pdu), octets: joined(whole.parts) }
    );
  }
}

type Concat = NonNullable<Body["concat"]>;

interface Whole {
  readonly octets: Uint8Array;
  readonly pdus: readonly TextPdu[];
  readonly settle: (taken: boolean) => void | Promise<void>;
}

function partOf<T extends VendorTlvs>(pdu: TextPdu, concat: Concat): TextPart<T> {
  return {
    from: addressOf(pdu.source_addr, pdu.source_addr_ton),
    to: addressOf(pdu.destination_addr, pdu.dest_addr_ton),
    ...concat,
    // What T adds to the PDU is there; inside it is keys like any other.
    pdu: pdu as TextPdu<T>,
  };
}

function joined(parts: readonly KeptPart[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, { octets }) => length + octets.length, 0));
  let offset = 0;
  for (const { octets } of parts) {
    whole.set(octets, offset);
    offset += octets.length;
  }
  return whole;
}

/** A listener that throws or rejects harms nobody else: it becomes a warning of the process. */
async function told(
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
  const what = `a text came incomplete, ${received.length} of ${total} parts (${reason}): onIncomplete is told of it where it is given`;
  process.emitWarning(what, { code: "ESME_INCOMPLETE_TEXT" });
}
