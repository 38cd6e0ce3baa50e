import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { isPlain } from "../src/cut.ts";
import {
  countSegments,
  decodeShortMessage,
  encodeShortMessage,
  joinParts,
  readUdh,
  referenceCounter,
  SplitError,
  type SplitMethod,
  splitShortMessage,
  unpackBody,
} from "../src/index.ts";
import { codedText, shuffled, texts } from "./arbitraries.ts";
import { unitsIn } from "./optimal.ts";
import { hex } from "./vectors.ts";

const methods: readonly SplitMethod[] = ["udh", "udh16", "sar", "payload"];

/** Whether a part fits into 140 octets of user data, GSM text packed. */
function fitsUserData(part: Uint8Array, headed: boolean, septets: boolean): boolean {
  if (!septets) return part.length <= 140;
  const header = headed ? readUdh(part).header.length : 0;
  return Math.ceil((8 * header) / 7) + part.length - header <= 160;
}

describe("splitShortMessage", () => {
  test.each(methods)("%s: parts in any order join to the text", (method) => {
    fc.assert(
      fc.property(codedText(), fc.integer(), ({ dataCoding, text }, seed) => {
        const { parts, segments, esm_class, data_coding } = splitShortMessage(text, dataCoding, {
          method,
        });
        const pdus = parts.map((short_message, index) => ({
          short_message,
          esm_class,
          ...segments[index]?.tlvs,
        }));
        expect(decodeShortMessage(joinParts(shuffled(pdus, seed)), data_coding)).toBe(text);
        if (esm_class === 0) return;
        expect(decodeShortMessage(joinParts(shuffled(parts, seed)), data_coding)).toBe(text);
      }),
    );
  });

  test.each(["udh", "udh16", "sar"] as const)("%s: no part is longer than its limit", (method) => {
    fc.assert(
      fc.property(codedText(), ({ dataCoding, text }) => {
        const message = splitShortMessage(text, dataCoding, { method });
        const septets = [0, 1, 240].includes(message.data_coding);
        message.segments.forEach(({ units, limit }) => {
          expect(units).toBeLessThanOrEqual(limit);
        });
        for (const part of message.parts) {
          expect(fitsUserData(part, message.esm_class === 0x40, septets)).toBe(true);
        }
      }),
    );
  });

  test("every part can be decoded alone", () => {
    fc.assert(
      fc.property(codedText(), ({ dataCoding, text }) => {
        const { parts, segments, esm_class, data_coding } = splitShortMessage(text, dataCoding);
        const bodies = parts.map((part) => (esm_class === 0x40 ? readUdh(part).body : part));
        expect(bodies.map((body) => decodeShortMessage(body, data_coding))).toEqual(
          segments.map((segment) => segment.text),
        );
      }),
    );
  });

  test("countSegments agrees, whatever the method", () => {
    fc.assert(
      fc.property(codedText(), fc.constantFrom(...methods), ({ dataCoding, text }, method) => {
        const { segments, data_coding } = splitShortMessage(text, dataCoding, { method });
        const last = segments.at(-1);
        expect(countSegments(text, { dataCoding, method })).toEqual({
          data_coding,
          segments: segments.length,
          units: segments.length === 1 ? last?.units : unitsIn(data_coding)(text),
          perSegment: last?.limit,
          remaining: (last?.limit ?? 0) - (last?.units ?? 0),
        });
      }),
    );
  });

  test("one part carries no header, no TLVs and asks for no reference", () => {
    const reference = () => {
      throw new Error("not needed");
    };
    for (const method of ["udh", "udh16", "sar", "payload", "single"] as const) {
      expect(splitShortMessage("hello", 0, { method, reference })).toEqual({
        esm_class: 0,
        data_coding: 0,
        parts: [Uint8Array.from(Buffer.from("hello"))],
        segments: [{ text: "hello", units: 5, limit: method === "payload" ? 65_535 : 160 }],
      });
    }
  });

  test("a cluster that reaches far is cut as seldom as possible", () => {
    const text = `a${"\u0301".repeat(15)}${"b".repeat(4)}`;
    const { segments } = splitShortMessage(text, 8, { limit: 5 });
    expect(segments.map(({ units }) => units)).toEqual([5, 5, 5, 5]);
  });

  test("an empty text is one empty part", () => {
    expect(splitShortMessage("").parts).toEqual([new Uint8Array(0)]);
    expect(splitShortMessage(new Uint8Array(0), 4).parts).toEqual([new Uint8Array(0)]);
  });

  test("sar ties parts by TLVs and leaves room for the header that the SMSC adds", () => {
    const { esm_class, parts, segments } = splitShortMessage("x".repeat(161), 0, {
      method: "sar",
      reference: 65_535,
    });
    expect(esm_class).toBe(0);
    expect(parts.map(({ length }) => length)).toEqual([153, 8]);
    expect(segments.map(({ tlvs }) => tlvs)).toEqual([
      { sar_msg_ref_num: 65_535, sar_total_segments: 2, sar_segment_seqnum: 1 },
      { sar_msg_ref_num: 65_535, sar_total_segments: 2, sar_segment_seqnum: 2 },
    ]);
  });

  test("payload puts up to 65,535 octets into one part", () => {
    const { parts } = splitShortMessage("ж".repeat(32_767), 0, { method: "payload" });
    expect(parts.map(({ length }) => length)).toEqual([65_534]);
    expect(() => splitShortMessage("ж".repeat(32_768), 0, { method: "payload" })).toThrow(
      expect.objectContaining({ code: "too_long", parts: 2 }),
    );
  });

  test("other header elements stand in every part and take their room", () => {
    const elements = [{ iei: 0x05, data: Uint8Array.of(0x0b, 0x84, 0x23, 0xf0) }];
    const message = splitShortMessage("x".repeat(153), 0, { elements, reference: 7 });
    expect(message.esm_class).toBe(0x40);
    expect(message.parts.map((part) => hex(readUdh(part).header))).toEqual([
      "0b00030702010504" + "0b8423f0",
      "0b00030702020504" + "0b8423f0",
    ]);
    expect(splitShortMessage("x", 0, { elements }).esm_class).toBe(0x40);
  });
});

