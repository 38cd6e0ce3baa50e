import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canEncode,
  decode,
  encode,
  fit,
  GsmError,
  languages,
  septetCount,
  type TableOptions,
} from "../src/index.ts";
import { anyText, gsmText, tables } from "./arbitraries.ts";
import { naiveDecode, naiveEncode, specLanguages } from "./naive.ts";
import { bytes, hex } from "./vectors.ts";

const id = (language: TableOptions["locking"]): number =>
  typeof language === "object" ? language.id : (language ?? 0);

const twin = ({ locking, singleShift }: TableOptions) => [id(locking), id(singleShift)] as const;

describe("tables", () => {
  test.each(specLanguages.filter(({ nli }) => nli > 0))("$name has its identifier", (want) => {
    const { id, name, iso639 } = languages[want.nli] ?? {};
    expect({ id, name, iso639 }).toEqual({ id: want.nli, name: want.name, iso639: want.iso639 });
  });

  test("there are thirteen national languages", () => {
    expect(Object.keys(languages)).toEqual(Array.from({ length: 13 }, (_, i) => String(i + 1)));
  });

  test.each(specLanguages)("$name: every septet reads as in the table", ({ nli }) => {
    for (const [locking, singleShift] of [
      [nli, 0],
      [0, nli],
      [nli, nli],
    ] as const) {
      for (let code = 0; code < 256; code++) {
        for (const octets of [[code], [0x1b, code]]) {
          expect(decode(Uint8Array.from(octets), { locking, singleShift })).toBe(
            naiveDecode(octets, locking, singleShift),
          );
        }
      }
    }
  });

  test.each(specLanguages)("$name: every character is written as in the table", ({ nli }) => {
    for (let unit = 0; unit < 0x10000; unit++) {
      const character = String.fromCharCode(unit);
      for (const [locking, singleShift] of [
        [nli, 0],
        [0, nli],
      ] as const) {
        if (!canEncode(character, { locking, singleShift })) continue;
        const septets = [...encode(character, { locking, singleShift })];
        expect(septets).toEqual(naiveEncode(character, locking, singleShift));
      }
    }
  });

  test.each(
    specLanguages.flatMap(({ nli, singleShift }) =>
      singleShift.duplicates.map((duplicate) => ({ nli, ...duplicate })),
    ),
  )("single shift $nli writes duplicate $codePoint as $encodeAs", (row) => {
    const character = String.fromCodePoint(row.codePoint);
    for (const code of row.codes) {
      expect(decode(bytes(`1b${code}`), { singleShift: row.nli })).toBe(character);
    }
    if (canEncode(character)) return;
    expect(hex(encode(character, { singleShift: row.nli }))).toBe(`1b${row.encodeAs}`);
  });
});

