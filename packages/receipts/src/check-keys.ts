/** Refuses options that do not exist: a misspelt one would be ignored without a word. */
import { nearestName } from "@esme/pdu";

/** Throws a TypeError for a key that is not among the names, with the nearest of them. */
export function checkKeys(owner: string, options: object, names: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (names.includes(key)) continue;
    const nearest = nearestName(key, names);
    const hint =
      nearest === undefined ? `expected ${names.join(", ")}` : `did you mean ${nearest}?`;
    throw new TypeError(`${owner}: unknown option ${key.slice(0, 100)}, ${hint}`);
  }
}