describe("a list of codings to fall back to", () => {
  const fallback = [
    { charset: "latin1", data_coding: 3 },
    { charset: "utf-16be", data_coding: 2 },
  ];

  test.each([
    ["hello", 0, "68656c6c6f"],
    ["ça", 3, "e761"],
    ["да", 2, "04340430"],
  ])("is tried in its order: %s", (text, data_coding, octets) => {
    const message = splitShortMessage(text, 0, { fallback });
    expect(message.data_coding).toBe(data_coding);
    expect(hex(message.parts[0] ?? new Uint8Array(0))).toBe(octets);
    expect(encodeShortMessage(text, 0, { fallback }).data_coding).toBe(data_coding);
    expect(countSegments(text, { fallback }).data_coding).toBe(data_coding);
  });

  test("decides on the limits of a part", () => {
    const of = (text: string) => splitShortMessage(text, 0, { fallback }).segments[0]?.limit;
    expect([of("x".repeat(161)), of("ç".repeat(141)), of("д".repeat(71))]).toEqual([153, 134, 67]);
  });

  test("may end without a coding for everything", () => {
    const [latin1] = fallback;
    expect(() => splitShortMessage("да", 0, { fallback: latin1 && [latin1] })).toThrow(
      expect.objectContaining({ code: "unencodable", character: "д" }),
    );
  });

  test("may have GSM text, which then has neither tables nor their header", () => {
    const gsm = [{ charset: "gsm0338", data_coding: 0 }];
    const message = splitShortMessage("@£$", 1, { fallback: gsm, packed: true });
    expect(message.data_coding).toBe(0);
    expect(hex(message.parts[0] ?? new Uint8Array(0))).toBe("808000");
  });
});

