import fc from "fast-check";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import {
  charsetOf,
  decodeShortMessage,
  encodeShortMessage,
  joinParts,
  readUdh,
  splitShortMessage,
} from "../src/index.ts";
import { characterTable } from "../src/legacy.ts";
import { texts } from "./arbitraries.ts";
import { bytes, hex } from "./vectors.ts";

const textDecoder = (label: string) => new TextDecoder(label, { ignoreBOM: true });

describe("every charset", () => {
  test.each(Object.entries(texts).map(([dataCoding, make]) => [Number(dataCoding), make] as const))(
    "data_coding %d: decoding gives back what was encoded",
    (dataCoding, make) => {
      fc.assert(
        fc.property(make(), (text) => {
          const { octets, data_coding } = encodeShortMessage(text, dataCoding);
          expect(decodeShortMessage(octets, data_coding)).toBe(text);
        }),
      );
    },
  );

  test.each(Array.from({ length: 256 }, (_, dataCoding) => dataCoding))(
    "data_coding %d: any octets give some text, and any text some octets",
    (dataCoding) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 30 }), (octets) => {
          expect(typeof decodeShortMessage(octets, dataCoding)).toBe("string");
        }),
        { numRuns: 20 },
      );
      fc.assert(
        fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
          fc.pre(!/^[\ufeff\ufffe]/.test(text)); // what stands for a byte order mark is followed
          const { octets, data_coding } = encodeShortMessage(text, dataCoding);
          expect(decodeShortMessage(octets, data_coding)).toBe(text);
        }),
        { numRuns: 20 },
      );
    },
  );
});

describe("tables", () => {
  // TextDecoder is what a browser bundle asks instead of iconv-lite.
  test.each(["iso-8859-5", "iso-8859-8", "euc-kr", "euc-jp"])(
    "%s: what is written reads the same with iconv-lite and with TextDecoder",
    (charset) => {
      const decoder = textDecoder(charset);
      const { codes } = characterTable(charset);
      const different: string[] = [];
      for (const [character, code] of codes) {
        const octets = code > 255 ? Uint8Array.of(code >> 8, code & 0xff) : Uint8Array.of(code);
        const text = String.fromCodePoint(character);
        // EUC-KR: what is read only, CP949, is not the same everywhere.
        if (charset === "euc-kr" && encodeShortMessage(text, 14).data_coding !== 14) continue;
        if (iconv.decode(octets, charset) !== text || decoder.decode(octets) !== text) {
          different.push(`${code.toString(16)} ${text}`);
        }
      }
      expect(different).toEqual([]);
      expect(codes.size).toBeGreaterThan(200);
    },
  );
});

describe("single octets", () => {
  test.each([
    [1, "ascii", 0x80],
    [3, "latin1", 0x100],
    [6, "iso-8859-5", 0x100],
    [7, "iso-8859-8", 0x100],
  ] as const)(
    "data_coding %d agrees with iconv-lite's %s on every octet",
    (dataCoding, charset, end) => {
      for (let octet = 0; octet < 256; octet++) {
        const octets = Uint8Array.of(octet);
        const text = iconv.decode(octets, charset);
        expect(decodeShortMessage(octets, dataCoding)).toBe(text);
        if (text === "\ufffd" || octet >= end) continue;
        expect(encodeShortMessage(text, dataCoding)).toEqual({ data_coding: dataCoding, octets });
      }
    },
  );
});

