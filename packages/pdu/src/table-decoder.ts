// Reads a PDU by walking the tables field by field, and tells where every field lies and what is wrong.

import { type CommandName, commands } from "./commands.ts";
import { PduError, type PduErrorCode } from "./errors.ts";
import type { CStringType, Fields, FieldType, ScalarType } from "./fields.ts";
import { Status } from "./status.ts";
import { carries } from "./tlv-codec.ts";
import { type NamedTlv, standardByTag } from "./tlvs.ts";

/** One field or TLV of a PDU: where it lies and what it holds. */
export interface Piece {
  /** `dest_address[0].dl_name` inside a list; undefined for a TLV without a name. */
  readonly field: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly value: number | string | Uint8Array;
  readonly type: ScalarType | undefined;
  /** Of a TLV; its piece begins with the tag. */
  readonly tag?: number;
}

/** What a walk found. */
export interface Walk {
  /** The decoded PDU, as far as it could be read. */
  readonly pdu: Record<string, unknown>;
  readonly pieces: Piece[];
  /** What is wrong but can be lived with, in the order of the octets. */
  readonly problems: PduError[];
  /** What made the rest unreadable. */
  readonly fatal: PduError | undefined;
}

const HEADER_LENGTH = 16;

const nameById = new Map<number, string>(
  Object.entries(commands).map(([name, { id }]) => [id, name]),
);

/** The name of a command by its id. */
export function commandName(id: number): CommandName | undefined {
  // The map was made from the keys of the table, which are the names.
  return nameById.get(id) as CommandName | undefined;
}

/** The command_status to answer each fault with (3.4 section 5.1.3). */
const answers: Partial<Record<PduErrorCode, number>> = {
  bad_length: Status.ESME_RINVCMDLEN,
  truncated: Status.ESME_RINVCMDLEN,
  too_long: Status.ESME_RINVPARLEN,
  too_short: Status.ESME_RINVPARLEN,
  trailing_octets: Status.ESME_RINVOPTPARSTREAM,
  tlv_truncated: Status.ESME_RINVOPTPARSTREAM,
  bad_dest_flag: Status.ESME_RINVDESTFLAG,
};

class Walker {
  readonly pieces: Piece[] = [];
  readonly problems: PduError[] = [];
  at = HEADER_LENGTH;
  readonly #frame: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #tlvByTag: (tag: number) => NamedTlv | undefined;

  constructor(frame: Uint8Array, end: number, tlvByTag: (tag: number) => NamedTlv | undefined) {
    this.#frame = frame;
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    this.#end = end;
    this.#tlvByTag = tlvByTag;
  }

  error(code: PduErrorCode, message: string, offset: number, field?: string, limit?: number) {
    return new PduError(code, message, {
      field,
      offset,
      limit,
      command_id: this.uint(4, 4),
      sequence_number: this.uint(12, 4),
      command_status: answers[code],
    });
  }

