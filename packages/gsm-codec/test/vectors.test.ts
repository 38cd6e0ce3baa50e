import { describe, expect, test } from "vitest";
import {
  canEncode,
  type DecodeOptions,
  decode,
  type EncodeOptions,
  encode,
  GsmError,
  languages,
  type PackOptions,
  pack7bit,
  septetCount,
  unpack7bit,
} from "../src/index.ts";
import { bytes, hex, rows } from "./vectors.ts";

const gsmCharset = (charset: unknown) =>
  charset === "gsm0338" || charset === "gsm0338-packed" || typeof charset === "object";

/** What the rows call `errors`, in this package's words. */
const encodeErrors: Record<string, EncodeOptions> = {
  strict: {},
  replace: { replacement: "?" },
  ignore: { replacement: "" },
  transliterate: { replacement: (character) => ({ ç: "Ç" })[character] ?? "?" },
};
const decodeErrors: Record<string, DecodeOptions> = {
  strict: {
    replacement: (octet, index) => {
      throw new GsmError("invalid_septet", `octet ${octet}`, "", index);
    },
  },
  replace: {},
  ignore: { replacement: "" },
};

/** Rows of some libraries pack by the USSD rule; their notes say so. */
const packing = (row: (typeof rows)[number]): PackOptions => ({
  fillBits: row.input.fillBits,
  ussd: row.input.ussd ?? row.note?.startsWith("CR fill") ?? false,
});

describe("rows of text.json", () => {
  test.each(rows.filter((row) => row.kind === "encode" && gsmCharset(row.input.charset)))(
    "encode $id",
    (row) => {
      const { text = "", charset, locking, singleShift, errors = "strict" } = row.input;
      const tables = typeof charset === "object" ? charset : { locking, singleShift };
      const options = { ...encodeErrors[errors], ...tables };
      if (row.expect.error) {
        expect(() => encode(text, options)).toThrow(
          expect.objectContaining({ code: "unencodable", index: row.expect.at }),
        );
        return;
      }
      const septets = encode(text, options);
      const octets = charset === "gsm0338-packed" ? pack7bit(septets, packing(row)) : septets;
      expect(hex(octets)).toBe(row.expect.hex);
      expect(septetCount(text, options)).toBe(septets.length);
    },
  );

  test.each(rows.filter((row) => row.kind === "decode" && gsmCharset(row.input.charset)))(
    "decode $id",
    (row) => {
      const { hex: input = "", charset, errors = "replace", septetCount: septets } = row.input;
      const options = { ...decodeErrors[errors], ...(typeof charset === "object" ? charset : {}) };
      if (row.expect.error) {
        expect(() => decode(bytes(input), options)).toThrow(
          expect.objectContaining({ index: row.expect.at }),
        );
        return;
      }
      const octets = bytes(input);
      if (row.input.udh) {
        // The header and its fill bits: 8 * 6 octets take 7 septets and 1 bit.
        const body = unpack7bit(octets.subarray(6), {
          fillBits: 1,
          septets: (row.input.udlSeptets ?? 0) - 7,
        });
        expect(decode(body)).toBe(row.expect.text);
        return;
      }
      const packed = charset === "gsm0338-packed";
      expect(
        decode(packed ? unpack7bit(octets, { ...packing(row), septets }) : octets, options),
      ).toBe(row.expect.text);
    },
  );

  test.each(rows.filter((row) => row.kind === "encodable" && row.input.charset === "gsm0338"))(
    "encodable $id",
    ({ input, expect: expected }) => {
      expect(canEncode(input.text ?? "")).toBe(expected.ok);
    },
  );

  test.each(rows.filter((row) => row.kind === "detect"))(
    "detect $id",
    ({ input, expect: want }) => {
      expect(canEncode(input.text ?? "")).toBe(want.charset === "gsm0338");
    },
  );

  test.each(rows.filter((row) => row.kind === "septets"))("septets $id", (row) => {
    expect(septetCount(row.input.text ?? "")).toBe(row.expect.count);
  });

  test.each(rows.filter((row) => row.kind === "table"))("table $id", ({ input, expect: want }) => {
    const language = languages[input.nli ?? 0];
    const options = input.table === "locking" ? { locking: language } : { singleShift: language };
    for (const [code, character] of want.pairs ?? []) {
      expect(decode(bytes(code), options)).toBe(character);
    }
  });

  test.each(rows.filter((row) => row.kind === "pack"))("pack $id", (row) => {
    expect(hex(pack7bit(bytes(row.input.septets), packing(row)))).toBe(row.expect.hex);
  });

  test.each(rows.filter((row) => row.kind === "unpack"))("unpack $id", (row) => {
    expect(hex(unpack7bit(bytes(row.input.hex), packing(row)))).toBe(row.expect.septets);
  });

  test.each(rows.filter((row) => row.kind === "packLength"))("packLength $id", (row) => {
    expect(pack7bit(new Uint8Array(Number(row.input.septets))).length).toBe(row.expect.octets);
  });

  test.each(rows.filter((row) => row.kind === "packRoundTrip"))("packRoundTrip $id", (row) => {
    const { text = "" } = row.input;
    const septets = encode(text);
    const octets = pack7bit(septets);
    expect(septets.length).toBe(row.expect.septets);
    expect(octets.length).toBe(row.expect.octets);
    expect(decode(unpack7bit(octets, { septets: septets.length }))).toBe(text);
  });
});