describe("encode", () => {
  test("gives back what decode reads, whatever the tables", () => {
    fc.assert(
      fc.property(anyText, tables, (text, options) => {
        fc.pre(canEncode(text, options));
        expect(decode(encode(text, options), options)).toBe(text);
      }),
    );
  });

  test("agrees with its slow twin on octets, count and refusal", () => {
    fc.assert(
      fc.property(anyText, tables, (text, options) => {
        const want = naiveEncode(text, ...twin(options));
        expect(canEncode(text, options)).toBe(want !== undefined);
        if (want === undefined) return;
        expect([...encode(text, options)]).toEqual(want);
        expect(septetCount(text, options)).toBe(want.length);
      }),
      { numRuns: 500 },
    );
  });

  test("never writes an escape but in front of a septet", () => {
    fc.assert(
      fc.property(gsmText(), (text) => {
        expect(hex(encode(text)).match(/(1b1b|1b$)/g)?.length ?? 0).toBe(0);
      }),
    );
  });

  test.each([
    { text: "Zoë", character: "ë", index: 2 },
    { text: "{ж", character: "ж", index: 1 },
    { text: "ab😀", character: "😀", index: 2 },
    { text: "a\ud83d", character: "\ud83d", index: 1 },
    { text: "\x1b", character: "\x1b", index: 0 },
    { text: "\xa0", character: "\xa0", index: 0 },
    { text: "ç", character: "ç", index: 0 },
    { text: "`", character: "`", index: 0 },
    { text: "\uffff", character: "\uffff", index: 0 },
  ])("refuses $text and says where", ({ text, character, index }) => {
    const refusal = expect.objectContaining({ code: "unencodable", character, index });
    expect(() => encode(text)).toThrow(refusal);
    expect(() => septetCount(text)).toThrow(refusal);
    expect(() => encode(text)).toThrow(GsmError);
  });

  test("replaces by a text or by what a function makes of character and index", () => {
    expect(decode(encode("a😀b", { replacement: "?" }))).toBe("a?b");
    expect(decode(encode("a😀b", { replacement: "" }))).toBe("ab");
    const replacement = (character: string, index: number) => `[${character.length}@${index}]`;
    expect(decode(encode("{a😀bж", { replacement }))).toBe("{a[2@2]b[1@5]");
    expect(septetCount("{a😀bж", { replacement })).toBe(18);
  });

  test("refuses a replacement that has no septet either", () => {
    expect(() => encode("aж", { replacement: "ж" })).toThrow(
      expect.objectContaining({ code: "unencodable_replacement", character: "ж", index: 1 }),
    );
  });

  test("refuses a reserved language and takes Spanish, which has no locking table, as default", () => {
    expect(() => encode("a", { singleShift: 14 })).toThrow(
      expect.objectContaining({ code: "unknown_language" }),
    );
    expect(hex(encode("@", { locking: 2 }))).toBe("00");
  });

  test("takes 100,000 characters", () => {
    const text = "Grüße € ".repeat(12_500);
    expect(decode(encode(text))).toBe(text);
  });
});

describe("decode", () => {
  test("gives some text for any octets and any language, as its slow twin does", () => {
    const language = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.uint8Array(), language, language, (octets, locking, singleShift) => {
        expect(decode(octets, { locking, singleShift })).toBe(
          naiveDecode([...octets], locking, singleShift),
        );
      }),
    );
  });

  test.each([
    ["1b", " ", "a lone escape is a space"],
    ["611b", "a ", "so is one at the end"],
    ["1b1b40", " ¡", "two are one space, and the next septet stands alone"],
    ["1b1b1b65", " €", "three are a space and a pair"],
    ["1b0d", "\r", "a reserved pair shows the alphabet's character"],
    ["1b41", "A", "so does an undefined one"],
    ["1bc3", "\ufffd", "an escape before an octet that is no septet"],
    ["61c3", "a\ufffd", "an octet that is no septet"],
  ])("%s reads as %j: %s", (octets, text) => {
    expect(decode(bytes(octets))).toBe(text);
  });

  test("shows what the caller wants for an octet that is no septet", () => {
    expect(decode(bytes("61c362ff"), { replacement: "" })).toBe("ab");
    expect(decode(bytes("1bc362"), { replacement: "$&" })).toBe("$&b");
    const replacement = (octet: number, index: number) => `<${octet.toString(16)}@${index}>`;
    expect(decode(bytes("61c362ff"), { replacement })).toBe("a<c3@1>b<ff@3>");
  });
});

describe("fit", () => {
  test("stops at the last character that fits as a whole", () => {
    fc.assert(
      fc.property(gsmText(), fc.nat(40), fc.nat(10), (text, septets, start) => {
        fc.pre(start <= text.length);
        const end = fit(text, septets, { start });
        expect(septetCount(text.slice(start, end))).toBeLessThanOrEqual(septets);
        if (end === text.length) return;
        expect(septetCount(text.slice(start, end + 1))).toBeGreaterThan(septets);
      }),
    );
  });

  test("stops before a character without septet", () => {
    expect(fit("ab😀", 160)).toBe(2);
  });
});
