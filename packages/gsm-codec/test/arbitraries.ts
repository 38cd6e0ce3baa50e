/** Random texts and options for properties. */
import fc from "fast-check";
import { type Language, languages } from "../src/index.ts";

const DEFAULT =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "\f^{}\\[~]|€";

/** A language, its identifier, or none. */
const table: fc.Arbitrary<Language | number | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(...Object.values(languages)),
  fc.integer({ min: 0, max: 13 }),
);

export const tables = fc.record({ locking: table, singleShift: table });

/** Text of the default alphabet and its extension. */
export const gsmText = (): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...DEFAULT, ...EXTENSION) });

/** Characters of all tables there are, and some that are in none. */
export const anyText = fc.string({
  unit: fc.constantFrom(
    ...DEFAULT,
    ...EXTENSION,
    ..."`ж😀\ud83d",
    ...Object.values(languages).flatMap(({ locking = "", singleShift }) => [
      ...locking,
      ...singleShift.map(([, run]) => run).join(""),
    ]),
  ),
});
