// The kinds of value a field or TLV can hold, and the TypeScript type of each.

import type { MeaningName } from "./enums.ts";

/** An unsigned big-endian integer of `size` octets, or of `size` to `max` octets in a TLV. */
export interface IntegerType {
  readonly type: "integer";
  readonly size: 1 | 2 | 4;
  /** Largest width accepted in a TLV, in octets, where it differs from `size`. */
  readonly max: number;
  /** What an encoder writes when the caller gives nothing. */
  readonly default: number;
  /** The smallest and the largest value with a meaning; other values are passed through. */
  readonly range?: readonly [number, number];
  readonly meaning?: MeaningName;
}

/** Latin-1 characters up to and including one NUL (SMPP 3.4 section 3.1). Sizes count the NUL. */
export interface CStringType {
  readonly type: "c-octet-string";
  readonly min: number;
  readonly max: number;
  /** `time`: empty, or the 16 characters of SMPP 3.4 section 7.1.1. */
  readonly format?: "time";
}

/** As many octets as the length field or the TLV length says, between `min` and `max`. */
export interface OctetsType {
  readonly type: "octet-string";
  readonly min: number;
  readonly max: number;
  /** The earlier field that carries the length of this one. */
  readonly length_field?: string;
  readonly meaning?: MeaningName;
}

/** One octet that counts the field `counts`: on the wire only, computed when encoding. */
export interface CountType extends IntegerType {
  readonly counts: string;
}

/** The destinations of submit_multi: each entry's `dest_flag` picks its fields. */
export interface DestAddressList {
  readonly type: "dest_address-list";
  readonly count_field: string;
  /** The octet before each entry that picks its fields. */
  readonly dest_flag: IntegerType;
  readonly cases: { readonly 1: Fields; readonly 2: Fields };
}

/** The refused destinations of submit_multi_resp. */
export interface UnsuccessSmeList {
  readonly type: "unsuccess_sme-list";
  readonly count_field: string;
  readonly entry: Fields;
}

export type ScalarType = IntegerType | CStringType | OctetsType;
export type FieldType = ScalarType | CountType | DestAddressList | UnsuccessSmeList;

/** Fields by name, in wire order. */
export type Fields = { readonly [name: string]: FieldType };

/** An integer of 1, 2 or 4 octets. */
export function integer(shape: {
  size: 1 | 2 | 4;
  default?: number;
  range?: readonly [number, number];
  meaning?: MeaningName;
}): IntegerType {
  return { type: "integer", default: 0, max: shape.size, ...shape };
}

/** A C-octet string; `min` (1 unless given) and `max` are octets and count the closing NUL. */
export function cstring(shape: { min?: number; max: number; format?: "time" }): CStringType {
  return { type: "c-octet-string", min: 1, ...shape };
}

/** An octet string of exactly `size` octets, or of `min` (0 unless given) up to `max`. */
export function octets(
  shape: { meaning?: MeaningName; length_field?: string } & (
    | { size: number }
    | { min?: number; max: number }
  ),
): OctetsType {
  if (!("size" in shape)) return { type: "octet-string", min: 0, ...shape };
  const { size, ...rest } = shape;
  return { type: "octet-string", min: size, max: size, ...rest };
}

/** The octet that counts the entries or octets of the field `counts`. */
export function count(counts: string): CountType {
  return { ...integer({ size: 1 }), counts };
}

/** Makes an intersection or mapped type read as one flat object in an editor. */
export type Flat<T> = { [K in keyof T]: T[K] } & {};

/** The same fields; a password among them may have `length` characters. */
export function withPassword(fields: Fields, length: number): Fields {
  return "password" in fields ? { ...fields, password: cstring({ max: length + 1 }) } : fields;
}

interface Flagged<D> {
  /** What this entry is: 1 an address, 2 a distribution list (3.4 section 5.2.25). */
  dest_flag: D;
}

/** The value that a field or TLV of type `T` has in a decoded PDU. */
export type ValueOf<T> = T extends { readonly type: "integer" }
  ? number
  : T extends { readonly type: "c-octet-string" }
    ? string
    : T extends { readonly type: "octet-string" }
      ? Uint8Array
      : T extends { readonly type: "dest_address-list"; readonly cases: infer C }
        ? { [D in keyof C]: Flat<Flagged<D> & ValuesOf<C[D]>> }[keyof C][]
        : T extends { readonly type: "unsuccess_sme-list"; readonly entry: infer E }
          ? Flat<ValuesOf<E>>[]
          : never;

/** The values of a set of fields; the computed counts are left out. */
export type ValuesOf<F> = {
  -readonly [K in keyof F as F[K] extends CountType ? never : K]: ValueOf<F[K]>;
};

/** The value that a field or TLV of type `T` may be given when encoding. */
export type InputOf<T> = T extends { readonly type: "dest_address-list"; readonly cases: infer C }
  ? readonly { [D in keyof C]: Flat<Flagged<D> & InputsOf<C[D]>> }[keyof C][]
  : T extends { readonly type: "unsuccess_sme-list"; readonly entry: infer E }
    ? readonly Flat<InputsOf<E>>[]
    : ValueOf<T>;

/** The values that a set of fields may be given: all are optional, an absent one is defaulted. */
export type InputsOf<F> = {
  -readonly [K in keyof F as F[K] extends CountType ? never : K]?: InputOf<F[K]> | undefined;
};
