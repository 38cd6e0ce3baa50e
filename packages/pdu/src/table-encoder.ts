// Writes a PDU field by field as the tables say: slower than the generated code, complete, and exact about what
// does not fit.

import { didYouMean, shownName, typeName } from "@esme/settings";
import { type CommandName, commands } from "./commands.ts";
import { PduError, type PduErrorCode } from "./errors.ts";
import { type Fields, type FieldType, type ScalarType, withPassword } from "./fields.ts";
import { isUint8Array, putCString, putUint, putUint16, putUint32 } from "./octets.ts";
import { carries, type TlvsByName } from "./tlv-codec.ts";
import { standardByName } from "./tlvs.ts";

type Values = Readonly<Record<string, unknown>>;

const HEADER_KEYS = ["command", "command_status", "sequence_number"];
const UNKNOWN_PDU_KEYS = [...HEADER_KEYS, "command_id", "body"];

/** Writes values into a growing buffer, and makes the errors about those that do not fit. */
class Writer {
  readonly #command: string;
  readonly #sequence_number: number;
  #octets = new Uint8Array(512);
  #length = 0;

  constructor(command: string, sequence_number: number) {
    this.#command = command;
    this.#sequence_number = sequence_number;
  }

  get frame(): Uint8Array {
    const frame = this.#octets.slice(0, this.#length);
    putUint32(frame, 0, frame.length);
    return frame;
  }