  uint(at: number, size: number): number {
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** The mandatory fields, added to `into` under their names; `path` leads to them inside a list. */
  fields(fields: Fields, into: Record<string, unknown>, path = ""): void {
    const counts = new Map<string, number>();
    for (const [name, type] of Object.entries(fields)) {
      const value = this.#field(type, path + name, counts);
      if ("counts" in type) counts.set(name, Number(value));
      else into[name] = value;
    }
  }

  #field(type: FieldType, field: string, counts: ReadonlyMap<string, number>): unknown {
    const start = this.at;
    switch (type.type) {
      case "integer": {
        this.#need(type.size, field);
        this.at += type.size;
        return this.#keep({ field, start, type, value: this.uint(start, type.size) });
      }
      case "c-octet-string":
        return this.#cstring(type, field);
      case "octet-string": {
        const length = counts.get(type.length_field ?? "") ?? 0;
        this.#need(length, field);
        this.at += length;
        return this.#keep({ field, start, type, value: this.#octets(start, this.at) });
      }
      case "dest_address-list":
        return this.#list(counts.get(type.count_field), field, (path) => {
          const flagAt = this.at;
          this.#need(1, `${path}dest_flag`);
          const dest_flag = this.uint(flagAt, 1);
          if (dest_flag !== 1 && dest_flag !== 2) {
            throw this.error(
              "bad_dest_flag",
              `${path}dest_flag is ${dest_flag}, expected 1 (address) or 2 (distribution list)`,
              flagAt,
              `${path}dest_flag`,
            );
          }
          this.at++;
          this.#keep({
            field: `${path}dest_flag`,
            start: flagAt,
            type: undefined,
            value: dest_flag,
          });
          const entry: Record<string, unknown> = { dest_flag };
          this.fields(type.cases[dest_flag], entry, path);
          return entry;
        });
      case "unsuccess_sme-list":
        return this.#list(counts.get(type.count_field), field, (path) => {
          const entry: Record<string, unknown> = {};
          this.fields(type.entry, entry, path);
          return entry;
        });
    }
  }

  #list(length = 0, field: string, read: (path: string) => unknown): unknown[] {
    return Array.from({ length }, (_, index) => read(`${field}[${index}].`));
  }

  #cstring(type: CStringType, field: string): string {
    const start = this.at;
    const nul = this.#frame.subarray(start, this.#end).indexOf(0);
    if (nul < 0 && this.#end - start < type.max) {
      throw this.error(
        "truncated",
        `${field} at octet ${start} has no closing NUL before the PDU ends at octet ${this.#end}`,
        start,
        field,
        type.max,
      );
    }
    if (nul < 0 || nul >= type.max) {
      const problem = this.error(
        "too_long",
        `${field} at octet ${start} has no NUL within ${type.max} octets`,
        start,
        field,
        type.max,
      );
      if (nul < 0) throw problem;
      this.problems.push(problem);
    }
    this.at = start + nul + 1;
    const value = this.#latin1(start, start + nul);
    if (type.format === "time" && nul !== 0 && nul !== 16) {
      this.problems.push(
        this.error(
          "too_short",
          `${field} at octet ${start} has ${nul} characters, expected none or the 16 of a time`,
          start,
          field,
          16,
        ),
      );
    }
    return this.#keep({ field, start, type, value });
  }

  /** The TLVs from here to the end, added to `pdu`. */
  tlvs(pdu: Record<string, unknown>, fields: Fields): void {
    const unknown: { tag: number; value: Uint8Array }[] = [];
    while (this.at < this.#end) {
      const start = this.at;
      const left = this.#end - start;
      if (left < 4) {
        this.problems.push(
          this.error(
            "trailing_octets",
            `${left} octets are left at octet ${start}, too few for a TLV`,
            start,
          ),
        );
        break;
      }
      const tag = this.uint(start, 2);
      const length = this.uint(start + 2, 2);
      const tlv = this.#tlvByTag(tag);
      const named = tlv && !Object.hasOwn(fields, tlv.name) ? tlv : undefined;
      if (length > left - 4) {
        throw this.error(
          "tlv_truncated",
          `TLV ${named?.name ?? hex(tag)} at octet ${start} says ${length} octets, ${left - 4} are left`,
          start,
          named?.name,
          left - 4,
        );
      }
      this.at = start + 4 + length;
      const raw = this.#octets(start + 4, this.at);
      const value = named && this.#tlvValue(named, start, raw);
      this.pieces.push({
        field: named?.name,
        start,
        end: this.at,
        value: value ?? raw,
        type: named?.type,
        tag,
      });
      const earlier = named && pdu[named.name];
      if (named && value !== undefined && named.multiple) {
        if (Array.isArray(earlier)) earlier.push(value);
        else pdu[named.name] = [value];
      } else if (named && value !== undefined && earlier === undefined) {
        pdu[named.name] = value;
      } else {
        unknown.push({ tag, value: raw });
      }
    }
    if (unknown.length > 0) pdu["unknown_tlvs"] = unknown;
  }

  /** The value of a TLV, undefined when its size is wrong. */
  #tlvValue(
    tlv: NamedTlv,
    start: number,
    raw: Uint8Array,
  ): number | string | Uint8Array | undefined {
    const { type, name } = tlv;
    const length = raw.length;
    if (type.type === "c-octet-string") {
      const nul = raw.indexOf(0);
      const characters = nul < 0 ? length : nul;
      if (characters < type.max && characters >= type.min - 1) {
        return this.#latin1(start + 4, start + 4 + characters);
      }
      this.problems.push(this.#badSize(name, start, characters + 1, type.min, type.max));
      return undefined;
    }
    const min = type.type === "integer" ? type.size : type.min;
    if (length < min || length > type.max) {
      this.problems.push(this.#badSize(name, start, length, min, type.max));
      return undefined;
    }
    return type.type === "integer" ? this.uint(start + 4, length) : raw;
  }

  #badSize(name: string, offset: number, length: number, min: number, max: number): PduError {
    const expected = min === max ? `${min}` : `${min} to ${max}`;
    const message = `TLV ${name} at octet ${offset} has ${length} octets, expected ${expected}`;
    return length > max
      ? this.error("too_long", message, offset, name, max)
      : this.error("too_short", message, offset, name, min);
  }

  #need(octets: number, field: string): void {
    if (this.#end - this.at >= octets) return;
    throw this.error(
      "truncated",
      `${field} at octet ${this.at} needs ${octets} octets, ${this.#end - this.at} are left`,
      this.at,
      field,
      octets,
    );
  }

  #keep<V extends number | string | Uint8Array>(piece: {
    field: string;
    start: number;
    type: ScalarType | undefined;
    value: V;
  }): V {
    this.pieces.push({ ...piece, end: this.at });
    return piece.value;
  }

  #octets(start: number, end: number): Uint8Array {
    return new Uint8Array(this.#frame.buffer, this.#frame.byteOffset + start, end - start);
  }

  #latin1(start: number, end: number): string {
    let text = "";
    for (let at = start; at < end; at++) text += String.fromCharCode(this.uint(at, 1));
    return text;
  }
}

