/** The TLVs that an SMSC has beside the standard's: their types, and values of JSON for them. */

/** One vendor's TLV, as the worker's key `tlvs` has it. */
export interface TlvDefinition {
  /** `0x1400` as text, or a number. */
  readonly tag: number | string;
  /**
   * `integer` of `size` octets; `c_string` with a NUL behind; `text` without; `hex` and `octets`
   * are read as hexadecimal, and `octets` are written as text.
   */
  readonly type: "integer" | "c_string" | "octets" | "text" | "hex";
  /** Its octets, exactly: 1, 2 or 4 of an integer. */
  readonly size?: number | undefined;
  /** Its octets at most, the NUL included. */
  readonly max?: number | undefined;
  /** The commands that carry it; all when absent. */
  readonly commands?: readonly string[] | undefined;
}

/** TLVs of one connection by name. */
export type TlvDefinitions = Readonly<Record<string, TlvDefinition>>;

/** What the length of a TLV can say (SMPP 3.4 section 3.2.4.1). */
const mostOctets = 0xffff;

/** What fits, in words for an error. */
export function sizeIn({ size, max = mostOctets }: TlvDefinition): string {
  return size === undefined ? `at most ${max} octets` : `${size} octets`;
}

/** Whether so many octets are the TLV's. */
export function fits(octets: number, { size, max = mostOctets }: TlvDefinition): boolean {
  return size === undefined ? octets <= max : octets === size;
}

/** Whether a command may carry it. */
export function carries({ commands }: TlvDefinition, command: string): boolean {
  return commands === undefined || commands.includes(command);
}

/** The definition with that name, or else with that tag. */
export function definitionOf(
  definitions: TlvDefinitions,
  name: string,
  tag?: number,
): TlvDefinition | undefined {
  if (Object.hasOwn(definitions, name)) return definitions[name];
  return Object.values(definitions).find((definition) => Number(definition.tag) === tag);
}

/**
 * A value as JSON can hold it: a number, text, or hexadecimal digits. Octets that are not what the
 * definition says are in hexadecimal, too: nothing is lost.
 */
export function plainValue(value: unknown, { type }: TlvDefinition): unknown {
  if (!(value instanceof Uint8Array)) return value;
  const octets = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (type === "integer" && [1, 2, 4].includes(octets.length)) {
    return octets.readUIntBE(0, octets.length);
  }
  if (type === "text") return octets.toString("latin1");
  if (type === "c_string") return octets.toString("latin1").split("\0", 1)[0];
  return octets.toString("hex");
}
