/** Which national tables carry a text in the fewest septets. */
import { defaultTables, ESCAPE, LAST_LANGUAGE } from "./alphabet.ts";
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

/** The tables that have a character, one bit per language identifier; bit 0 is the default one. */
interface Places {
  lockings: number;
  singleShifts: number;
}

/** Where each character of any table is; made at first use. */
let index: Map<string, Places> | undefined;

/**
 * Every pair of tables that has all characters of the text (3GPP TS 23.038 section 6.2.1.2), the
 * default pair included, fewest septets first; among equals fewer national tables, then lower
 * identifiers.
 */
export function nationalTables(text: string): NationalTables[] {
  index ??= indexCharacters();
  const counts = countCharacters(text);
  const entries: Entry[] = [];
  for (const [character, count] of counts) {
    const places = index.get(character);
    if (places === undefined) return [];
    entries.push({ ...places, count });
  }
  const pairs: NationalTables[] = [];
  for (let locking = 0; locking <= LAST_LANGUAGE; locking++) {
    if (locking !== 0 && languages[locking]?.locking === undefined) continue;
    for (let singleShift = 0; singleShift <= LAST_LANGUAGE; singleShift++) {
      const septets = weigh(entries, locking, singleShift);
      if (septets !== undefined) pairs.push({ locking, singleShift, septets });
    }
  }
  // The sort is stable: equals stay in the order of their identifiers.
  return pairs.sort((a, b) => a.septets - b.septets || elements(a) - elements(b));
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

function indexCharacters(): Map<string, Places> {
  const places = new Map<string, Places>();
  const add = (characters: string, table: keyof Places, id: number) => {
    for (const character of characters) {
      const known = places.get(character) ?? { lockings: 0, singleShifts: 0 };
      known[table] |= 1 << id;
      places.set(character, known);
    }
  };
  for (const { id, locking = "", singleShift } of [
    { id: 0, ...defaultTables },
    ...Object.values(languages),
  ]) {
    add(locking, "lockings", id);
    for (const [, run] of singleShift) add(run, "singleShifts", id);
  }
  // They mark places in a table; they are no characters of it.
  places.delete("\0");
  places.delete(String.fromCharCode(ESCAPE));
  return places;
}

function countCharacters(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return counts;
}

/** A character of the text: where it is, and how often it comes. */
interface Entry extends Places {
  count: number;
}

function weigh(entries: readonly Entry[], locking: number, singleShift: number) {
  let septets = 0;
  for (const { lockings, singleShifts, count } of entries) {
    if (lockings & (1 << locking)) septets += count;
    else if (singleShifts & (1 << singleShift)) septets += 2 * count;
    else return undefined;
  }
  return septets;
}