function hex(tag: number): string {
  return `0x${tag.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Walks one PDU; `vendorTlvs` are looked up beside the standard ones. Throws when there is no header. */
export function walk(
  frame: Uint8Array,
  vendorTlvs: ReadonlyMap<number, NamedTlv> = new Map(),
): Walk {
  if (frame.length < HEADER_LENGTH) {
    throw new PduError("bad_length", `a PDU has at least 16 octets, this one ${frame.length}`, {
      offset: 0,
      limit: HEADER_LENGTH,
      command_status: Status.ESME_RINVCMDLEN,
    });
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const length = view.getUint32(0);
  const command_id = view.getUint32(4);
  const command_status = view.getUint32(8);
  const sequence_number = view.getUint32(12);
  const name = commandName(command_id);
  const end = Math.min(Math.max(length, HEADER_LENGTH), frame.length);
  const walker = new Walker(frame, end, (tag) => {
    const standard = standardByTag.get(tag);
    if (standard) return standard;
    const vendor = vendorTlvs.get(tag);
    return vendor && name && carries(vendor, name) ? vendor : undefined;
  });
  const { pieces, problems } = walker;
  if (length !== frame.length) {
    const message = `command_length is ${length} but the PDU has ${frame.length} octets`;
    const fatal = walker.error("bad_length", message, 0, "command_length", frame.length);
    return { pdu: { command: name, command_status, sequence_number }, pieces, problems, fatal };
  }
  if (name === undefined) {
    const body = new Uint8Array(
      frame.buffer,
      frame.byteOffset + HEADER_LENGTH,
      end - HEADER_LENGTH,
    );
    const pdu = { command: "unknown", command_id, command_status, sequence_number, body };
    return { pdu, pieces, problems, fatal: undefined };
  }
  const fields: Fields = commands[name].fields;
  const pdu: Record<string, unknown> = { command: name, command_status, sequence_number };
  const isResponse = command_id >= 0x8000_0000;
  if (isResponse && end === HEADER_LENGTH) {
    return { pdu: { ...pdu, ...defaultsOf(fields) }, pieces, problems, fatal: undefined };
  }
  try {
    walker.fields(fields, pdu);
    walker.tlvs(pdu, fields);
    return { pdu, pieces, problems, fatal: undefined };
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { pdu, pieces, problems, fatal: error };
  }
}

/** What the fields of a command hold when its body is absent. */
export function defaultsOf(fields: Fields): Record<string, unknown> {
  const entries = Object.entries(fields).flatMap(([name, type]): [string, unknown][] => {
    if ("counts" in type) return [];
    switch (type.type) {
      case "integer":
        return [[name, type.default]];
      case "c-octet-string":
        return [[name, ""]];
      case "octet-string":
        return [[name, new Uint8Array(0)]];
      default:
        return [[name, []]];
    }
  });
  return Object.fromEntries(entries);
}
