// PDUs of every command as fast-check makes them, from the same tables that the codec is made from.

import fc from "fast-check";
import { type CommandName, commands } from "../src/commands.ts";
import type { Fields, FieldType, ScalarType } from "../src/fields.ts";
import type { Pdu } from "../src/index.ts";
import { type NamedTlv, standardByName } from "../src/tlvs.ts";

const latin1Character = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));

function text(min: number, max: number): fc.Arbitrary<string> {
  return fc.string({ unit: latin1Character, minLength: min, maxLength: max });
}

function scalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type.type) {
    case "integer":
      return fc.integer({ min: 0, max: 2 ** (8 * type.max) - 1 });
    case "c-octet-string":
      return type.format === "time" && type.min === 1
        ? fc.oneof(fc.constant(""), text(16, 16))
        : text(type.min - 1, type.max - 1);
    case "octet-string":
      return fc.uint8Array({ minLength: type.min, maxLength: Math.min(type.max, 300) });
  }
}

function field(type: FieldType): fc.Arbitrary<unknown> {
  switch (type.type) {
    case "dest_address-list":
      return fc.array(
        fc.oneof(
          values(type.cases[1]).map((entry) => ({ dest_flag: 1, ...entry })),
          values(type.cases[2]).map((entry) => ({ dest_flag: 2, ...entry })),
        ),
        { maxLength: 8 },
      );
    case "unsuccess_sme-list":
      return fc.array(values(type.entry), { maxLength: 8 });
    default:
      return scalar(type);
  }
}

function values(fields: Fields): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(fields).filter(([, type]) => !("counts" in type));
  return fc.record(Object.fromEntries(entries.map(([name, type]) => [name, field(type)])));
}

/** Some TLVs by name, in any order. */
function someTlvs(rows: readonly NamedTlv[]): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .shuffledSubarray([...rows], { maxLength: 6 })
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map(({ name, type, multiple }) => {
          const value = scalar(type);
          const one = multiple ? fc.array(value, { minLength: 1, maxLength: 3 }) : value;
          return one.map((made): [string, unknown] => [name, made]);
        }),
      ),
    )
    .map((entries) => Object.fromEntries(entries));
}

const unknownTlvs = fc.array(
  fc.record({
    tag: fc.integer({ min: 0x1400, max: 0xffff }),
    value: fc.uint8Array({ maxLength: 20 }),
  }),
  { minLength: 1, maxLength: 3 },
);

const word = fc.integer({ min: 0, max: 0xffff_ffff });

/** Whole PDUs of one command, as decode gives them. `vendors` are TLVs beside the standard ones. */
export function pdusOf(command: CommandName, vendors: readonly NamedTlv[] = []): fc.Arbitrary<Pdu> {
  const { fields }: { fields: Fields } = commands[command];
  const names = [...standardByName.values()].filter(({ name }) => !Object.hasOwn(fields, name));
  const taken = new Set(vendors.map(({ tag }) => tag));
  return fc
    .tuple(
      fc.record({ command_status: word, sequence_number: word }),
      values(fields),
      someTlvs([...names, ...vendors]),
      fc.option(unknownTlvs, { freq: 4, nil: undefined }),
    )
    .map(([header, body, tlvs, unknown]) => {
      const rest = unknown?.filter(({ tag }) => !taken.has(tag)) ?? [];
      const unknown_tlvs = rest.length > 0 ? { unknown_tlvs: rest } : {};
      // The tables that this was made from are those that the type comes from.
      return { command, ...header, ...body, ...tlvs, ...unknown_tlvs } as Pdu;
    });
}

export const commandNames = Object.keys(commands) as CommandName[]; // its keys are the names
