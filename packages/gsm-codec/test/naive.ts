/** The slow twin: the same rules read straight from data/gsm0338.json, character by character. */
import { readFileSync } from "node:fs";

interface SpecLanguage {
  readonly nli: number;
  readonly name: string;
  readonly iso639: string | null;
  readonly locking: {
    readonly codePoints: readonly (number | null)[];
    readonly duplicates?: readonly Duplicate[];
  } | null;
  readonly singleShift: {
    readonly map: Readonly<Record<string, number>>;
    readonly duplicates: readonly Duplicate[];
  };
}

interface Duplicate {
  readonly codePoint: number;
  readonly codes: readonly string[];
  readonly encodeAs: string;
}

const spec: {
  readonly default: { readonly codePoints: readonly (number | null)[] };
  readonly extension: { readonly map: Readonly<Record<string, number>> };
  readonly languages: readonly SpecLanguage[];
} = JSON.parse(readFileSync(new URL("data/gsm0338.json", import.meta.url), "utf8"));

export const specLanguages = spec.languages;

/** Code points by septet; null where there is none. */
export function base(locking: number): readonly (number | null)[] {
  return spec.languages[locking]?.locking?.codePoints ?? spec.default.codePoints;
}

/** Code points by the septet after an escape. */
export function extension(singleShift: number): ReadonlyMap<number, number> {
  const map =
    singleShift === 0
      ? spec.extension.map
      : (spec.languages[singleShift]?.singleShift.map ?? spec.extension.map);
  return new Map(Object.entries(map).map(([code, point]) => [Number.parseInt(code, 16), point]));
}

/** Septets of one character; undefined when it has none. */
function encodeCharacter(point: number, locking: number, singleShift: number) {
  const septet = base(locking).indexOf(point);
  if (septet >= 0) return [septet];
  const codes = [...extension(singleShift)].filter(([, p]) => p === point).map(([code]) => code);
  return codes.length > 0 ? [0x1b, Math.min(...codes)] : undefined;
}

export function naiveEncode(text: string, locking = 0, singleShift = 0): number[] | undefined {
  const septets: number[] = [];
  for (const character of text) {
    const codes = encodeCharacter(character.codePointAt(0) ?? 0, locking, singleShift);
    if (codes === undefined) return undefined;
    septets.push(...codes);
  }
  return septets;
}

export function naiveDecode(octets: readonly number[], locking = 0, singleShift = 0): string {
  const [first, second] = octets;
  if (first === undefined) return "";
  if (first > 0x7f) return `\ufffd${naiveDecode(octets.slice(1), locking, singleShift)}`;
  if (first !== 0x1b) {
    const character = String.fromCodePoint(base(locking)[first] ?? 0x20);
    return character + naiveDecode(octets.slice(1), locking, singleShift);
  }
  if (second === undefined) return " ";
  const shifted = extension(singleShift).get(second);
  const character =
    second === 0x1b
      ? " "
      : shifted === undefined
        ? naiveDecode([second], locking, singleShift)
        : String.fromCodePoint(shifted);
  return character + naiveDecode(octets.slice(2), locking, singleShift);
}

/** Packs bit by bit. */
export function naivePack(septets: readonly number[], fillBits = 0): number[] {
  const bits = Array.from({ length: fillBits }, () => 0);
  for (const septet of septets) for (let i = 0; i < 7; i++) bits.push((septet >> i) & 1);
  return Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    bits.slice(8 * at, 8 * at + 8).reduce((octet, bit, i) => octet | (bit << i), 0),
  );
}