describe("UCS-2", () => {
  test("is written big-endian, a byte order mark in the text included", () => {
    expect(hex(encodeShortMessage("\ufeffж😀", 8).octets)).toBe("feff0436d83dde00");
  });

  test.each([
    ["big-endian", "feff0436d83dde00"],
    ["little-endian", "fffe36043dd800de"],
  ])("follows a byte order mark and drops it: %s", (_, octets) => {
    expect(decodeShortMessage(bytes(octets), 8)).toBe("ж😀");
    expect(decodeShortMessage(bytes(octets), 0x18)).toBe("ж😀");
    expect(decodeShortMessage(bytes(octets), 0, { overrides: { 0: "utf-16le" } })).toBe("ж😀");
  });

  test("is nothing when there is a byte order mark alone", () => {
    expect(decodeShortMessage(bytes("feff"), 8)).toBe("");
    expect(decodeShortMessage(bytes("fffe"), 8)).toBe("");
  });

  test("keeps U+FEFF inside a text that begins without one", () => {
    expect(decodeShortMessage(bytes("0436feff0436"), 8)).toBe("ж\ufeffж");
    expect(decodeShortMessage(bytes("0436fffe"), 8)).toBe("ж\ufffe");
  });

  test.each([
    ["in the first part", ["feff0436", "0437", "0438"]],
    ["in each part", ["feff0436", "feff0437", "feff0438"]],
    ["little-endian, in the first part", ["fffe3604", "3704", "3804"]],
    ["little-endian, in each part", ["fffe3604", "fffe3704", "fffe3804"]],
  ])("a byte order mark %s is followed in the joined text", (_, bodies) => {
    const parts = bodies.map((body, i) => bytes(`050003170${bodies.length}0${i + 1}${body}`));
    expect(decodeShortMessage(joinParts(parts.toReversed()), 8)).toBe("жзи");
  });

  test.each([
    ["an octet alone", "41", "\ufffd"],
    ["an octet left over", "006100", "a\ufffd"],
    ["an octet left over behind a mark", "fffe610000", "a\ufffd"],
    ["half a pair and an octet at the end", "0061d83dde", "a\ufffd"],
    ["half a pair in the middle", "d83d0061", "\ufffda"],
    ["the second half of a pair", "de000061", "\ufffda"],
  ])("shows U+FFFD for %s", (_, octets, text) => {
    expect(decodeShortMessage(bytes(octets), 8)).toBe(text);
  });

  test.each([
    ["0061d83d", 8],
    ["fffe61003dd8", 8],
    ["61003dd8", 0],
  ])(
    "%s: the first half of a pair at the very end is left out, or shown as is wished",
    (octets, dataCoding) => {
      const overrides = { 0: "utf-16le" };
      expect(decodeShortMessage(bytes(octets), dataCoding, { overrides })).toBe("a");
      const seen = decodeShortMessage(bytes(octets), dataCoding, { overrides, halfPair: "\ufffd" });
      expect(seen).toBe("a\ufffd");
    },
  );
});

describe("a text that was cut inside a character shows U+FFFD there, and loses nothing else", () => {
  test.each<[string, string, string]>([
    ["iso-2022-jp", "1b2442467c4b", "日\ufffd"],
    ["iso-2022-jp", "1b2442467c1b", "日\ufffd"],
    ["euc-kr", "c7d1b1", "한\ufffd"],
    ["shift_jis", "82a082", "あ\ufffd"],
    ["euc-jp", "a4a2a4", "あ\ufffd"],
    ["gbk", "d2bbd2", "一\ufffd"],
    ["big5", "a440a4", "一\ufffd"],
    ["utf-8", "61e282", "a\ufffd"],
    ["utf-16le", "360436", "ж\ufffd"],
  ])("%s %s", (charset, octets, text) => {
    expect(decodeShortMessage(bytes(octets), 0, { overrides: { 0: charset } })).toBe(text);
  });

  test("but a character that a cut between two parts divides is whole in the joined text", () => {
    const parts = [bytes("0500031702010436d8"), bytes("0500031702023dde00")];
    expect(decodeShortMessage(joinParts(parts), 8)).toBe("ж😀");
  });
});

describe("ISO-2022-JP", () => {
  test.each([
    ["日本語テストABC", "1b2442467c4b5c386c2546253925481b2842414243"],
    ["ABC", "414243"],
    ["あ\nい", "1b244224221b28420a1b244224241b2842"],
    ["", ""],
  ])("%j is %s", (text, octets) => {
    expect(hex(encodeShortMessage(text, 5).octets)).toBe(octets);
    expect(decodeShortMessage(bytes(octets), 5)).toBe(text);
  });

  test("reads with TextDecoder as it does here", () => {
    const decoder = textDecoder("iso-2022-jp");
    fc.assert(
      fc.property(texts[5](), (text) => {
        const { octets, data_coding } = encodeShortMessage(text, 5);
        fc.pre(data_coding === 5);
        expect(decoder.decode(octets)).toBe(text);
      }),
    );
  });

  test("covers JIS X 0208: every code that TextDecoder reads is read and written alike", () => {
    const decoder = textDecoder("iso-2022-jp");
    const different: string[] = [];
    for (let row = 0x21; row <= 0x7e; row++) {
      for (let cell = 0x21; cell <= 0x7e; cell++) {
        const octets = Uint8Array.of(0x1b, 0x24, 0x42, row, cell, 0x1b, 0x28, 0x42);
        const text = decoder.decode(octets);
        const mine = decodeShortMessage(octets, 5);
        const written = encodeShortMessage(mine, 5);
        if (text.includes("\ufffd") && mine.includes("\ufffd")) continue;
        if (mine !== text || decoder.decode(written.octets) !== text) different.push(hex(octets));
      }
    }
    expect(different).toEqual([]);
  });

  test.each([
    ["1b284a5c7e1b2842", "¥‾"],
    ["1b28493132331b2842", "ｱｲｳ"],
    ["1b24402422", "あ"],
  ])("reads %s, which it does not write, as TextDecoder does", (octets, text) => {
    expect(decodeShortMessage(bytes(octets), 5)).toBe(text);
    expect(textDecoder("iso-2022-jp").decode(bytes(octets))).toBe(text);
  });

  test.each(["ｱ", "丂", "¢", "\x1b", "\x0e", "😀"])("sends %j as UCS-2", (text) => {
    expect(encodeShortMessage(text, 5).data_coding).toBe(8);
  });
});

