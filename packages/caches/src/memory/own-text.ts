/** Text that keeps nothing else in memory. */

/**
 * The same text, written anew. V8 makes a part of a text (`slice`, a match of an expression) a
 * reference to the whole: an id of 20 characters would keep its receipt of 64 kB. What `join` makes
 * of two texts has octets of its own, and no more than these.
 */
export function ownText(text: string): string {
  return [text.slice(0, 1), text.slice(1)].join("");
}

/** What a text takes in memory, in octets: V8 has two for each character when one is not Latin-1. */
export function octetsOfText(text: string): number {
  return /[\u0100-\uffff]/.test(text) ? 2 * text.length : text.length;
}
