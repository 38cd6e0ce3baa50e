// Reads a PDU field by field as the tables say: slower than the generated code, complete, and exact about what
// is wrong and where.

import { type CommandName, commands, isResponse } from "./commands.ts";
import { PduError, type PduErrorCode } from "./errors.ts";
import {
  type CStringType,
  type Fields,
  type FieldType,
  type IntegerType,
  type OctetsType,
  type ScalarType,
  withPassword,
} from "./fields.ts";
import { findNul, hexNumber, isUint8Array, latin1, uint, uint16, uint32, view } from "./octets.ts";
import { Status } from "./status.ts";
import { carries, type TlvsByTag } from "./tlv-codec.ts";
import { type NamedTlv, standardByTag } from "./tlvs.ts";

/** One field or TLV of a PDU: where it lies and what it holds. */
export interface LocatedField {
  /** `dest_address[0].dl_name` inside a list; undefined for a TLV without a name. */
  readonly name: string | undefined;
  /**
   * Its octets, counted from the start of the PDU; `end` is the first one behind it. A TLV begins with
   * its tag.
   */
  readonly start: number;
  readonly end: number;
  readonly value: number | string | Uint8Array;
  /** From the table; undefined where there is none. */
  readonly type: ScalarType | undefined;
  /** The tag of a TLV. */
  readonly tag?: number | undefined;
}

/** What was read of a PDU. */
export interface Reading {
  /** The decoded PDU, as far as it could be read. */
  readonly pdu: Readonly<Record<string, unknown>>;
  /** The fields after the header, in the order of the octets; TLVs only with `locatesTlvs`. */
  readonly fields: readonly LocatedField[];
  /** What is wrong but accepted, in the order of the octets. */
  readonly problems: readonly PduError[];
  /** The error that ended the reading. */
  readonly fatal: PduError | undefined;
}

/** How to read. */
export interface ReadOptions {
  /** The TLVs follow the header at once, as in the error responses of some peers. */
  readonly bodiless?: boolean;
  /** The problems to accept before one is fatal. Default 0: strict. */
  readonly mostProblems?: number;
  /** Finds TLVs that are not where sm_length says. */
  readonly findTlvs?: FindTlvs;
  /** Whether TLVs are among the located fields: a PDU may have 16,000 of them. */
  readonly locatesTlvs?: boolean;
  /** The longest password that is no problem, in characters. Default 8. */
  readonly maxPasswordLength?: number | undefined;
}

/** Gives the text as it must have been meant, and the octets between it and the TLVs. */
export type FindTlvs = (place: {
  readonly frame: Uint8Array;
  /** The first octet after the text. */
  readonly at: number;
  readonly text: LocatedText;
  readonly pdu: Reading["pdu"];
  readonly tlvByTag: TlvByTag;
}) => { text: LocatedText; stray?: LocatedField; problem: Problem } | undefined;

/** An octet string with the length field that says its size. */
interface LocatedText extends LocatedField {
  readonly name: string;
  readonly value: Uint8Array;
  readonly type: OctetsType & { readonly length_field: string };
}

type TlvByTag = (tag: number) => NamedTlv | undefined;

/** What an error is made of. */
type Problem = readonly [
  code: PduErrorCode,
  message: string,
  offset: number,
  field?: string,
  limit?: number,
];

const HEADER_LENGTH = 16;

const nameById = new Map<number, string>(
  Object.entries(commands).map(([name, { id }]) => [id, name]),
);

/** The name of a command by its id. */
export function commandName(id: number): CommandName | undefined {
  return nameById.get(id) as CommandName | undefined; // the map was made from the table's names
}

/** The command_status to answer each fault with (3.4 section 5.1.3). */
const answers: Partial<Record<PduErrorCode, number>> = {
  bad_length: Status.ESME_RINVCMDLEN,
  truncated: Status.ESME_RINVCMDLEN,
  too_long: Status.ESME_RINVPARLEN,
  too_short: Status.ESME_RINVPARLEN,
  trailing_octets: Status.ESME_RINVOPTPARSTREAM,
  bad_sm_length: Status.ESME_RINVOPTPARSTREAM,
  tlv_truncated: Status.ESME_RINVOPTPARSTREAM,
  bad_dest_flag: Status.ESME_RINVDESTFLAG,
};

