/** Random texts that are awkward to cut, by what they are made of. */
import fc from "fast-check";

const gsm = [..."abc @£$é\nΩ ÄÑ€{}[]~^\\|\f", "\r\n", "\r", "hello "];
const latin = [..."`Áçøß±", "abc ", "\r\n"];
const clusters = [
  "e\u0301",
  "👨‍👩‍👧",
  "🇮🇹",
  "👍🏽",
  "🏳️‍🌈",
  "😀",
  "नि",
  "क्ष",
  "a\u0300\u0301\u0302\u0303",
  "\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b",
  "👨‍👩‍👧‍👦‍",
  "\u200d",
  "각",
];
const japanese = [..."日本語テストかなカナ、。", "abc", "\r\n"];
const korean = [..."한국어글자", "abc ", "ㄱ"];
const cyrillic = [..."привет, мир! №", "abc"];
const hebrew = [..."שלום עולם", "abc"];
const turkish = [..."şğıİçÇ", "abc "];
const hindi = ["नि", "क्ष", "हि", ..."अआकखग", "abc "];

const text = (units: readonly string[], maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...units), maxLength, size: "max" });

/** Texts for one data_coding, and some that do not fit it. */
export const texts = {
  0: (max = 400) => text(gsm, max),
  1: (max = 400) => text([..."abc`~{} ", "\r\n"], max),
  3: (max = 400) => text(latin, max),
  5: (max = 200) => text(japanese, max),
  6: (max = 400) => text(cyrillic, max),
  7: (max = 400) => text(hebrew, max),
  8: (max = 200) => text([...gsm, ...clusters, ...japanese], max),
  14: (max = 200) => text(korean, max),
  24: (max = 200) => text([...clusters, ...hindi], max),
  240: (max = 400) => text([...gsm], max),
} as const;

export const nationalTexts = {
  turkish: (max = 300) => text(turkish, max),
  hindi: (max = 300) => text(hindi, max),
};

/** A data_coding and a text, often but not always of its charset. */
export const codedText = (max?: number): fc.Arbitrary<{ dataCoding: number; text: string }> =>
  fc.oneof(
    ...Object.entries(texts).map(([dataCoding, make]) =>
      fc.record({ dataCoding: fc.constant(Number(dataCoding)), text: make(max) }),
    ),
    fc.record({
      dataCoding: fc.constantFrom(...Object.keys(texts).map(Number)),
      text: text([...gsm, ...latin, ...clusters, ...japanese, ...hebrew], max ?? 200),
    }),
  );

export function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, rank: Math.sin(seed + index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
