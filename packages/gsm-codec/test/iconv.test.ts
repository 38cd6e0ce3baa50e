import { Readable } from "node:stream";
import { text as readText } from "node:stream/consumers";
import fc from "fast-check";
import iconv from "iconv-lite";
import { beforeAll, describe, expect, test } from "vitest";
import { type IconvDecodeOptions, type IconvEncodeOptions, registerGsm0338 } from "../src/iconv.ts";
import { decode, encode, pack7bit } from "../src/index.ts";
import { gsmText } from "./arbitraries.ts";
import { bytes, hex } from "./vectors.ts";

beforeAll(() => registerGsm0338(iconv));

const packedEncoding = "gsm0338-packed";

/** A text in pieces, as a stream would bring it. */
const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
function* cutUp<T extends string | Uint8Array>(whole: T, sizes: number[]): Generator<T> {
  let start = 0;
  for (let i = 0; start < whole.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    // Both kinds of `slice` give their own kind back, which a union does not tell.
    yield whole.slice(start, start + size) as T;
    start += size;
  }
}

describe("registerGsm0338", () => {
  test("keeps the encodings that were there", () => {
    expect(iconv.encodingExists("iso-8859-5")).toBe(true);
  });

  test.each(["gsm0338", "GSM-03.38", "gsm_03_38"])("makes %s known", (name) => {
    expect(hex(iconv.encode("a€@", name))).toBe("611b6500");
    expect(iconv.decode(bytes("611b6500"), name)).toBe("a€@");
  });

  test("writes a question mark for what the alphabet has not, as iconv-lite does everywhere", () => {
    expect(hex(iconv.encode("a😀ж", "gsm0338"))).toBe("613f3f");
  });

  test("takes tables and replacement from the options", () => {
    const encodeOptions: IconvEncodeOptions = { singleShift: 1, replacement: "" };
    const decodeOptions: IconvDecodeOptions = { singleShift: 1 };
    expect(hex(iconv.encode("ğжa", "gsm0338", encodeOptions))).toBe("1b6761");
    expect(iconv.decode(bytes("1b6761"), "gsm0338", decodeOptions)).toBe("ğa");
  });

  test("holds an escape back until the next chunk", () => {
    const decoder = iconv.getDecoder("gsm0338");
    expect(decoder.write(Buffer.from([0x61, 0x1b]))).toBe("a");
    expect(decoder.write(Buffer.from([0x65]))).toBe("€");
    expect(decoder.write(Buffer.from([0x1b]))).toBe("");
    expect(decoder.end()).toBe(" ");
  });

  test("holds half a surrogate pair back until the next chunk", () => {
    const encoder = iconv.getEncoder("gsm0338");
    expect(hex(encoder.write("a\ud83d"))).toBe("61");
    expect(hex(encoder.write("\ude00b"))).toBe("3f62");
    expect(hex(encoder.write("\ud83d"))).toBe("");
    expect(hex(encoder.end() ?? bytes())).toBe("3f");
  });

  test("packs so that text of any length comes back, or with zero bits if told so", () => {
    for (const text of ["abcdef", "abcdefg", "abcdefgh", "abcdefg\r", "abcdef\r"]) {
      expect(iconv.decode(iconv.encode(text, packedEncoding), packedEncoding)).toBe(text);
    }
    const zeros: IconvEncodeOptions = { ussd: false };
    expect(hex(iconv.encode("abcdefg", packedEncoding, zeros))).toBe("61f1985c369f01");
  });

  test.each([false, true])("packs and unpacks in pieces as in one go, ussd %s", (ussd) => {
    fc.assert(
      fc.property(gsmText(), pieces, (text, sizes) => {
        const options: IconvEncodeOptions & IconvDecodeOptions = { ussd };
        const encoder = iconv.getEncoder(packedEncoding, options);
        const chunks = [...cutUp(text, sizes)].map((piece) => encoder.write(piece));
        const octets = Buffer.concat([...chunks, encoder.end() ?? bytes()]);
        expect(hex(octets)).toBe(hex(pack7bit(encode(text), { ussd })));

        const decoder = iconv.getDecoder(packedEncoding, options);
        const read = [...cutUp(new Uint8Array(octets), sizes)].map((piece) =>
          decoder.write(Buffer.from(piece)),
        );
        expect(read.join("") + (decoder.end() ?? "")).toBe(
          iconv.decode(octets, packedEncoding, options),
        );
      }),
    );
  });

  test("decodes any octets in pieces as in one go", () => {
    fc.assert(
      fc.property(fc.uint8Array(), pieces, (octets, sizes) => {
        const decoder = iconv.getDecoder("gsm0338");
        const read = [...cutUp(octets, sizes)].map((piece) => decoder.write(Buffer.from(piece)));
        expect(read.join("") + decoder.end()).toBe(decode(octets));
      }),
    );
  });

  test("serves the streams of iconv-lite", async () => {
    const octets = Readable.from(["gr", "ü€", "n"]).pipe(iconv.encodeStream("gsm0338"));
    expect(await readText(octets.pipe(iconv.decodeStream("gsm0338")))).toBe("grü€n");
  });
});
