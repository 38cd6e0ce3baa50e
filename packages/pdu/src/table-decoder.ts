// Reads a PDU by walking the tables field by field: slow, complete, and exact about what is wrong and where.

import { type CommandName, commands, isResponse } from "./commands.ts";
import { PduError, type PduErrorCode } from "./errors.ts";
import {
  type CStringType,
  type Fields,
  type FieldType,
  type IntegerType,
  type ScalarType,
  withPassword,
} from "./fields.ts";
import { findNul, hexNumber, isUint8Array, latin1, uint, uint16, uint32, view } from "./octets.ts";
import { Status } from "./status.ts";
import { carries, type TlvsByTag } from "./tlv-codec.ts";
import { tlvShift } from "./tlv-place.ts";
import { type NamedTlv, standardByTag } from "./tlvs.ts";
import { hasHalfCharacter } from "./user-data.ts";

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
  readonly pdu: Readonly<Record<string, unknown>>;
  /** What was read after the header, in the order of the octets; TLVs only where asked for. */
  readonly pieces: readonly Piece[];
  /** What is wrong but can be lived with, in the order of the octets. */
  readonly problems: readonly PduError[];
  /** What made the rest unreadable. */
  readonly fatal: PduError | undefined;
}

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

/** A field whose entries are counted by another field. */
type ListType = Extract<FieldType, { count_field: string }>;

/** A place in a frame that moves on as fields are read. */
class Walker {
  readonly pieces: Piece[] = [];
  readonly problems: PduError[] = [];
  readonly #frame: Uint8Array;
  readonly #tlvByTag: (tag: number) => NamedTlv | undefined;
  readonly #tolerance: number;
  readonly #keepsTlvs: boolean;
  #at = HEADER_LENGTH;

  constructor(
    frame: Uint8Array,
    tlvByTag: (tag: number) => NamedTlv | undefined,
    { tolerance = 16, tlvPieces = false }: WalkOptions,
  ) {
    this.#frame = frame;
    this.#tlvByTag = tlvByTag;
    this.#tolerance = tolerance;
    this.#keepsTlvs = tlvPieces;
  }

