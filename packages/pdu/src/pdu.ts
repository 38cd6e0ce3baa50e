// The types of PDUs, derived from the command and TLV tables: what decode gives and what encode takes.
// They map over `keyof` a table: then an editor shows the doc comment of a row for the key made of it.

import type { CommandName, CommandTable } from "./commands.ts";
import type { Flat, InputsOf, ValueOf, ValuesOf } from "./fields.ts";
import type { TlvName, TlvTable, TlvType } from "./tlvs.ts";

/** A vendor's TLV: the commands that carry it are listed, or all do. */
export interface VendorTlv extends TlvType {
  readonly commands?: readonly CommandName[];
}

/** Vendor TLVs by the names that become keys of PDUs. */
export type VendorTlvs = { readonly [name: string]: VendorTlv };

/** No vendor TLVs: the standard alone. */
export type NoVendorTlvs = Readonly<Record<never, VendorTlv>>;

/** A TLV that has no name in the tables, or the second of a TLV that is not repeatable. */
export interface UnknownTlv {
  /** 0 to 0xFFFF; 0x1400 to 0x3FFF are for vendors (3.4 section 5.3.2). */
  tag: number;
  /** Its octets, at most 65,535. */
  value: Uint8Array;
}

interface CommandKey<C> {
  /** Which command this is; `switch` on it tells which fields there are. */
  command: C;
}

/** The header of a decoded PDU (3.4 section 3.2). */
interface Header {
  /** What a response says became of the request: see `Status`; 0 in a request (3.4 section 5.1.3). */
  command_status: number;
  /** Ties a response to its request (3.4 section 5.1.4). */
  sequence_number: number;
}

/** The TLVs of a decoded PDU that have no key of their own. */
interface OtherTlvs {
  /** TLVs that have no name in the tables, and repetitions; encode writes them back. */
  unknown_tlvs?: UnknownTlv[];
}

/** The header that encode may be given. */
interface HeaderInput {
  /** What became of the request, in a response: see `Status`. Default 0. */
  command_status?: number | undefined;
  /** Ties a response to its request, 1 to 0x7FFFFFFF. A session numbers its requests by itself. */
  sequence_number?: number | undefined;
}

/** The TLVs without a key of their own that encode may be given. */
interface OtherTlvsInput {
  /** More TLVs, by their tags. */
  unknown_tlvs?: readonly UnknownTlv[] | undefined;
}

type FieldsOf<C extends CommandName> = CommandTable[C]["fields"];

type TlvValue<T extends TlvType> = T extends { readonly multiple: true }
  ? ValueOf<T["type"]>[]
  : ValueOf<T["type"]>;

type TlvInput<T extends TlvType> = T extends { readonly multiple: true }
  ? readonly ValueOf<T["type"]>[]
  : ValueOf<T["type"]>;

/** The name of a standard TLV where one of the versions lists it for a command, else never. */
type AllowedName<N extends TlvName, C extends CommandName> = C extends TlvTable[N]["allowed_in"][
  | "3.4"
  | "5.0"][number]
  ? Exclude<N, keyof FieldsOf<C>>
  : never;

/** The name of a vendor's TLV where the codec lists it for a command, else never. */
type VendorName<N, V, C extends CommandName> = V extends {
  readonly commands: readonly (infer D)[];
}
  ? C extends D
    ? N
    : never
  : N;

/**
 * A decoded PDU of one command: header, mandatory fields, TLVs. Peers send TLVs on commands for
 * which no version lists them, so any standard TLV may be there. Octet strings are views into the
 * frame that was decoded.
 */
export type PduOf<
  C extends CommandName,
  T extends VendorTlvs = NoVendorTlvs,
> = C extends CommandName
  ? Flat<
      CommandKey<C> &
        Header &
        ValuesOf<FieldsOf<C>> & {
          -readonly [N in keyof TlvTable as Exclude<N, keyof FieldsOf<C>>]?: TlvValue<TlvTable[N]>;
        } & { -readonly [N in keyof T as VendorName<N, T[N], C>]?: TlvValue<T[N]> } & OtherTlvs
    >
  : never;

/** Every standard TLV, and those without a name: what may follow the fields of any command. */
export type Tlvs = { command: CommandName; unknown_tlvs?: UnknownTlv[] } & {
  -readonly [N in keyof TlvTable]?: TlvValue<TlvTable[N]>;
};

/** A PDU whose command_id is not in the table, its body untouched. */
export interface UnknownPdu extends CommandKey<"unknown">, Header {
  /** Its number; bit 31 marks a response (3.4 section 5.1.2). */
  command_id: number;
  /** All octets behind the header. */
  body: Uint8Array;
}

/** A decoded PDU: `switch (pdu.command)` tells which. */
export type Pdu<T extends VendorTlvs = NoVendorTlvs> = PduOf<CommandName, T> | UnknownPdu;

/**
 * What encode takes for one command. Everything but `command` is optional: an absent field gets its
 * default, an absent TLV is left out, and `undefined` counts as absent. The TLVs are those that a
 * version lists for the command; others can be passed on as `unknown_tlvs`.
 */
export type PduInputOf<
  C extends CommandName,
  T extends VendorTlvs = NoVendorTlvs,
> = C extends CommandName
  ? Flat<
      CommandKey<C> &
        HeaderInput &
        InputsOf<FieldsOf<C>> & {
          -readonly [N in keyof TlvTable as AllowedName<N, C>]?: TlvInput<TlvTable[N]> | undefined;
        } & {
          -readonly [N in keyof T as VendorName<N, T[N], C>]?: TlvInput<T[N]> | undefined;
        } & OtherTlvsInput
    >
  : never;

/** A PDU of a command that is not in the table. */
export interface UnknownPduInput extends CommandKey<"unknown">, HeaderInput {
  /** Its number; bit 31 marks a response (3.4 section 5.1.2). */
  command_id: number;
  /** All octets behind the header. */
  body?: Uint8Array | undefined;
}

/** What encode takes: a PDU of any command. */
export type PduInput<T extends VendorTlvs = NoVendorTlvs> =
  | PduInputOf<CommandName, T>
  | UnknownPduInput;
