/** Keys of files, in snake_case, as the options of programs, in camelCase. Pure. */

/** Words of the wire: they are the same on both sides. */
const wireNames = ["system_id", "esm_class", "data_coding", "source_addr", "esme_addr"] as const;

type Camel<Name extends string> = Name extends (typeof wireNames)[number]
  ? Name
  : Name extends `${infer First}_${infer Rest}`
    ? `${First}${Capitalize<Camel<Rest>>}`
    : Name;

type CamelKeys<T> = { [Key in keyof T as Key extends string ? Camel<Key> : Key]: T[Key] };

/** The same values under camelCase keys; words of the wire stay as they are. */
export function camelKeys<T extends object>(given: T): CamelKeys<T> {
  const kept: readonly string[] = wireNames;
  const entries = Object.entries(given).map(([key, value]) => [
    kept.includes(key)
      ? key
      : key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  // `Object.fromEntries` forgets which key has which value; the type says how keys are renamed.
  return Object.fromEntries(entries) as CamelKeys<T>;
}