  error(code: PduErrorCode, message: string, path: string, limit?: number): PduError {
    const known = Object.hasOwn(commands, this.#command);
    const field = shownName(path);
    return new PduError(code, `${shownName(this.#command)}: ${field} ${message}`, {
      field,
      limit,
      command_id: known ? commands[this.#command as CommandName].id : undefined, // hasOwn says so
      sequence_number: this.#sequence_number,
    });
  }

  /** The error about an unknown key; `names` are the known ones. */
  unknown(what: string, key: string, names: Iterable<string>, path = ""): PduError {
    const hint = didYouMean(key, names);
    return this.error("unknown_field", `${what}${hint}`, path + key);
  }

  /** Makes the frame `size` octets longer and gives the place of the first of them. */
  #extend(size: number): number {
    const start = this.#length;
    const end = start + size;
    if (end > this.#octets.length) {
      const grown = new Uint8Array(2 * end);
      grown.set(this.#octets);
      this.#octets = grown;
    }
    this.#length = end;
    return start;
  }

  #put(value: number, size: number): void {
    const at = this.#extend(size);
    putUint(this.#octets, at, value, size);
  }

  #putOctets(value: Uint8Array): void {
    const at = this.#extend(value.length);
    this.#octets.set(value, at);
  }

  integer(value: unknown, size: number, field: string): void {
    const limit = 2 ** (8 * size) - 1;
    if (typeof value !== "number") throw this.#wrongType(value, "a number", field);
    if (!Number.isInteger(value) || value < 0 || value > limit) {
      const message = `is ${value}, expected an integer from 0 to ${limit}`;
      throw this.error("out_of_range", message, field, limit);
    }
    this.#put(value, size);
  }

  scalar(type: ScalarType, value: unknown, field: string): void {
    switch (type.type) {
      case "integer": {
        const wide = typeof value === "number" && value >= 2 ** (8 * type.size);
        this.integer(value, wide ? type.max : type.size, field);
        break;
      }
      case "c-octet-string": {
        if (typeof value !== "string") throw this.#wrongType(value, "a string", field);
        this.#checkSize(value.length, type.min - 1, type.max - 1, "characters", field);
        if (type.format === "time" && type.min === 1 && value.length % 16 !== 0) {
          const message = `has ${value.length} characters, expected none or the 16 of a time`;
          throw this.error("too_short", message, field, 16);
        }
        const at = this.#extend(value.length + 1);
        if (putCString(this.#octets, at, value, type.max) < 0) {
          const index = Array.from(value).findIndex((one) => one === "\0" || one > "\u00ff");
          const what = value[index] === "\0" ? "NUL" : "beyond U+00FF";
          throw this.error("bad_character", `has a character ${what} at index ${index}`, field);
        }
        break;
      }
      case "octet-string": {
        const octets = this.#octetString(value, field);
        this.#checkSize(octets.length, type.min, type.max, "octets", field);
        this.#putOctets(octets);
      }
    }
  }

  /** Writes the fields of a PDU or of an entry; `path` leads to the entry inside the PDU. */
  fields(fields: Fields, values: Values, path = ""): void {
    for (const [name, type] of Object.entries(fields)) {
      if (!("counts" in type)) this.#field(type, values[name], path + name);
      // A count stands right before what it counts, and is written with it.
    }
  }

  #field(type: FieldType, value: unknown, field: string): void {
    switch (type.type) {
      case "dest_address-list":
        this.#list(value, field, (entry, path) => {
          const { dest_flag } = entry;
          if (dest_flag !== 1 && dest_flag !== 2) {
            const message = "is neither 1 (address) nor 2 (distribution list)";
            throw this.error("bad_dest_flag", message, `${path}dest_flag`);
          }
          this.#put(dest_flag, 1);
          this.#entry(type.cases[dest_flag], entry, path, ["dest_flag"]);
        });
        break;
      case "unsuccess_sme-list":
        this.#list(value, field, (entry, path) => this.#entry(type.entry, entry, path));
        break;
      case "octet-string": {
        const octets = value === undefined ? new Uint8Array(0) : this.#octetString(value, field);
        this.#checkSize(octets.length, type.min, type.max, "octets", field);
        this.#put(octets.length, 1);
        this.#putOctets(octets);
        break;
      }
      case "integer":
        this.scalar(type, value === undefined ? type.default : value, field);
        break;
      case "c-octet-string":
        this.scalar(type, value === undefined ? "" : value, field);
        break;
    }
  }

  #list(value: unknown, field: string, write: (entry: Values, path: string) => void): void {
    const list: unknown = value === undefined ? [] : value;
    if (!Array.isArray(list)) throw this.#wrongType(list, "an array", field);
    this.#checkSize(list.length, 0, 255, "entries", field);
    this.#put(list.length, 1);
    for (const [index, entry] of list.entries()) {
      const path = `${field}[${index}]`;
      if (typeof entry !== "object" || entry === null) {
        throw this.#wrongType(entry, "an object", path);
      }
      write(entry, `${path}.`);
    }
  }

  #entry(fields: Fields, entry: Values, path: string, others: readonly string[] = []): void {
    this.fields(fields, entry, path);
    const known = [...others, ...Object.keys(fields)];
    for (const key of Object.keys(entry)) {
      if (known.includes(key)) continue;
      throw this.unknown("is not a field of this entry", key, known, path);
    }
  }

  tlv(tag: number, type: ScalarType, value: unknown, field: string): void {
    const start = this.#extend(4);
    this.scalar(type, value, field);
    putUint16(this.#octets, start, tag);
    putUint16(this.#octets, start + 2, this.#length - start - 4);
  }

  unknownTlvs(list: unknown): void {
    if (!Array.isArray(list)) throw this.#wrongType(list, "an array", "unknown_tlvs");
    for (const [index, entry] of list.entries()) {
      const path = `unknown_tlvs[${index}]`;
      if (typeof entry !== "object" || entry === null) {
        throw this.#wrongType(entry, "an object", path);
      }
      this.integer(entry.tag, 2, `${path}.tag`);
      const octets = this.#octetString(entry.value, `${path}.value`);
      this.#checkSize(octets.length, 0, 0xffff, "octets", `${path}.value`);
      this.integer(octets.length, 2, `${path}.value`);
      this.#putOctets(octets);
    }
  }

  #octetString(value: unknown, field: string): Uint8Array {
    if (isUint8Array(value)) return value;
    throw this.#wrongType(value, "a Uint8Array", field);
  }

  #checkSize(size: number, min: number, max: number, unit: string, field: string): void {
    if (size > max) {
      throw this.error("too_long", `has ${size} ${unit}, at most ${max} fit`, field, max);
    }
    if (size < min) {
      throw this.error("too_short", `has ${size} ${unit}, at least ${min} are needed`, field, min);
    }
  }

  #wrongType(value: unknown, expected: string, field: string): PduError {
    const hint =
      typeof value === "string" && expected === "a Uint8Array"
        ? "; encode text first, as by @esme/sm-split"
        : "";
    return this.error("wrong_type", `is ${typeName(value)}, expected ${expected}${hint}`, field);
  }
}

