// The tables against the protocol as data (data/smpp.json), row by row, so that they cannot drift.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commands } from "../src/commands.ts";
import { meanings, PriorityFlag } from "../src/enums.ts";
import * as pdu from "../src/index.ts";
import { statuses } from "../src/status.ts";
import { tlvs } from "../src/tlvs.ts";

interface FieldRow {
  name: string;
  type: string;
  size?: number;
  min?: number;
  max?: number;
  sizes?: number[];
  default: unknown;
  enum?: string;
  format?: string;
  length_field?: string;
  count_field?: string;
  entry?: {
    discriminator?: FieldRow;
    cases?: Record<string, FieldRow[]>;
    fields?: FieldRow[];
  };
}

interface CommandRow {
  name: string;
  id: string;
  direction: string;
  response: string | null;
  request: string | null;
  since: string;
  issuers: { side: "ESME" | "SMSC"; states: string[] }[];
  fields: FieldRow[];
  tlvs: { "3.4": string[]; "5.0": string[]; "mandatory_5.0": string[] };
}

interface TlvRow {
  name: string;
  tag: string;
  since: string;
  type: string;
  size?: number;
  min: number;
  max: number;
  multiple: boolean;
  range?: number[];
  format?: string;
  enum?: string;
  structure?: string;
  allowed_in: { "3.4": string[]; "5.0": string[] };
}

interface StatusRow {
  name: string;
  code: string;
  meaning: string;
  since: string;
  aliases?: string[];
}

interface NamedValue {
  name: string;
  value: number;
}

interface EnumRow {
  values?: (NamedValue & Record<string, unknown>)[];
  bitfields?: { name: string; mask: string; values: NamedValue[] }[];
  ranges?: { range: [number, number]; meaning: string }[];
  groups?: { value: string; name: string }[];
  structure?: Structure[];
}

interface Structure {
  octet: number | string;
  name?: string;
  values?: NamedValue[];
  mask?: string;
  enum?: string;
  bitfields?: { name: string; mask: string }[];
}

interface Spec {
  commands: CommandRow[];
  tlvs: TlvRow[];
  command_status: StatusRow[];
  enums: Record<string, EnumRow>;
}

const spec: Spec = JSON.parse(readFileSync(new URL("./data/smpp.json", import.meta.url), "utf8"));

/** The rows of a table that the standard has, too; rows beside it are checked by their vectors. */
function namesIn(table: object, rows: readonly { name: string }[]): string[] {
  const standard = new Set(rows.map(({ name }) => name));
  return Object.keys(table).filter((name) => standard.has(name));
}

test("the commands of the standard are there, in its order", () => {
  expect(namesIn(commands, spec.commands)).toEqual(spec.commands.map(({ name }) => name));
});

test("the TLVs of the standard are there, in its order", () => {
  expect(namesIn(tlvs, spec.tlvs)).toEqual(spec.tlvs.map(({ name }) => name));
});

