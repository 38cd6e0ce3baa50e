/** GSM 03.38 as a codec of iconv-lite, streams included. */
import { ESCAPE } from "./alphabet.ts";
import { type DecodeOptions, decode } from "./decode.ts";
import { type EncodeOptions, encode } from "./encode.ts";
import { type PackOptions, pack7bit, unpack7bit } from "./packing.ts";

// Here too, since the options may name a language by its identifier.
export { languages } from "./languages.ts";

/**
 * What is needed of the module: `import iconv from "iconv-lite"`. Its own types are not, since they
 * differ from version to version.
 */
export interface Iconv {
  encodingExists(encoding: string): boolean;
  readonly encodings: object | null;
  readonly defaultCharSingleByte: string;
}

/** What `iconv.encode(text, "gsm0338", options)` and the encoding streams understand. */
export interface IconvEncodeOptions extends EncodeOptions, Pick<PackOptions, "ussd"> {
  /** Of iconv-lite; there is no byte order mark here. */
  readonly addBOM?: boolean;
}

/** What `iconv.decode(octets, "gsm0338", options)` and the decoding streams understand. */
export interface IconvDecodeOptions extends DecodeOptions, Pick<PackOptions, "ussd"> {
  /** Of iconv-lite; there is no byte order mark here. */
  readonly stripBOM?: boolean;
}

/**
 * Teaches an iconv-lite module the encodings `gsm0338` (one septet per octet) and `gsm0338-packed`.
 * As with all its encodings, an unencodable character becomes `iconv.defaultCharSingleByte` (`?`)
 * unless the options name another `replacement`. Packed text follows the carriage return rule of
 * `pack7bit`, since nothing tells its number of septets, unless `ussd` is false. Calling it again
 * does nothing new.
 */
export function registerGsm0338(iconvLite: Iconv): void {
  // iconv-lite loads its table of encodings at the first look-up; one set before hides them all.
  iconvLite.encodingExists("utf8");
  // Encodings are classes there, or aliases.
  const { encodings } = iconvLite;
  if (!encodings) throw new TypeError("registerGsm0338 expects the module iconv-lite");
  Object.assign(encodings, { gsm0338: Gsm0338, gsm0338packed: Gsm0338Packed });
}

/** iconv-lite makes one of these per encoding, and an encoder or decoder per call or stream. */
class Gsm0338 {
  readonly encoder = GsmEncoder;
  readonly decoder = GsmDecoder;
  readonly iconv: Iconv;

  constructor(_options: unknown, iconvLite: Iconv) {
    this.iconv = iconvLite;
  }
}

class Gsm0338Packed {
  readonly encoder = PackedEncoder;
  readonly decoder = PackedDecoder;
  readonly iconv: Iconv;

  constructor(_options: unknown, iconvLite: Iconv) {
    this.iconv = iconvLite;
  }
}

/** Text to septets; a high surrogate at the end of a chunk waits for the next one. */
class GsmEncoder {
  readonly #options: EncodeOptions;
  #pending = "";

  constructor(options: IconvEncodeOptions | undefined, { iconv }: Gsm0338 | Gsm0338Packed) {
    this.#options = { replacement: iconv.defaultCharSingleByte, ...options };
  }

  write(text: string): Buffer {
    const all = this.#pending + text;
    const last = all.charCodeAt(all.length - 1);
    const whole = last >= 0xd800 && last <= 0xdbff ? all.length - 1 : all.length;
    this.#pending = all.slice(whole);
    return toBuffer(encode(all.slice(0, whole), this.#options));
  }

  end(): Buffer {
    return toBuffer(encode(this.#pending, this.#options));
  }
}

/** Septets to text; an escape at the end of a chunk waits for the next one. */
class GsmDecoder {
  readonly #options: DecodeOptions | undefined;
  #pending = false;

  constructor(options: IconvDecodeOptions | undefined) {
    this.#options = options;
  }

  write(octets: Uint8Array): string {
    const all = this.#pending ? Uint8Array.of(ESCAPE, ...octets) : octets;
    let escapes = 0;
    while (escapes < all.length && all[all.length - 1 - escapes] === ESCAPE) escapes++;
    // Two escapes are a pair of their own.
    this.#pending = escapes % 2 === 1;
    return decode(this.#pending ? all.subarray(0, -1) : all, this.#options);
  }

  end(): string {
    return this.#pending ? decode(Uint8Array.of(ESCAPE), this.#options) : "";
  }
}

const SEPTETS_PER_GROUP = 8;
const OCTETS_PER_GROUP = 7;

/** Text to packed octets, eight septets at a time; the last ones wait for the end. */
class PackedEncoder {
  readonly #encoder: GsmEncoder;
  readonly #ussd: boolean;
  #pending: Uint8Array = new Uint8Array(0);

  constructor(options: IconvEncodeOptions | undefined, codec: Gsm0338Packed) {
    this.#encoder = new GsmEncoder(options, codec);
    this.#ussd = options?.ussd ?? true;
  }

  write(text: string): Buffer {
    const septets = Buffer.concat([this.#pending, this.#encoder.write(text)]);
    // Never all of them: what pads the end depends on the last septet.
    const groups = Math.floor(Math.max(0, septets.length - 1) / SEPTETS_PER_GROUP);
    this.#pending = septets.subarray(groups * SEPTETS_PER_GROUP);
    return toBuffer(pack7bit(septets.subarray(0, groups * SEPTETS_PER_GROUP)));
  }

  end(): Buffer {
    const septets = Buffer.concat([this.#pending, this.#encoder.end()]);
    return toBuffer(pack7bit(septets, { ussd: this.#ussd }));
  }
}

/** Packed octets to text, seven octets at a time; the last ones wait for the end. */
class PackedDecoder {
  readonly #decoder: GsmDecoder;
  readonly #ussd: boolean;
  #pending: Uint8Array = new Uint8Array(0);

  constructor(options: IconvDecodeOptions | undefined) {
    this.#decoder = new GsmDecoder(options);
    this.#ussd = options?.ussd ?? true;
  }

  write(chunk: Uint8Array): string {
    const octets = Buffer.concat([this.#pending, chunk]);
    // Two groups stay: the padding at the end is told by the two last septets.
    const groups = Math.max(0, Math.ceil(octets.length / OCTETS_PER_GROUP) - 2);
    this.#pending = octets.subarray(groups * OCTETS_PER_GROUP);
    return this.#decoder.write(unpack7bit(octets.subarray(0, groups * OCTETS_PER_GROUP)));
  }

  end(): string {
    const text = this.#decoder.write(unpack7bit(this.#pending, { ussd: this.#ussd }));
    return text + this.#decoder.end();
  }
}

/** The same memory as a Buffer, which is what iconv-lite hands out. */
function toBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