type Values = Record<string, unknown>;

/**
 * Reads one PDU by the tables; `vendors` are TLVs beside the standard ones. Throws {@link PduError} for a
 * header that is not whole or does not fit the frame.
 */
export function readByTable(
  frame: Uint8Array,
  vendors?: TlvsByTag,
  options: ReadOptions = {},
): Reading {
  const { bodiless = false, findTlvs, maxPasswordLength = 8 } = options;
  const { command_id, name, header } = readHeader(frame);
  if (name === undefined) {
    const body = view(frame, HEADER_LENGTH, frame.length);
    const pdu = { command: "unknown", command_id, ...header, body };
    return { pdu, fields: [], problems: [], fatal: undefined };
  }
  const fields = withPassword(commands[name].fields, maxPasswordLength);
  const pdu: Values = { command: name, ...header };
  const tlvByTag = (tag: number) => {
    const vendor = vendors?.get(tag);
    return standardByTag.get(tag) ?? (vendor && carries(vendor, name) ? vendor : undefined);
  };
  const reader = new Reader(frame, tlvByTag, options);
  const { located, problems } = reader;
  try {
    // Peers leave out the body of a response, whatever its status is.
    const absent = bodiless || (isResponse(command_id) && frame.length === HEADER_LENGTH);
    if (absent) Object.assign(pdu, defaultsOf(fields));
    else reader.fields(fields, pdu);
    if (findTlvs) reader.findTlvs(pdu, findTlvs);
    reader.tlvs(pdu, fields);
    return { pdu, fields: located, problems, fatal: undefined };
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { pdu, fields: located, problems, fatal: error };
  }
}

/** A field whose entries are counted by another field. */
type ListType = Extract<FieldType, { count_field: string }>;

/** Reads one field after the other, and collects where they lie and what is wrong. */
class Reader {
  readonly located: LocatedField[] = [];
  readonly problems: PduError[] = [];
  readonly #frame: Uint8Array;
  readonly #tlvByTag: TlvByTag;
  readonly #mostProblems: number;
  readonly #locatesTlvs: boolean;
  #at = HEADER_LENGTH;

  constructor(
    frame: Uint8Array,
    tlvByTag: TlvByTag,
    { mostProblems = 0, locatesTlvs = false }: ReadOptions,
  ) {
    this.#frame = frame;
    this.#tlvByTag = tlvByTag;
    this.#mostProblems = mostProblems;
    this.#locatesTlvs = locatesTlvs;
  }