  get #left(): number {
    return this.#frame.length - this.#at;
  }

  error(code: PduErrorCode, message: string, offset: number, field?: string, limit?: number) {
    return new PduError(code, message, {
      field,
      offset,
      limit,
      command_id: uint32(this.#frame, 4),
      sequence_number: uint32(this.#frame, 12),
      command_status: answers[code],
    });
  }

  /** Keeps a problem, or throws it when there have been enough. */
  #tolerate(problem: PduError): void {
    if (this.problems.length >= this.#tolerance) throw problem;
    this.problems.push(problem);
  }

  /** Reads the mandatory fields into `into`; `path` leads to them inside a list. */
  fields(fields: Fields, into: Values, path = ""): void {
    const counts = new Map<string, number>();
    for (const [name, type] of Object.entries(fields)) {
      if ("counts" in type) counts.set(name, this.#integer(type, path + name));
      else if ("count_field" in type) {
        // In its place before it is read: the entries before a fault can be read.
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

  /** The next `size` octets as `read` sees them. */
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
    this.pieces.push({ field, start, end: this.#at, type, value });
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
      const problem = this.error("too_long", message, start, field, limit);
      if (nul < 0) throw problem;
      this.#tolerate(problem);
    } else if (type.format === "time" && nul !== start && nul - start !== limit) {
      const message = `${field} at octet ${start} has ${nul - start} characters, expected none or ${limit}`;
      this.#tolerate(this.error("too_short", message, start, field, limit));
    }
    this.#at = nul + 1;
    const value = latin1(this.#frame, start, nul);
    this.pieces.push({ field, start, end: this.#at, type, value });
    return value;
  }

  /**
   * Goes to where the TLVs begin, when that is not where sm_length says and there is one such place.
   * One NUL on the way completes a UCS2 text that would be odd without it; else NULs are dropped.
   */
  findTlvs(pdu: Values): void {
    const text = this.pieces.at(-1);
    if (this.#tolerance === 0 || text?.field === undefined) return;
    if (text.type?.type !== "octet-string" || text.type.length_field === undefined) return;
    const at = this.#at;
    const length = at - text.start;
    const shift = tlvShift(this.#frame, at, length, this.#tlvByTag);
    if (shift === 0) return;
    const isOdd = hasHalfCharacter(
      view(this.#frame, text.start, at),
      Number(pdu["esm_class"] ?? 0),
      Number(pdu["data_coding"] ?? 0),
    );
    if (shift === 2 || (shift === 1 && this.#frame[at] === 0 && !isOdd)) {
      const nuls = shift === 1 ? "1 NUL stands" : `${shift} NULs stand`;
      const message = `${nuls} between ${text.field} and the TLVs at octet ${at}`;
      this.#tolerate(this.error("trailing_octets", message, at));
      const value = view(this.#frame, at, at + shift);
      this.pieces.push({
        field: "stray octets",
        start: at,
        end: at + shift,
        type: undefined,
        value,
      });
    } else {
      const { length_field } = text.type;
      const message = `${length_field} is ${length}, but only with ${length + shift} octets of ${text.field} do the TLVs fit`;
      this.#tolerate(this.error("bad_sm_length", message, text.start - 1, length_field));
      const value = view(this.#frame, text.start, at + shift);
      this.pieces.splice(-1, 1, { ...text, end: at + shift, value });
      pdu[text.field] = value;
    }
    this.#at = at + shift;
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
      this.#tolerate(this.error("trailing_octets", message, this.#at));
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
      const message = `TLV ${name} at octet ${start} says ${length} octets, ${left} are left`;
      throw this.error("tlv_truncated", message, start, tlv?.name, left);
    }
    this.#at += 4 + length;
    const raw = view(this.#frame, start + 4, this.#at);
    const value = tlv && this.#tlvValue(tlv, start, raw);
    if (this.#keepsTlvs) {
      const type = value === undefined ? undefined : tlv?.type;
      this.pieces.push({ field: tlv?.name, start, end: this.#at, type, value: value ?? raw, tag });
    }
    return { tag, tlv, value, raw };
  }

  /** The value of a TLV, undefined when its size is wrong. */
  #tlvValue({ type, name }: NamedTlv, start: number, raw: Uint8Array) {
    switch (type.type) {
      case "c-octet-string": {
        // The NUL may be missing, and what stands behind it is not part of the string.
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
    this.#tolerate(this.error(code, message, offset, name, limit));
    return false;
  }
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

/** How a walk goes. */
interface WalkOptions {
  /** The TLVs follow the header at once, as in the error responses of some peers. */
  readonly bodiless?: boolean;
  /** The problems to live with before one is fatal; without a limit a frame could be full of them. */
  readonly tolerance?: number;
  /** Whether TLVs are among the pieces: a PDU may have 16,000 of them. */
  readonly tlvPieces?: boolean;
  /** The longest password that is no problem, in characters. */
  readonly maxPasswordLength?: number | undefined;
}

/**
 * Walks one PDU; `vendors` are looked up beside the standard TLVs. Throws {@link PduError} for a
 * header that is not whole or does not fit the frame.
 */
export function walk(frame: Uint8Array, vendors?: TlvsByTag, options: WalkOptions = {}): Walk {
  const { bodiless = false, maxPasswordLength = 8 } = options;
  const { command_id, name, header } = readHeader(frame);
  if (name === undefined) {
    const body = view(frame, HEADER_LENGTH, frame.length);
    const pdu = { command: "unknown", command_id, ...header, body };
    return { pdu, pieces: [], problems: [], fatal: undefined };
  }
  const fields = withPassword(commands[name].fields, maxPasswordLength);
  const pdu: Values = { command: name, ...header };
  const tlvByTag = (tag: number) => {
    const vendor = vendors?.get(tag);
    return standardByTag.get(tag) ?? (vendor && carries(vendor, name) ? vendor : undefined);
  };
  const walker = new Walker(frame, tlvByTag, options);
  const { pieces, problems } = walker;
  try {
    // Peers leave out the body of a response, whatever its status is.
    const absent = bodiless || (isResponse(command_id) && frame.length === HEADER_LENGTH);
    if (absent) Object.assign(pdu, defaultsOf(fields));
    else walker.fields(fields, pdu);
    walker.findTlvs(pdu);
    walker.tlvs(pdu, fields);
    return { pdu, pieces, problems, fatal: undefined };
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { pdu, pieces, problems, fatal: error };
  }
}

/**
 * A second walk of an error response whose fields could not be read: some peers write TLVs in their
 * place. Undefined when `first` is no such walk, or when that cannot be read either.
 */
export function walkWithoutBody(
  frame: Uint8Array,
  { pdu, fatal }: Walk,
  vendors?: TlvsByTag,
): Walk | undefined {
  const isErrorResponse =
    fatal?.command_id !== undefined && isResponse(fatal.command_id) && pdu["command_status"] !== 0;
  const bodiless = isErrorResponse ? walk(frame, vendors, { bodiless: true }) : undefined;
  return bodiless?.fatal === undefined ? bodiless : undefined;
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