/** Encodes a PDU by the tables. Throws {@link PduError}; a value itself is never in the message. */
export function encodeByTable(
  pdu: object,
  sequence_number: number,
  vendors?: TlvsByName,
  maxPasswordLength = 8,
): Uint8Array {
  const values = pdu as Values; // any object can be read by key
  const { command, command_id, command_status = 0 } = values;
  const writer = new Writer(typeof command === "string" ? command : "PDU", sequence_number);
  const header = (id: unknown) => {
    writer.integer(0, 4, "command_length"); // known at the end
    writer.integer(id, 4, "command_id");
    writer.integer(command_status, 4, "command_status");
    writer.integer(sequence_number, 4, "sequence_number");
  };
  if (command === "unknown") {
    header(command_id);
    const { body = new Uint8Array(0) } = values;
    writer.scalar({ type: "octet-string", min: 0, max: 0xffff_ffff - 16 }, body, "body");
    for (const key of Object.keys(values)) {
      if (UNKNOWN_PDU_KEYS.includes(key)) continue;
      throw writer.unknown("is not a key of an unknown PDU", key, UNKNOWN_PDU_KEYS);
    }
    return writer.frame;
  }
  if (typeof command !== "string" || !Object.hasOwn(commands, command)) {
    const hint = typeof command === "string" ? didYouMean(command, Object.keys(commands)) : "";
    throw writer.error("unknown_command", `is not in the table${hint}`, "command");
  }
  const row: { id: number; fields: Fields } = commands[command as CommandName]; // hasOwn says so
  const { id } = row;
  const fields = withPassword(row.fields, maxPasswordLength);
  header(id);
  writer.fields(fields, values);
  for (const key in values) {
    const value = values[key];
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (HEADER_KEYS.includes(key) || key === "unknown_tlvs") continue;
    if (field && !("counts" in field)) continue;
    if (field) throw writer.error("unknown_field", "is computed: leave it out", key);
    const vendor = vendors?.get(key);
    const tlv =
      standardByName.get(key) ?? (vendor && carries(vendor, command) ? vendor : undefined);
    if (!tlv) {
      if (!Object.hasOwn(values, key)) continue; // a prototype may have more than the PDU
      const names = [...HEADER_KEYS, ...Object.keys(fields), ...tlvNames(command, vendors)];
      throw writer.unknown("is neither a field of this command nor a TLV", key, names);
    }
    if (value === undefined) continue;
    if (!tlv.multiple) {
      writer.tlv(tlv.tag, tlv.type, value, key);
    } else if (Array.isArray(value)) {
      for (const one of value) writer.tlv(tlv.tag, tlv.type, one, key);
    } else {
      throw writer.error("wrong_type", "is repeatable, expected an array", key);
    }
  }
  if (values["unknown_tlvs"] !== undefined) writer.unknownTlvs(values["unknown_tlvs"]);
  return writer.frame;
}

/** The TLVs that a command may be given, those of vendors first. */
function tlvNames(command: string, vendors: TlvsByName = new Map()): string[] {
  const own = [...vendors.values()].filter((tlv) => carries(tlv, command)).map(({ name }) => name);
  return [...own, ...standardByName.keys(), "unknown_tlvs"];
}
