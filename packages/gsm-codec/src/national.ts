/** Which national tables carry a text in the fewest septets. */
import { alphabetOf, type Language, NONE } from "./alphabet.ts";
import { languages } from "./languages.ts";

/** A pair of tables by language identifier (0: the default one) and what a text takes with it. */
export interface NationalTables {
  /** Language identifier of the locking shift table, for element 0x25; 0 for none. */
  readonly locking: number;
  /** Language identifier of the single shift table, for element 0x24; 0 for none. */
  readonly singleShift: number;
  /** Septets of the text, header not counted. */
  readonly septets: number;
}

/**
 * Every pair of tables that has all characters of the text (3GPP TS 23.038 section 6.2.1.2), the
 * default pair included, fewest septets first; among equals fewer national tables, then lower
 * identifiers.
 */
export function nationalTables(text: string): NationalTables[] {
  const counts = countCodeUnits(text);
  const all: NationalTables[] = [];
  const known: (Language | undefined)[] = [undefined, ...Object.values(languages)];
  for (const locking of known) {
    // Spanish has no locking table.
    if (locking !== undefined && locking.locking === undefined) continue;
    for (const singleShift of known) {
      const table = alphabetOf({ locking, singleShift }).septets;
      const septets = weigh(counts, table);
      if (septets !== undefined) {
        all.push({ locking: locking?.id ?? 0, singleShift: singleShift?.id ?? 0, septets });
      }
    }
  }
  // The sort is stable: equals stay in the order of their identifiers.
  return all.sort((a, b) => a.septets - b.septets || elements(a) - elements(b));
}

/**
 * The pair of tables that carries the text in the fewest septets, or undefined when some character
 * is in none of them. The header elements that announce the tables are not counted: whether they
 * pay is a matter of parts.
 */
export function bestNationalTables(text: string): NationalTables | undefined {
  return nationalTables(text)[0];
}

function elements({ locking, singleShift }: NationalTables): number {
  return Number(locking > 0) + Number(singleShift > 0);
}

function countCodeUnits(text: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  return counts;
}

function weigh(counts: Map<number, number>, table: Uint16Array): number | undefined {
  let septets = 0;
  for (const [unit, count] of counts) {
    const septet = table[unit] ?? NONE;
    if (septet === NONE) return undefined;
    septets += septet > 0x7f ? 2 * count : count;
  }
  return septets;
}