describe("limits by unit", () => {
  const limits = { septet: { part: 152 }, codeUnit: { single: 60, part: 66 } };
  const lengths = (text: string) =>
    splitShortMessage(text, 0, { limits }).segments.map(({ units }) => units);

  test.each([
    ["x", 160, [160]],
    ["x", 161, [152, 9]],
    ["ж", 60, [60]],
    ["ж", 61, [60, 1]],
  ])("of %s times %i make %j", (character, times, units) => {
    expect(lengths(character.repeat(times))).toEqual(units);
  });

  test("never make a part longer than 140 octets", () => {
    const message = splitShortMessage("x".repeat(161), 0, { limits: { septet: { part: 999 } } });
    expect(message.segments[0]?.limit).toBe(153);
  });

  test.each([0, 1.5, Number.NaN])("refuse %d", (part) => {
    expect(() => splitShortMessage("x", 0, { limits: { septet: { part } } })).toThrow(
      "limits.septet.part: expected 1 or more, got",
    );
  });
});

describe("packed septets", () => {
  test("of a part alone are unpacked behind its header", () => {
    const { parts } = splitShortMessage("x".repeat(161), 0, { packed: true });
    const texts = parts.map((part) => {
      const { body, header } = readUdh(part);
      return decodeShortMessage(unpackBody(body, header), 0);
    });
    expect(texts).toEqual(["x".repeat(153), "x".repeat(8)]);
  });

  test("are aligned behind the header and join to the text", () => {
    fc.assert(
      fc.property(texts[0](), fc.constantFrom(...methods), fc.integer(), (any, method, seed) => {
        // A lone carriage return at the end of a full part looks like padding.
        const text = any.replace(/\r(?!\n)/g, "");
        const options = { method, packed: true };
        const { parts, segments, esm_class } = splitShortMessage(text, 0, options);
        if (method !== "payload") for (const part of parts) expect(part.length).toBeLessThan(141);
        const pdus = parts.map((short_message, i) => ({
          short_message,
          esm_class,
          ...segments[i]?.tlvs,
        }));
        const septets = joinParts(shuffled(pdus, seed), { packed: true });
        expect(decodeShortMessage(septets, 0)).toBe(text);
      }),
    );
  });

  test("take 140 octets for 160 characters, and leave other charsets alone", () => {
    const lengths = (text: string) =>
      splitShortMessage(text, 0, { packed: true }).parts.map((part) => part.length);
    expect(lengths("x".repeat(160))).toEqual([140]);
    expect(lengths("x".repeat(306))).toEqual([140, 140]);
    expect(lengths(`${"x".repeat(159)}\r`)).toEqual([140]);
    expect(lengths("ж")).toEqual([2]);
    expect(hex(splitShortMessage("hi", 0, { packed: true }).parts[0] ?? new Uint8Array(0))).toBe(
      "e834",
    );
  });
});

describe("references", () => {
  const long = "x".repeat(200);
  const referenceIn = (part: Uint8Array | undefined) =>
    readUdh(part ?? new Uint8Array(0)).concat?.reference;

  test("come from the caller or from a counter, once per message", () => {
    expect(referenceIn(splitShortMessage(long, 0, { reference: 255 }).parts[1])).toBe(255);
    const reference = referenceCounter({ first: 254 });
    const drawn = [1, 2, 3].map(() =>
      referenceIn(splitShortMessage(long, 0, { reference }).parts[1]),
    );
    expect(drawn).toEqual([254, 255, 0]);
  });

  test("of 16 bits count to 65,535", () => {
    const reference = referenceCounter({ bits: 16, first: 65_535 });
    expect([reference(), reference()]).toEqual([65_535, 0]);
  });

  test("of their own accord differ from message to message", () => {
    const drawn = Array.from({ length: 256 }, () => referenceIn(splitShortMessage(long).parts[0]));
    expect(new Set(drawn).size).toBe(256);
  });

  test.each([
    ["udh", 256],
    ["udh", -1],
    ["udh", 1.5],
    ["udh16", 65_536],
    ["sar", 65_536],
  ] as const)("of %s refuse %d", (method, reference) => {
    expect(() => splitShortMessage(long, 0, { method, reference })).toThrow(
      expect.objectContaining({ code: "reference_out_of_range" }),
    );
    expect(() => splitShortMessage(long, 0, { method, reference: () => reference })).toThrow(
      SplitError,
    );
    expect(() => splitShortMessage("one part", 0, { method, reference })).toThrow(SplitError);
  });
});

