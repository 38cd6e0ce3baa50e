/** Finds the name that a misspelt word was meant to be, and says so. */
import { shortened } from "./shortened.ts";

/** No known name is longer. Longer words are not compared, so that their length costs nothing. */
const LONGEST = 64;
/** From this many letters on, a word and a name are near when one begins with the other. */
const LEAST_BEGINNING = 3;

/**
 * The name that is nearest to a misspelt word, undefined when none is near: for "did you mean".
 *
 * Case, `_`, `-`, `.` and blanks do not count. A name is near when at most a third of its letters
 * (and at least one) are missing, extra, wrong or swapped with their neighbour, and when one of the
 * two is the beginning of the other (`hostname`, `multipart`). Of names that are as near the first
 * one wins. A word of more than 64 characters is near nothing, so the work is bounded.
 */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const given = folded(word);
  let nearest: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const name of names) {
    if (name.length > LONGEST) continue;
    const known = folded(name);
    const changes = changesBetween(given, known);
    if (changes >= fewest || !isNear(given, known, changes)) continue;
    nearest = name;
    fewest = changes;
  }
  return nearest;
}

/** `, did you mean window?`: behind a sentence about a word that is none of the names; empty when none is near. */
export function didYouMean(word: string, names: Iterable<string>): string {
  const nearest = nearestName(word, names);
  return nearest ? `, did you mean ${nearest}?` : "";
}

/** A name that came from outside, 100 characters of it. */
export function shownName(name: string): string {
  return shortened(name, 100);
}

/**
 * `unknown option windw (number), did you mean window?`, or `, expected host, port` when no name is near.
 * `noun` is what the names are called; of the value only its type is shown.
 */
export function unknownName(
  noun: string,
  name: string,
  names: readonly string[],
  value: unknown,
): string {
  const type = value === null ? "null" : typeof value;
  const what = `unknown ${noun} ${shownName(name)} (${type})`;
  return what + (didYouMean(name, names) || `, expected ${names.join(", ")}`);
}

function folded(word: string): string {
  return word.toLowerCase().replace(/[-_. ]/g, "");
}

function isNear(given: string, known: string, changes: number): boolean {
  const shorter = Math.min(given.length, known.length);
  const longer = Math.max(given.length, known.length);
  if (changes <= Math.max(1, longer / 3) && changes < shorter) return true;
  return shorter >= LEAST_BEGINNING && (known.startsWith(given) || given.startsWith(known));
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function changesBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = [...new Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (isSame ? 0 : 1),
        at(isSwap ? beforeLast : [], j - 2) + 1,
      );
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
