/** Which national tables carry a text in the fewest septets. */
import { defaultTables, ESCAPE, type Language } from "./alphabet.ts";
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

/** Whether a table has each of the characters of a text. */
interface Column {
  readonly id: number;
  readonly has: readonly boolean[];
}

/**
 * Every pair of tables that has all characters of the text (3GPP TS 23.038 section 6.2.1.2), the
 * default pair included, fewest septets first; among equals fewer national tables, then lower
 * identifiers.
 */
export function nationalTables(text: string): NationalTables[] {
  const counts = countCharacters(text);
  const characters = [...counts.keys()];
  const tables = [{ id: 0, ...defaultTables }, ...Object.values(languages)];
  const lockings = tables.flatMap(({ id, locking }) =>
    locking === undefined ? [] : [column(id, locking, characters)],
  );
  const singleShifts = tables.map(({ id, singleShift }) =>
    column(id, singleShift.map(([, run]) => run).join(""), characters),
  );
  const perCharacter = [...counts.values()];
  const pairs = lockings.flatMap((locking) =>
    singleShifts.flatMap((singleShift) => {
      const septets = weigh(perCharacter, locking, singleShift);
      return septets === undefined
        ? []
        : [{ locking: locking.id, singleShift: singleShift.id, septets }];
    }),
  );
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

function countCharacters(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return counts;
}

function column(id: Language["id"], table: string, characters: readonly string[]): Column {
  // NUL and the escape mark places in a table; they are no characters of it.
  const has = (character: string) =>
    character !== "\0" && character.charCodeAt(0) !== ESCAPE && table.includes(character);
  return { id, has: characters.map(has) };
}

function weigh(
  perCharacter: readonly number[],
  locking: Column,
  singleShift: Column,
): number | undefined {
  let septets = 0;
  for (const [index, count] of perCharacter.entries()) {
    if (locking.has[index]) septets += count;
    else if (singleShift.has[index]) septets += 2 * count;
    else return undefined;
  }
  return septets;
}