test("plain characters form no cluster with each other", () => {
  const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });
  const joining: string[] = [];
  for (let unit = 0; unit < 0x10000; unit++) {
    const character = String.fromCharCode(unit);
    if (!isPlain(unit)) continue;
    if ([...segmenter.segment(`a${character}a`)].length !== 3) joining.push(unit.toString(16));
  }
  expect(joining).toEqual([]);
});

describe("too much text", () => {
  test("255 parts are sent, 256 are an error that says so", () => {
    expect(splitShortMessage("x".repeat(255 * 153)).parts.length).toBe(255);
    expect(() => splitShortMessage("x".repeat(255 * 153 + 1))).toThrow(
      expect.objectContaining({ code: "too_many_parts", parts: 256 }),
    );
    expect(() => splitShortMessage(new Uint8Array(300 * 134), 4)).toThrow(
      expect.objectContaining({ code: "too_many_parts", parts: 300 }),
    );
  });

  test("maxParts lowers that number", () => {
    expect(() => splitShortMessage("x".repeat(400), 0, { maxParts: 2 })).toThrow(
      expect.objectContaining({ code: "too_many_parts", parts: 3 }),
    );
  });

  test("single refuses what takes more than one part, and says how many", () => {
    expect(splitShortMessage("x".repeat(160), 0, { method: "single" }).parts.length).toBe(1);
    for (const [length, parts] of [
      [161, 2],
      [307, 3],
    ] as const) {
      expect(() => splitShortMessage("x".repeat(length), 0, { method: "single" })).toThrow(
        expect.objectContaining({ code: "too_long", parts }),
      );
    }
  });

  test.each([
    [{ maxParts: 256 }, "invalid_option"],
    [{ maxParts: 0 }, "invalid_option"],
    [{ limit: 0 }, "invalid_option"],
    [{ limit: Number.NaN }, "invalid_option"],
    [{ limit: 1 }, "limit_too_small"],
    [{ elements: [{ iei: 0x00, data: Uint8Array.of(1, 1, 1) }] }, "invalid_option"],
    [{ elements: [{ iei: 0x70, data: new Uint8Array(140) }] }, "limit_too_small"],
  ])("%j is %s", (options, code) => {
    expect(() => splitShortMessage("€€", 0, options)).toThrow(expect.objectContaining({ code }));
  });

  test.each([-1, 256, 0.5, Number.NaN])("data_coding %d is no octet", (dataCoding) => {
    expect(() => splitShortMessage("x", dataCoding)).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
    expect(() => countSegments("x", { dataCoding })).toThrow(SplitError);
  });
});

describe("long text", () => {
  /** Code units that the segmenter was given, the only look at a text that is not once along it. */
  function segmented(text: string, dataCoding: number): number {
    const segment = vi.spyOn(Intl.Segmenter.prototype, "segment");
    countSegments(text, { dataCoding });
    const units = segment.mock.calls.reduce((sum, [part]) => sum + part.length, 0);
    segment.mockRestore();
    return units;
  }

  test.each([
    ["GSM", 0, "Grüße €"],
    ["line ends", 0, "\r\n"],
    ["families of emoji", 8, "👨‍👩‍👧"],
    ["flags", 8, "🇮🇹"],
    ["one endless cluster", 8, "\u0301"],
    ["clusters longer than a part", 8, `a${"\u0301".repeat(100)}`],
    ["an endless chain of joiners", 8, "👨\u200d"],
    ["Hindi", 8, "क्षत्रि"],
    ["Japanese", 5, "日a本b"],
    ["Korean", 14, "한글 "],
  ])("%s: the work grows as the text does", (_, dataCoding, unit) => {
    for (const length of [1_000, 10_000, 100_000]) {
      // One endless cluster is looked at from its beginning with every doubling of the horizon.
      expect(segmented(unit.repeat(length / unit.length), dataCoding)).toBeLessThan(8 * length);
    }
  });
});