test("no id, tag or status is there twice", () => {
  for (const numbers of [
    Object.values(commands).map(({ id }) => id),
    Object.values(tlvs).map(({ tag }) => tag),
    Object.values(statuses).map(({ code }) => code),
  ]) {
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});

test("a response and its request name each other", () => {
  for (const [name, { id, response, request }] of Object.entries(commands)) {
    if (response !== null) expect(commands[response]).toMatchObject({ request: name });
    if (request !== null) expect(commands[request]).toMatchObject({ response: name });
    if (request !== null) expect(pdu.isResponse(id)).toBe(true);
    if (response !== null) expect(pdu.isResponse(id)).toBe(false);
  }
});

test("the statuses are those of the standard, in its order", () => {
  expect(Object.keys(statuses)).toEqual(spec.command_status.map(({ name }) => name));
});

test("the meanings are those of the standard, in its order", () => {
  expect(Object.keys(meanings)).toEqual(Object.keys(spec.enums));
});

/** A row of ours, whatever its literal types are, to compare with a row of the data. */
function rowOf(table: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const row = table[name];
  if (typeof row !== "object" || row === null) throw new Error(`no row ${name}`);
  return { ...row };
}

const computed: Readonly<Record<string, string>> = {
  sm_length: "short_message",
  number_of_dests: "dest_address",
  no_unsuccess: "unsuccess_sme",
};

function expectFields(ours: unknown, theirs: FieldRow[]): void {
  const fields = rowOf({ ours }, "ours");
  expect(Object.keys(fields)).toEqual(theirs.map(({ name }) => name));
  for (const field of theirs) expectField(rowOf(fields, field.name), field);
}

function expectField(ours: Record<string, unknown>, field: FieldRow): void {
  expect(ours["type"]).toBe(field.type);
  expect(ours["meaning"]).toBe(field.enum);
  expect(ours["counts"]).toBe(computed[field.name]);
  switch (field.type) {
    case "integer":
      expect(ours["size"]).toBe(field.size);
      expect(ours["max"]).toBe(field.size);
      expect(ours["default"]).toBe(field.default ?? 0);
      break;
    case "c-octet-string":
      expect([ours["min"], ours["max"]]).toEqual([field.min, field.max]);
      expect(ours["format"]).toBe(field.format);
      // A time is empty or whole; no other string has gaps between its sizes.
      expect(field.sizes).toEqual(field.format === "time" ? [1, 17] : undefined);
      expect(field.default).toBe("");
      break;
    case "octet-string":
      expect([ours["min"], ours["max"]]).toEqual([field.min, field.max]);
      expect(ours["length_field"]).toBe(field.length_field);
      break;
    case "dest_address-list":
      expect(ours["count_field"]).toBe(field.count_field);
      expect(field.entry?.discriminator?.name).toBe("dest_flag");
      expect(ours["dest_flag"]).toMatchObject({ type: "integer", size: 1, meaning: "dest_flag" });
      for (const [flag, fields] of Object.entries(field.entry?.cases ?? {})) {
        expectFields(rowOf({ ...rowOf(ours, "cases") }, flag), fields);
      }
      break;
    case "unsuccess_sme-list":
      expect(ours["count_field"]).toBe(field.count_field);
      expectFields(ours["entry"], field.entry?.fields ?? []);
      break;
    default:
      throw new Error(`the data has a new type of field: ${field.type}`);
  }
}

describe.each(spec.commands)("$name", (row) => {
  const ours = rowOf(commands, row.name);

  test("has the id, the counterparts and the version", () => {
    expect(ours["id"]).toBe(Number(row.id));
    expect(ours["response"]).toBe(row.response);
    expect(ours["request"]).toBe(row.request);
    expect(ours["since"]).toBe(row.since);
  });

  test("may be sent by the same sides in the same states", () => {
    const states = (side: string) => row.issuers.find((one) => one.side === side)?.states ?? [];
    expect(ours["issuers"]).toEqual({ esme: states("ESME"), smsc: states("SMSC") });
    const sides = row.issuers.map(({ side }) => side);
    const direction = sides.length > 1 ? "both" : sides[0] === "ESME" ? "ESME->SMSC" : "SMSC->ESME";
    expect(direction).toBe(row.direction);
  });

  test("has the fields in wire order, with types, sizes and defaults", () => {
    expectFields(ours["fields"], row.fields);
  });

  test("carries the TLVs that each version lists for it", () => {
    for (const version of ["3.4", "5.0"] as const) {
      const listed = Object.entries(tlvs).filter(([, tlv]) => {
        const names: readonly string[] = tlv.allowed_in[version];
        return names.includes(row.name);
      });
      expect(namesIn(Object.fromEntries(listed), spec.tlvs).sort()).toEqual(
        [...row.tlvs[version]].sort(),
      );
    }
    expect(ours["mandatory_tlvs"]).toEqual(row.tlvs["mandatory_5.0"]);
  });
});

test.each(spec.tlvs)("TLV $name has its tag, type, sizes and commands", (row) => {
  const { type, ...ours } = rowOf(tlvs, row.name);
  const value = rowOf({ type }, "type");
  expect(ours["tag"]).toBe(Number(row.tag));
  expect(ours["since"]).toBe(row.since);
  expect(ours["multiple"] ?? false).toBe(row.multiple);
  expect(ours["allowed_in"]).toEqual(row.allowed_in);
  expect(value["type"]).toBe(row.type);
  expect(value["meaning"]).toBe(row.enum ?? row.structure);
  expect(value["range"]).toEqual(row.range);
  expect(value["format"]).toBe(row.format);
  expect(value["max"]).toBe(row.max);
  expect(row.type === "integer" ? value["size"] : value["min"]).toBe(row.min);
});

test.each(spec.command_status)("status $name has its code, meaning and aliases", (row) => {
  expect(rowOf(statuses, row.name)).toEqual({
    code: Number(row.code),
    text: row.meaning,
    since: row.since,
  });
  expect(pdu.statusName(Number(row.code))).toBe(row.name);
  expect(pdu.statusText(Number(row.code))).toBe(row.meaning);
  for (const name of [row.name, ...(row.aliases ?? [])]) {
    expect({ ...pdu.Status }).toHaveProperty(name, Number(row.code));
  }
});

const named = (values: readonly NamedValue[]) =>
  Object.fromEntries(values.map(({ name, value }) => [name, value]));

const pascal = (name: string) =>
  name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());

