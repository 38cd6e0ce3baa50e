/** Checks the options of a cache, which come from a configuration file. */

/**
 * The options with defaults filled in. Every option is a number above 0; anything else, and a key
 * that is not an option, is a TypeError that names the key, what it got and what it wants.
 */
export function resolveNumbers<Key extends string>(
  given: { readonly [key: string]: unknown },
  defaults: { readonly [K in Key]: number },
): { [K in Key]: number } {
  const resolved: { [K in Key]: number } = { ...defaults };
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!isKeyOf(defaults, key)) {
      throw new TypeError(`${key}: unknown; wants one of ${Object.keys(defaults).join(", ")}`);
    }
    if (typeof value !== "number" || !(value > 0)) {
      const got = typeof value === "number" ? String(value) : JSON.stringify(value);
      throw new TypeError(`${key}: got ${got}, wants a number above 0`);
    }
    resolved[key] = value;
  }
  return resolved;
}

function isKeyOf<Key extends string>(
  object: { readonly [K in Key]: number },
  key: string,
): key is Key {
  return Object.hasOwn(object, key);
}
