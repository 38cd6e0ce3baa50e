// Writes a PDU by walking the tables field by field.

import { type CommandName, commands } from "./commands.ts";
import { PduError, type PduErrorCode } from "./errors.ts";
import type { Fields, FieldType, ScalarType } from "./fields.ts";
import { Status } from "./status.ts";
import { carries } from "./tlv-codec.ts";
import { type NamedTlv, standardByName } from "./tlvs.ts";

function fail(code: PduErrorCode, message: string, field: string, limit?: number): never {
  throw new PduError(code, message, { field, limit, command_status: Status.ESME_RINVPARLEN });
}

class Writer {
  readonly octets: number[] = [];
  readonly command: string;
  constructor(command: string) {
    this.command = command;
  }

  uint(value: unknown, size: number, field: string): void {
    const limit = 2 ** (8 * size) - 1;
    if (typeof value !== "number") {
      fail(
        "wrong_type",
        `${this.command}: ${field} is of type ${typeof value}, expected a number`,
        field,
      );
    }
    if (!Number.isInteger(value) || value < 0 || value > limit) {
      fail(
        "out_of_range",
        `${this.command}: ${field} is ${value}, expected an integer from 0 to ${limit}`,
        field,
        limit,
      );
    }
    for (let shift = size - 1; shift >= 0; shift--) {
      this.octets.push(Math.floor(value / 2 ** (8 * shift)) & 0xff);
    }
  }

  scalar(type: ScalarType, value: unknown, field: string): void {
    switch (type.type) {
      case "integer": {
        const wide =
          typeof value === "number" && value >= 2 ** (8 * type.size) ? type.max : type.size;
        this.uint(value, wide, field);
        return;
      }
      case "c-octet-string": {
        if (typeof value !== "string") {
          fail(
            "wrong_type",
            `${this.command}: ${field} is of type ${typeof value}, expected a string`,
            field,
          );
        }
        if (value.length >= type.max) {
          fail(
            "too_long",
            `${this.command}: ${field} has ${value.length} characters, at most ${type.max - 1} fit`,
            field,
            type.max - 1,
          );
        }
        if (
          value.length + 1 < type.min ||
          (type.format && type.min === 1 && value.length % 16 !== 0)
        ) {
          fail(
            "too_short",
            `${this.command}: ${field} has ${value.length} characters`,
            field,
            type.max - 1,
          );
        }
        for (let i = 0; i < value.length; i++) {
          const code = value.charCodeAt(i);
          if (code === 0 || code > 0xff) {
            fail(
              "bad_character",
              `${this.command}: ${field} has a character at index ${i} that is NUL or not Latin-1`,
              field,
            );
          }
          this.octets.push(code);
        }
        this.octets.push(0);
        return;
      }
      case "octet-string": {
        if (!(value instanceof Uint8Array)) {
          fail(
            "wrong_type",
            `${this.command}: ${field} is of type ${typeof value}, expected a Uint8Array`,
            field,
          );
        }
        if (value.length > type.max) {
          fail(
            "too_long",
            `${this.command}: ${field} has ${value.length} octets, at most ${type.max} fit`,
            field,
            type.max,
          );
        }
        if (value.length < type.min) {
          fail(
            "too_short",
            `${this.command}: ${field} has ${value.length} octets, at least ${type.min} are needed`,
            field,
            type.min,
          );
        }
        this.octets.push(...value);
        return;
      }
    }
  }

  fields(fields: Fields, values: Readonly<Record<string, unknown>>, path = ""): void {
    for (const [name, type] of Object.entries(fields)) {
      if ("counts" in type) {
        const counted = values[type.counts];
        const length = counted instanceof Uint8Array || Array.isArray(counted) ? counted.length : 0;
        if (length > 255)
          fail(
            "too_long",
            `${this.command}: ${type.counts} has ${length}, at most 255 fit`,
            type.counts,
            255,
          );
        this.octets.push(length);
      } else {
        this.field(type, values[name], path + name);
      }
    }
  }

  field(type: FieldType, value: unknown, field: string): void {
    if (type.type === "dest_address-list" || type.type === "unsuccess_sme-list") {
      for (const [index, entry] of (Array.isArray(value) ? value : []).entries()) {
        const path = `${field}[${index}].`;
        if (type.type === "unsuccess_sme-list") {
          this.fields(type.entry, entry, path);
        } else {
          const flag: unknown = entry.dest_flag;
          if (flag !== 1 && flag !== 2)
            fail(
              "bad_dest_flag",
              `${this.command}: ${path}dest_flag is ${flag}`,
              `${path}dest_flag`,
            );
          this.octets.push(flag);
          this.fields(type.cases[flag], entry, path);
        }
      }
      return;
    }
    if (value === undefined) {
      value =
        type.type === "integer"
          ? type.default
          : type.type === "octet-string"
            ? new Uint8Array(0)
            : "";
    }
    this.scalar(type, value, field);
  }
}

const header = new Set(["command", "command_status", "sequence_number", "unknown_tlvs"]);

/** Encodes a PDU by the tables. */
export function encodeByTable(
  pdu: Readonly<Record<string, unknown>>,
  sequence_number: number,
  vendorByName: ReadonlyMap<string, NamedTlv> = new Map(),
): Uint8Array {
  const command = String(pdu["command"]);
  const writer = new Writer(command);
  writer.octets.push(0, 0, 0, 0);
  const status = pdu["command_status"] ?? 0;
  if (command === "unknown") {
    writer.uint(pdu["command_id"], 4, "command_id");
    writer.uint(status, 4, "command_status");
    writer.uint(sequence_number, 4, "sequence_number");
    const body = pdu["body"];
    if (body instanceof Uint8Array) writer.octets.push(...body);
    return finish(writer.octets);
  }
  if (!Object.hasOwn(commands, command)) {
    fail("unknown_command", `there is no command ${command}`, "command");
  }
  const name = command as CommandName; // hasOwn says so
  const fields: Fields = commands[name].fields;
  writer.uint(commands[name].id, 4, "command_id");
  writer.uint(status, 4, "command_status");
  writer.uint(sequence_number, 4, "sequence_number");
  writer.fields(fields, pdu);
  for (const [key, value] of Object.entries(pdu)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (header.has(key) || (field && !("counts" in field))) continue;
    const vendor = vendorByName.get(key);
    const tlv = field
      ? undefined
      : (standardByName.get(key) ?? (vendor && carries(vendor, name) ? vendor : undefined));
    if (!tlv) fail("unknown_field", `${command} has no field or TLV ${key}`, key);
    if (value === undefined) continue;
    if (tlv.multiple && !Array.isArray(value))
      fail("wrong_type", `${command}: ${key} is repeatable, expected an array`, key);
    for (const one of tlv.multiple && Array.isArray(value) ? value : [value]) {
      const inner = new Writer(command);
      inner.scalar(tlv.type, one, key);
      writer.uint(tlv.tag, 2, key);
      writer.uint(inner.octets.length, 2, key);
      writer.octets.push(...inner.octets);
    }
  }
  const unknown = pdu["unknown_tlvs"];
  for (const { tag, value } of Array.isArray(unknown) ? unknown : []) {
    writer.uint(tag, 2, "unknown_tlvs");
    writer.uint(value.length, 2, "unknown_tlvs");
    writer.octets.push(...value);
  }
  return finish(writer.octets);
}

function finish(octets: number[]): Uint8Array {
  const frame = Uint8Array.from(octets);
  new DataView(frame.buffer).setUint32(0, frame.length);
  return frame;
}