describe("KS C 5601", () => {
  test("writes Hangul of the standard and sends the rest as UCS-2", () => {
    expect(encodeShortMessage("한글 ok", 14)).toEqual({
      data_coding: 14,
      octets: bytes("c7d1b1db206f6b"),
    });
    // CP949 has them, KS C 5601-1987 has not.
    expect(encodeShortMessage("똠", 14).data_coding).toBe(8);
    expect(encodeShortMessage("€", 14).data_coding).toBe(8);
    expect(decodeShortMessage(bytes("8c63"), 14)).toBe("똠");
  });
});

describe("overrides", () => {
  test.each([
    ["latin1", "e9", "é"],
    ["ascii", "61", "a"],
    ["shift_jis", "82a0", "あ"],
    ["koi8-r", "d7", "в"],
    ["windows-1252", "80", "€"],
    ["utf-8", "efbbbfe282ac", "\ufeff€"],
    ["utf-16le", "36043dd800de", "ж😀"],
    ["big5", "a440", "一"],
    ["UCS2", "0436", "ж"],
    ["utf_16_be", "0436", "ж"],
    ["ISO-8859-1", "e9", "é"],
    ["gsm0338", "1b65", "€"],
    ["ISO2022_JP", "1b2442467c1b2842", "日"],
  ])("give a data_coding the charset %s, both ways", (charset, octets, text) => {
    const options = { overrides: { 0: charset } };
    expect(hex(encodeShortMessage(text, 0, options).octets)).toBe(octets);
    expect(decodeShortMessage(bytes(octets), 0, options)).toBe(text);
    expect(charsetOf(0, options.overrides)).toBe(charset);
  });

  test.each(["klingon", "__proto__", "constructor", "", "utf-32", "base64", "hex"])(
    "refuse %j, which is no charset or none of one or two octets a character",
    (charset) => {
      expect(() => decodeShortMessage(bytes("61"), 0, { overrides: { 0: charset } })).toThrow(
        expect.objectContaining({ code: "unknown_charset" }),
      );
    },
  );

  test.each(["utf-8", "utf-16le", "shift_jis", "gbk", "big5", "windows-1251", "iso-8859-15"])(
    "%s: text comes back in parts, and octets are cut between characters",
    (charset) => {
      const overrides = { 0: charset };
      fc.assert(
        fc.property(texts[8](), (text) => {
          const message = splitShortMessage(text, 0, { overrides });
          const { data_coding } = message;
          // With esm_class: a text may begin like a header.
          const sent = { esm_class: message.esm_class };
          const octets = joinParts(message.parts.map((part) => ({ ...sent, short_message: part })));
          expect(decodeShortMessage(octets, data_coding, { overrides })).toBe(text);
          const { parts, esm_class } = splitShortMessage(octets, data_coding, { overrides });
          const read = parts.map((part) => (esm_class === 0x40 ? readUdh(part).body : part));
          const pieces = read.map((body) => decodeShortMessage(body, data_coding, { overrides }));
          expect(pieces.join("")).toBe(text);
        }),
      );
    },
  );
});

describe("a character that the charset has not", () => {
  test.each([
    [0, 8],
    [1, 8],
    [4, 8],
    [0x10, 0x18],
    [0x13, 0x1b],
    [0x50, 0x58],
    [0xc9, 0xe9],
    [0xd2, 0xe2],
    [0xf0, 0x18],
    [0xf2, 0x1a],
    [0xf5, 0x19],
    [0x90, 8],
  ])("turns data_coding %d into %d: UCS-2 with class and indication kept", (dataCoding, ucs2) => {
    expect(encodeShortMessage("ж", dataCoding)).toEqual({
      data_coding: ucs2,
      octets: bytes("0436"),
    });
    expect(charsetOf(ucs2)).toBe("utf-16be");
  });

  test("is an error that names it when falling back is switched off", () => {
    expect(() => encodeShortMessage("a😀", 3, { fallback: false })).toThrow(
      expect.objectContaining({ code: "unencodable", character: "😀", index: 1 }),
    );
  });

  test("is replaced where a replacement is given", () => {
    const replacement = (character: string, index: number) => `${character.length}${index}`;
    expect(hex(encodeShortMessage("a😀bж", 3, { replacement }).octets)).toBe(
      hex(Buffer.from("a21b14")),
    );
    expect(hex(encodeShortMessage("ж", 0, { replacement: "" }).octets)).toBe("");
    expect(() => encodeShortMessage("ж", 0, { replacement: "ж" })).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });
});