/** What the data says of a meaning, in the shape of our rows. */
function meaningOf(row: EnumRow): Record<string, unknown> {
  if (row.structure) return { kind: "parts", parts: row.structure.flatMap(partsOf) };
  if (row.bitfields) {
    const fields = row.bitfields.map(({ name, mask, values }) => [
      name,
      { mask: Number(mask), ...named(values) },
    ]);
    return { kind: "bits", bits: Object.fromEntries(fields) };
  }
  if (row.values) {
    const groups = row.groups?.map(({ name, value }) => ({ name, value: Number(value) })) ?? [];
    return { kind: "values", values: named([...row.values, ...groups]) };
  }
  const ranges = row.ranges?.map(({ range: [from, to], meaning }) => [from, to, meaning]);
  return ranges ? { kind: "ranges", ranges } : { kind: "ranges" };
}

function partsOf(part: Structure): Record<string, unknown>[] {
  const [octet, last] = String(part.octet).split("..").map(Number);
  const size = last === undefined ? 1 : Number.isNaN(last) ? 0 : 2;
  const parts = part.bitfields ?? [part];
  return parts.map(({ name, mask }) => ({
    name,
    octet,
    size,
    ...(part.values ? { values: named(part.values) } : {}),
    ...(part.enum ? { meaning: part.enum } : {}),
    ...(mask ? { mask: Number(mask) } : {}),
  }));
}

const meaningRows = Object.entries(spec.enums).filter(([name]) => name !== "priority_flag");

test.each(meaningRows)("%s means what the standard says, and is exported by name", (name, row) => {
  const ours = rowOf(meanings, name);
  expect(ours).toMatchObject(meaningOf(row));
  const exported: unknown = Object.entries(pdu).find(([key]) => key === pascal(name))?.[1];
  expect(exported).toBe(ours["values"] ?? ours["bits"]);
});

test("priority_flag has its values for each kind of network", () => {
  for (const [network, values] of Object.entries(PriorityFlag)) {
    const theirs = (spec.enums["priority_flag"]?.values ?? []).flatMap(({ value, ...names }) =>
      network in names ? [[String(names[network]).replaceAll(" ", "_"), value] as const] : [],
    );
    expect(Object.keys(values)).toEqual([...new Set(theirs.map(([word]) => word))]);
    for (const [word, value] of Object.entries(values)) {
      expect(theirs.find(([other]) => other === word)?.[1]).toBe(value);
    }
  }
});

test("an unlisted status keeps its number", () => {
  expect(pdu.statusName(0x401)).toBe("0x00000401");
  expect(pdu.statusText(0x401)).toBe("SMSC vendor specific status");
  expect(pdu.statusText(0x500)).toBe("reserved status");
});
