import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countSegments,
  decodeShortMessage,
  joinParts,
  readUdh,
  type SplitMethod,
  splitShortMessage,
} from "../src/index.ts";
import { nationalTexts, shuffled, texts } from "./arbitraries.ts";
import { hex } from "./vectors.ts";

const anyText = fc.oneof(nationalTexts.turkish(), nationalTexts.hindi(), texts[0](), texts[8]());
const methods = fc.constantFrom<SplitMethod>("udh", "udh16", "sar", "payload");

/** What a receiver does: join, read the header of any part for the tables, decode. */
function receive(
  { parts, segments, esm_class, data_coding }: ReturnType<typeof splitShortMessage>,
  seed: number,
): string {
  const pdus = parts.map((short_message, index) => ({
    short_message,
    esm_class,
    ...segments[index]?.tlvs,
  }));
  const [first = new Uint8Array(0)] = parts;
  const national = esm_class === 0x40 ? readUdh(first).national : undefined;
  return decodeShortMessage(joinParts(shuffled(pdus, seed)), data_coding, { national });
}

describe("national: auto", () => {
  test("announces the tables in every part, so that the text can be read", () => {
    fc.assert(
      fc.property(anyText, methods, fc.integer(), (text, method, seed) => {
        const message = splitShortMessage(text, 0, { method, national: "auto" });
        expect(receive(message, seed)).toBe(text);
        if (message.esm_class !== 0x40) return;
        const headers = message.parts.map((part) => readUdh(part).national);
        expect(new Set(headers.map((national) => JSON.stringify(national))).size).toBe(1);
      }),
    );
  });

  test("never takes more parts than without, and tables only where they save parts", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const plain = splitShortMessage(text, 0);
        const auto = splitShortMessage(text, 0, { national: "auto" });
        const [first = new Uint8Array(0)] = auto.parts;
        const national = auto.esm_class === 0x40 ? readUdh(first).national : undefined;
        if (national === undefined) expect(auto.parts.length).toBe(plain.parts.length);
        else expect(auto.parts.length).toBeLessThan(plain.parts.length);
        expect(countSegments(text, { national: "auto" }).segments).toBe(auto.parts.length);
      }),
    );
  });

  test("takes as few parts as any pair of tables", () => {
    fc.assert(
      fc.property(nationalTexts.turkish(240), (text) => {
        let fewest = countSegments(text).segments;
        for (let locking = 0; locking <= 13; locking++) {
          for (let singleShift = 0; singleShift <= 13; singleShift++) {
            const { segments } = countSegments(text, { national: { locking, singleShift } });
            fewest = Math.min(fewest, segments);
          }
        }
        expect(countSegments(text, { national: "auto" }).segments).toBe(fewest);
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ["Turkish in one part instead of two", "ş".repeat(100), 1, "03250101", 0],
    ["Turkish that just fits one part", "ş".repeat(105) + "{".repeat(25), 1, "03250101", 0],
    ["Turkish that fits UCS-2", "ş".repeat(70), 1, undefined, 8],
    ["Hindi in one part", "क".repeat(150), 1, "03250106", 0],
    ["plain text", "a".repeat(300), 2, undefined, 0],
    ["text without tables", "ж".repeat(100), 2, undefined, 8],
  ])("%s", (_, text, parts, header, dataCoding) => {
    const message = splitShortMessage(text, 0, { national: "auto" });
    expect(message.parts.length).toBe(parts);
    expect(message.data_coding).toBe(dataCoding);
    const [first = new Uint8Array(0)] = message.parts;
    const national = message.esm_class === 0x40 && parts === 1;
    expect(national ? hex(readUdh(first).header) : undefined).toBe(header);
  });

  test("leaves data_codings other than GSM alone", () => {
    expect(splitShortMessage("ş".repeat(100), 8, { national: "auto" }).data_coding).toBe(8);
  });
});

describe("national by identifier", () => {
  test("takes these tables and falls back to UCS-2 where they do not do", () => {
    const national = { singleShift: 3 };
    const message = splitShortMessage("tãst", 0, { national });
    expect(message.parts.map(hex)).toEqual(["03240103" + "741b7b7374"]);
    expect(message.segments[0]).toMatchObject({ units: 5, limit: 155 });
    expect(receive(message, 0)).toBe("tãst");
    expect(splitShortMessage("ж", 0, { national })).toMatchObject({ data_coding: 8, esm_class: 0 });
  });

  test("announces what octets are encoded with", () => {
    const { parts } = splitShortMessage(Uint8Array.of(0x1b, 0x7b), 0, {
      national: { singleShift: 3 },
    });
    expect(parts.map(hex)).toEqual(["03240103" + "1b7b"]);
  });

  test("that the standard reserves are refused on writing and ignored on reading", () => {
    expect(() => splitShortMessage("a", 0, { national: { locking: 14 } })).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
    expect(decodeShortMessage(Uint8Array.of(0), 0, { national: { locking: 14 } })).toBe("@");
  });
});