describe("octets instead of text", () => {
  const dataCodings = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 0xf5);

  test("are only split, and join to what they were", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600, size: "max" }),
        dataCodings,
        fc.constantFrom(...methods),
        (octets, dataCoding, method) => {
          const { parts, segments, esm_class, data_coding } = splitShortMessage(
            octets,
            dataCoding,
            {
              method,
            },
          );
          const pdus = parts.map((short_message, i) => ({
            short_message,
            esm_class,
            ...segments[i]?.tlvs,
          }));
          expect(hex(joinParts(shuffled(pdus, 1)))).toBe(hex(octets));
          expect(data_coding).toBe(dataCoding);
        },
      ),
    );
  });

  test("are cut between the characters of their charset", () => {
    fc.assert(
      fc.property(codedText(), fc.integer({ min: 12, max: 40 }), ({ dataCoding, text }, limit) => {
        const { octets, data_coding } = encodeShortMessage(text, dataCoding);
        const { parts, esm_class } = splitShortMessage(octets, data_coding, { limit });
        // A shift state may be cut when there is no ASCII near.
        fc.pre(data_coding !== 5);
        const bodies = parts.map((part) => (esm_class ? readUdh(part).body : part));
        expect(bodies.map((body) => decodeShortMessage(body, data_coding)).join("")).toBe(text);
      }),
    );
  });

  test("in ISO-2022-JP are cut in ASCII where possible, else between characters", () => {
    const { octets } = encodeShortMessage("日本 語テ スト", 5);
    const { parts } = splitShortMessage(octets, 5, { limit: 14 });
    const bodies = parts.map((part) => decodeShortMessage(readUdh(part).body, 5));
    expect(bodies).toEqual(["日本 ", "語テ ", "スト"]);
    const long = encodeShortMessage("日本語テスト", 5).octets;
    const cut = splitShortMessage(long, 5, { limit: 8 }).parts.map(
      (part) => readUdh(part).body.length,
    );
    expect(cut).toEqual([7, 8, 3]);
  });

  test.each([
    [8, 1],
    [5, 1],
    [14, 1],
  ])("in data_coding %d are not cut to parts of %d", (dataCoding, limit) => {
    // A pair of surrogates, characters of two octets, escape sequences of three.
    const { octets } = encodeShortMessage(
      { 8: "😀", 5: "日", 14: "한" }[dataCoding] ?? "",
      dataCoding,
    );
    expect(() => splitShortMessage(octets, dataCoding, { limit })).toThrow(
      expect.objectContaining({ code: "limit_too_small" }),
    );
  });

  test("pass encodeShortMessage as they are", () => {
    const octets = Uint8Array.of(1, 2, 255);
    expect(encodeShortMessage(octets, 4)).toEqual({ data_coding: 4, octets });
  });
});

describe("room beside a header", () => {
  interface Budget {
    readonly name: string;
    readonly ies: readonly string[];
    readonly headerOctets: number;
    readonly gsm7UnpackedTextOctets: number;
    readonly octets: number;
    readonly ucs2Units: number;
  }
  const budgets: readonly Budget[] = JSON.parse(
    readFileSync(new URL("data/sms-encoding.json", import.meta.url), "utf8"),
  ).budgets;
  const sizes: Record<string, number> = { "04": 2, "05": 4, "24": 1, "25": 1, "24 or 25": 1 };

  test.each(budgets)("$name", (budget) => {
    const elements = budget.ies
      .filter((ie) => ie in sizes)
      .map((ie) => ({ iei: Number.parseInt(ie, 16), data: new Uint8Array(sizes[ie] ?? 0) }));
    const concat = budget.ies.includes("00") || budget.ies.includes("08");
    const method = budget.ies.includes("08") ? "udh16" : "udh";
    for (const [dataCoding, limit] of [
      [0, budget.gsm7UnpackedTextOctets],
      [4, budget.octets],
      [8, budget.ucs2Units],
    ] as const) {
      const octets = new Uint8Array(concat ? 1000 : 1);
      const { parts, segments, esm_class } = splitShortMessage(octets, dataCoding, {
        method,
        elements,
      });
      expect(segments[0]?.limit).toBe(limit);
      const header = parts[0] && esm_class ? readUdh(parts[0]).header.length : 0;
      expect(header).toBe(budget.headerOctets);
    }
  });
});