  get #left(): number {
    return this.#frame.length - this.#at;
  }

  error(...[code, message, offset, field, limit]: Problem): PduError {
    return new PduError(code, message, {
      field,
      offset,
      limit,
      command_id: uint32(this.#frame, 4),
      sequence_number: uint32(this.#frame, 12),
      command_status: answers[code],
    });
  }

  /** Accepts a problem, or throws it when there have been too many. */
  #accept(...problem: Problem): void {
    const error = this.error(...problem);
    if (this.problems.length >= this.#mostProblems) throw error;
    this.problems.push(error);
  }

  /** Reads the mandatory fields into `into`; `path` leads to them inside a list. */
  fields(fields: Fields, into: Values, path = ""): void {
    const counts = new Map<string, number>();
    for (const [name, type] of Object.entries(fields)) {
      if ("counts" in type) counts.set(name, this.#integer(type, path + name));
      else if ("count_field" in type) {
        // Stored before its entries are read, so that those before a fault are kept.
        const entries: unknown[] = [];
        into[name] = entries;
        const length = counts.get(type.count_field) ?? 0;
        while (entries.length < length) {
          entries.push(this.#entry(type, `${path}${name}[${entries.length}].`));
        }
      } else into[name] = this.#field(type, path + name, counts);
    }
  }

  #field(
    type: Exclude<FieldType, ListType>,
    field: string,
    counts: ReadonlyMap<string, number>,
  ): unknown {
    switch (type.type) {
      case "integer":
        return this.#integer(type, field);
      case "c-octet-string":
        return this.#cstring(type, field);
      case "octet-string":
        return this.#take(counts.get(type.length_field ?? "") ?? 0, type, field, view);
    }
  }

  /** One entry of a list; `path` leads to it. */
  #entry(type: ListType, path: string): Values {
    if (type.type === "unsuccess_sme-list") {
      const entry: Values = {};
      this.fields(type.entry, entry, path);
      return entry;
    }
    const dest_flag = this.#integer(type.dest_flag, `${path}dest_flag`);
    if (dest_flag !== 1 && dest_flag !== 2) {
      const message = `${path}dest_flag is ${dest_flag}, expected 1 (address) or 2 (distribution list)`;
      throw this.error("bad_dest_flag", message, this.#at - 1, `${path}dest_flag`);
    }
    const entry: Values = { dest_flag };
    this.fields(type.cases[dest_flag], entry, path);
    return entry;
  }

  #integer(type: IntegerType, field: string): number {
    return this.#take(type.size, type, field, (frame, start) => uint(frame, start, type.size));
  }

  /** The value that `read` makes of the next `size` octets. */
  #take<V extends number | Uint8Array>(
    size: number,
    type: ScalarType,
    field: string,
    read: (frame: Uint8Array, start: number, end: number) => V,
  ): V {
    const start = this.#at;
    if (this.#left < size) {
      const message = `${field} at octet ${start} needs ${size} octets, ${this.#left} are left`;
      throw this.error("truncated", message, start, field, size);
    }
    this.#at += size;
    const value = read(this.#frame, start, this.#at);
    this.located.push({ name: field, start, end: this.#at, type, value });
    return value;
  }

  #cstring(type: CStringType, field: string): string {
    const start = this.#at;
    const nul = findNul(this.#frame, start, this.#frame.length);
    const limit = type.max - 1;
    if (nul < 0 && this.#left < type.max) {
      const message = `${field} at octet ${start} has no NUL before the PDU ends`;
      throw this.error("truncated", message, start, field, limit);
    }
    if (nul < 0 || nul - start > limit) {
      const message = `${field} at octet ${start} has no NUL within ${type.max} octets`;
      if (nul < 0) throw this.error("too_long", message, start, field, limit);
      this.#accept("too_long", message, start, field, limit);
    } else if (type.format === "time" && nul !== start && nul - start !== limit) {
      const message = `${field} at octet ${start} has ${nul - start} characters, expected none or ${limit}`;
      this.#accept("too_short", message, start, field, limit);
    }
    this.#at = nul + 1;
    const value = latin1(this.#frame, start, nul);
    this.located.push({ name: field, start, end: this.#at, type, value });
    return value;
  }

  /** Goes to where the TLVs begin, when `find` says that sm_length is wrong. */
  findTlvs(pdu: Values, find: FindTlvs): void {
    const last = this.located.at(-1);
    if (!last || !isText(last)) return;
    const [frame, tlvByTag] = [this.#frame, this.#tlvByTag];
    const found = find({ frame, at: this.#at, text: last, pdu, tlvByTag });
    if (found === undefined) return;
    const { text, stray, problem } = found;
    this.#accept(...problem);
    this.located.splice(-1, 1, text, ...(stray ? [stray] : []));
    pdu[text.name] = text.value;
    this.#at = (stray ?? text).end;
  }

  /** Reads the TLVs from here to the end into `pdu`, whose mandatory fields are `fields`. */
  tlvs(pdu: Values, fields: Fields): void {
    const unknown: { tag: number; value: Uint8Array }[] = [];
    while (this.#left >= 4) {
      const { tag, tlv, value, raw } = this.#tlv(fields);
      const earlier = tlv && pdu[tlv.name];
      if (tlv?.multiple && value !== undefined) {
        if (Array.isArray(earlier)) earlier.push(value);
        else pdu[tlv.name] = [value];
      } else if (tlv && value !== undefined && earlier === undefined) {
        pdu[tlv.name] = value;
      } else {
        unknown.push({ tag, value: raw });
        pdu["unknown_tlvs"] = unknown;
      }
    }
    if (this.#left > 0) {
      const message = `${this.#left} octets are left over at octet ${this.#at}, too few for a TLV`;
      this.#accept("trailing_octets", message, this.#at);
    }
  }

  #tlv(fields: Fields) {
    const start = this.#at;
    const tag = uint16(this.#frame, start);
    const length = uint16(this.#frame, start + 2);
    const found = this.#tlvByTag(tag);
    // message_state is a field of query_sm_resp and a TLV elsewhere.
    const tlv = found && !Object.hasOwn(fields, found.name) ? found : undefined;
    const left = this.#left - 4;
    if (length > left) {
      const name = tlv?.name ?? hexNumber(tag, 4);
      const message = `TLV ${name} at octet ${start} has a length of ${length} octets, ${left} are left`;
      throw this.error("tlv_truncated", message, start, tlv?.name, left);
    }
    this.#at += 4 + length;
    const raw = view(this.#frame, start + 4, this.#at);
    const value = tlv && this.#tlvValue(tlv, start, raw);
    if (this.#locatesTlvs) {
      const type = value === undefined ? undefined : tlv?.type;
      this.located.push({ name: tlv?.name, start, end: this.#at, type, value: value ?? raw, tag });
    }
    return { tag, tlv, value, raw };
  }

  /** The value of a TLV, undefined when its size is wrong. */
  #tlvValue({ type, name }: NamedTlv, start: number, raw: Uint8Array) {
    switch (type.type) {
      case "c-octet-string": {
        // The NUL may be missing; octets after it are no part of the string.
        const nul = findNul(raw, 0, raw.length);
        const size = nul < 0 ? raw.length : nul;
        const fits = this.#checkSize(size, type.min - 1, type.max - 1, name, start);
        return fits ? latin1(raw, 0, size) : undefined;
      }
      case "integer": {
        const fits = this.#checkSize(raw.length, type.size, type.max, name, start);
        return fits ? uint(raw, 0, raw.length) : undefined;
      }
      case "octet-string":
        return this.#checkSize(raw.length, type.min, type.max, name, start) ? raw : undefined;
    }
  }

  #checkSize(size: number, min: number, max: number, name: string, offset: number): boolean {
    if (size >= min && size <= max) return true;
    const expected = min === max ? `${min}` : `${min} to ${max}`;
    const message = `TLV ${name} at octet ${offset} has ${size} octets, expected ${expected}`;
    const [code, limit] = size > max ? (["too_long", max] as const) : (["too_short", min] as const);
    this.#accept(code, message, offset, name, limit);
    return false;
  }
}

function isText(field: LocatedField): field is LocatedText {
  return field.type?.type === "octet-string" && field.type.length_field !== undefined;
}

/** The header of a frame. Throws {@link PduError} when it is not whole or does not fit the frame. */
function readHeader(frame: Uint8Array) {
  if (!isUint8Array(frame)) {
    throw new PduError("wrong_type", `decode takes a Uint8Array, not ${typeof frame}`);
  }
  if (frame.length < HEADER_LENGTH) {
    const message = `a PDU has at least 16 octets, this one has ${frame.length}`;
    const command_status = Status.ESME_RINVCMDLEN;
    throw new PduError("bad_length", message, { offset: 0, limit: HEADER_LENGTH, command_status });
  }
  const command_length = uint32(frame, 0);
  const command_id = uint32(frame, 4);
  const command_status = uint32(frame, 8);
  const sequence_number = uint32(frame, 12);
  if (command_length !== frame.length) {
    const message = `command_length is ${command_length}, but the PDU has ${frame.length} octets`;
    throw new PduError("bad_length", message, {
      field: "command_length",
      offset: 0,
      limit: frame.length,
      command_id,
      sequence_number,
      command_status: Status.ESME_RINVCMDLEN,
    });
  }
  return { command_id, name: commandName(command_id), header: { command_status, sequence_number } };
}

/** What the fields of a command hold when its body is absent. */
export function defaultsOf(fields: Fields): Values {
  const defaults: Values = {};
  for (const [name, type] of Object.entries(fields)) {
    if ("counts" in type) continue;
    if (type.type === "integer") defaults[name] = type.default;
    else if (type.type === "c-octet-string") defaults[name] = "";
    else defaults[name] = type.type === "octet-string" ? new Uint8Array(0) : [];
  }
  return defaults;
}
