// The types of PDUs, derived from the command and TLV tables: what decode gives and what encode takes.

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

/** A TLV that has no name in the tables, or that cannot stand under its name a second time. */
export interface UnknownTlv {
  tag: number;
  value: Uint8Array;
}

type FieldsOf<C extends CommandName> = CommandTable[C]["fields"];

type TlvValue<T extends TlvType> = T extends { readonly multiple: true }
  ? ValueOf<T["type"]>[]
  : ValueOf<T["type"]>;

type TlvInput<T extends TlvType> = T extends { readonly multiple: true }
  ? readonly ValueOf<T["type"]>[]
  : ValueOf<T["type"]>;

/** The standard TLVs that one of the versions lists for a command. */
export type TlvNameOf<C extends CommandName> = {
  [N in TlvName]: C extends TlvTable[N]["allowed_in"]["3.4" | "5.0"][number] ? N : never;
}[TlvName];

/** The vendor TLVs of a codec that a command carries. */
type VendorNameOf<C extends CommandName, T extends VendorTlvs> = {
  [N in keyof T]: T[N] extends { readonly commands: readonly (infer D)[] }
    ? C extends D
      ? N
      : never
    : N;
}[keyof T];

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
      { command: C; command_status: number; sequence_number: number } & ValuesOf<FieldsOf<C>> & {
          [N in Exclude<TlvName, keyof FieldsOf<C>>]?: TlvValue<TlvTable[N]>;
        } & { -readonly [N in VendorNameOf<C, T>]?: TlvValue<T[N]> } & {
          unknown_tlvs?: UnknownTlv[];
        }
    >
  : never;

/** Every standard TLV, and those without a name: what may stand behind the fields of any command. */
export type Tlvs = { command: CommandName; unknown_tlvs?: UnknownTlv[] } & {
  [N in TlvName]?: TlvValue<TlvTable[N]>;
};

/** A PDU whose command_id is not in the table, its body untouched. */
export interface UnknownPdu {
  command: "unknown";
  command_id: number;
  command_status: number;
  sequence_number: number;
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
      {
        command: C;
        command_status?: number | undefined;
        sequence_number?: number | undefined;
      } & InputsOf<FieldsOf<C>> & {
          [N in Exclude<TlvNameOf<C>, keyof FieldsOf<C>>]?: TlvInput<TlvTable[N]> | undefined;
        } & { -readonly [N in VendorNameOf<C, T>]?: TlvInput<T[N]> | undefined } & {
          unknown_tlvs?: readonly UnknownTlv[] | undefined;
        }
    >
  : never;

/** A PDU of a command that is not in the table. */
export interface UnknownPduInput {
  command: "unknown";
  command_id: number;
  command_status?: number | undefined;
  sequence_number?: number | undefined;
  body?: Uint8Array | undefined;
}

/** What encode takes: a PDU of any command. */
export type PduInput<T extends VendorTlvs = NoVendorTlvs> =
  | PduInputOf<CommandName, T>
  | UnknownPduInput;
