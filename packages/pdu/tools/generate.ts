// Writes src/straight-line.ts: from the tables, code that reads and writes each command without walking them.
// Run it after a change of a table: npm run generate

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type CommandName, commands } from "../src/commands.ts";
import type { Fields, FieldType } from "../src/fields.ts";
import { type TlvName, type TlvType, tlvs } from "../src/tlvs.ts";

/** Commands with the same fields in the same order share their code. */
interface Layout {
  readonly name: string;
  readonly fields: Fields;
  readonly commands: CommandName[];
}

/** In the order of their share in traffic: a switch compares one case after the other. */
const busyCommands: CommandName[] = [
  "submit_sm",
  "submit_sm_resp",
  "deliver_sm",
  "deliver_sm_resp",
  "enquire_link",
  "enquire_link_resp",
  "data_sm",
  "data_sm_resp",
];

const busyTlvs: TlvName[] = [
  "receipted_message_id",
  "message_state",
  "network_error_code",
  "message_payload",
  "sar_msg_ref_num",
  "sar_total_segments",
  "sar_segment_seqnum",
  "user_message_reference",
];

function namesOf<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[]; // a table has no other keys than its rows
}

const commandNames = [...new Set([...busyCommands, ...namesOf(commands)])];
const tlvNames = [...new Set([...busyTlvs, ...namesOf(tlvs)])];

const pascal = (name: string) => name.replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());
const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, "0")}`;
const union = (names: readonly string[]) => names.map((name) => `"${name}"`).join(" | ");

function layouts(): Layout[] {
  const bySignature = new Map<string, Layout>();
  for (const name of commandNames) {
    const { id, fields } = commands[name];
    const entries = Object.entries(fields);
    // A response may lack its body, a request may not.
    const isResponse = entries.length > 0 && id >= 0x8000_0000;
    const signature = JSON.stringify([isResponse, entries]);
    const known = bySignature.get(signature);
    if (known) known.commands.push(name);
    else bySignature.set(signature, { name: pascal(name), fields, commands: [name] });
  }
  return [...bySignature.values()];
}

// ---- decoding

/** Reads one integer at an expression. */
function readInteger(size: number, at: string): string {
  return size === 1 ? `octet(frame, ${at})` : `uint${8 * size}(frame, ${at})`;
}

/**
 * Statements that find where the fields lie, and the properties of the literal made from them.
 * `at` is the place of the next field; runs of integers share one bounds check.
 */
function readFields(fields: Fields, giveUp: string): { lines: string[]; properties: string[] } {
  const lines: string[] = [];
  const properties: string[] = [];
  let run = 0;
  let base = "";
  const startRun = (name: string) => {
    base = `${name}At`;
    lines.push(`const ${base} = at;`);
  };
  const endRun = () => {
    if (run > 0) lines.push(`at += ${run};`, `if (at > end) ${giveUp}`);
    run = 0;
  };
  const offset = () => (run === 0 ? base : `${base} + ${run}`);
  for (const [name, type] of Object.entries(fields)) {
    if (type.type === "integer") {
      if (run === 0) startRun(name);
      if ("counts" in type) {
        lines.push(`const ${name}Offset = ${offset()};`);
      } else {
        properties.push(`${name}: ${readInteger(type.size, offset())}`);
      }
      run += type.size;
      continue;
    }
    endRun();
    switch (type.type) {
      case "c-octet-string": {
        lines.push(
          `const ${name}At = at;`,
          `const ${name}End = findNul(frame, at, Math.min(end, at + ${type.max}));`,
          `if (${name}End < 0) ${giveUp}`,
        );
        if (type.format === "time") {
          lines.push(`if (${name}End !== at && ${name}End !== at + 16) ${giveUp}`);
        }
        lines.push(`at = ${name}End + 1;`);
        properties.push(`${name}: latin1(frame, ${name}At, ${name}End)`);
        break;
      }
      case "octet-string":
        lines.push(
          `const ${name}At = at;`,
          `at += octet(frame, ${type.length_field}Offset);`,
          `if (at > end) ${giveUp}`,
          `const ${name}End = at;`,
        );
        properties.push(`${name}: view(frame, ${name}At, ${name}End)`);
        break;
      default:
        lines.push(
          `const ${name}: ${pascal(name)}[] = [];`,
          `at = read${pascal(name)}(${name}, frame, at, octet(frame, ${type.count_field}Offset));`,
          `if (at < 0) ${giveUp}`,
        );
        properties.push(name);
    }
  }
  endRun();
  return { lines, properties };
}

function defaultOf(type: FieldType): string {
  if (type.type === "integer") return String(type.default);
  if (type.type === "c-octet-string") return '""';
  return type.type === "octet-string" ? "new Uint8Array(0)" : "[]";
}

function decoder({ name, fields, commands: names }: Layout): string {
  const { lines, properties } = readFields(fields, "return undefined;");
  const header = "command, command_status, sequence_number";
  const isResponse = commands[names[0] ?? "generic_nack"].id >= 0x8000_0000;
  const absent = Object.entries(fields)
    .filter(([, type]) => !("counts" in type))
    .map(([field, type]) => `${field}: ${defaultOf(type)}`);
  const bodiless =
    isResponse && absent.length > 0
      ? `if (end === 16) return { ${[header, ...absent].join(", ")} };`
      : "";
  return `
    function decode${name}(
      frame: Uint8Array, command: ${union(names)}, command_status: number, sequence_number: number, vendors: TlvsByTag | undefined,
    ): PduOf<${union(names)}> | undefined {
      const end = frame.length;
      ${bodiless}
      let at = 16;
      ${lines.join("\n")}
      const pdu: PduOf<${union(names)}> = { ${[header, ...properties].join(", ")} };
      return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
    }`;
}

/** The function that reads the entries of a list. */
function listReader(name: string, type: Extract<FieldType, { count_field: string }>): string {
  const cases =
    type.type === "dest_address-list"
      ? Object.entries(type.cases).map(([flag, fields]) => ({ flag, fields }))
      : [{ flag: undefined, fields: type.entry }];
  const bodies = cases.map(({ flag, fields }) => {
    const { lines, properties } = readFields(fields, "return -1;");
    const body = lines.join("\n");
    const literal = [...(flag ? [`dest_flag: ${flag}`] : []), ...properties].join(", ");
    return flag
      ? `if (flag === ${flag}) { ${body} list.push({ ${literal} }); continue; }`
      : `${body} list.push({ ${literal} });`;
  });
  const flag = cases.length > 1 ? "if (at >= end) return -1; const flag = octet(frame, at++);" : "";
  return `
    function read${pascal(name)}(list: ${pascal(name)}[], frame: Uint8Array, start: number, count: number): number {
      const end = frame.length;
      let at = start;
      for (let index = 0; index < count; index++) {
        ${flag}
        ${bodies.join("\n")}
        ${cases.length > 1 ? "return -1;" : ""}
      }
      return at;
    }`;
}

/** The cases that read one TLV each; a tag that stands twice is left to the walk. */
function tlvReader(): string {
  const cases = tlvNames.map((name) => {
    const { tag, type, multiple = false }: TlvType = tlvs[name];
    const lines: string[] = [];
    let value: string;
    switch (type.type) {
      case "integer":
        if (type.max === type.size) {
          lines.push(`if (length !== ${type.size}) return false;`);
          value = readInteger(type.size, "start");
        } else {
          lines.push(`if (length !== ${type.size} && length !== ${type.max}) return false;`);
          value = `length === ${type.size} ? ${readInteger(type.size, "start")} : ${readInteger(type.max, "start")}`;
        }
        break;
      case "c-octet-string": {
        lines.push("const nul = findNul(frame, start, at);", "const stop = nul < 0 ? at : nul;");
        const least = type.min > 1 ? ` || stop - start < ${type.min - 1}` : "";
        lines.push(`if (stop - start >= ${type.max}${least}) return false;`);
        value = "latin1(frame, start, stop)";
        break;
      }
      case "octet-string": {
        const tests =
          type.min === type.max
            ? [`length !== ${type.min}`]
            : [
                ...(type.min > 0 ? [`length < ${type.min}`] : []),
                ...(type.max < 0xffff ? [`length > ${type.max}`] : []),
              ];
        if (tests.length > 0) lines.push(`if (${tests.join(" || ")}) return false;`);
        value = "view(frame, start, at)";
      }
    }
    lines.push(
      multiple
        ? `if (pdu.${name} === undefined) pdu.${name} = [${value}]; else pdu.${name}.push(${value});`
        : `if (pdu.${name} !== undefined) return false; pdu.${name} = ${value};`,
    );
    return `case ${hex(tag, 4)}: { ${lines.join("\n")} break; }`;
  });
  return `
    /** Adds the TLVs from \`place\` to the end of the frame; false leaves them to the walk. */
    function readTlvs(pdu: Tlvs, frame: Uint8Array, place: number, vendors: TlvsByTag | undefined): boolean {
      const end = frame.length;
      let at = place;
      while (at < end) {
        const start = at + 4;
        if (start > end) return false;
        const tag = uint16(frame, at);
        const length = uint16(frame, at + 2);
        at = start + length;
        if (at > end) return false;
        switch (tag) {
          ${cases.join("\n")}
          default: {
            const vendor = vendors?.get(tag);
            if (vendor && carries(vendor, pdu.command)) {
              if (!readTlv(pdu, vendor, frame, start, at)) return false;
              break;
            }
            const unknown = { tag, value: view(frame, start, at) };
            if (pdu.unknown_tlvs === undefined) pdu.unknown_tlvs = [unknown];
            else pdu.unknown_tlvs.push(unknown);
          }
        }
      }
      return true;
    }`;
}

// ---- encoding

/** Statements that write fields of the object `from` and count the keys that they used. */
function writeFields(fields: Fields, from: string, giveUp: string): string {
  const names = Object.entries(fields)
    .filter(([, type]) => !("counts" in type))
    .map(([name]) => name);
  const lines = names.length > 0 ? [`const { ${names.join(", ")} } = ${from};`] : [];
  for (const [name, type] of Object.entries(fields)) {
    if ("counts" in type) continue; // written with what it counts
    switch (type.type) {
      case "integer": {
        const fits =
          type.size === 4 ? `${name} >>> 0` : `${name} & ${hex(2 ** (8 * type.size) - 1, 2)}`;
        const write = (value: string) =>
          type.size === 1
            ? `out[at++] = ${value};`
            : `at = putUint${8 * type.size}(out, at, ${value});`;
        lines.push(
          `if (${name} === undefined) { ${write(String(type.default))} }`,
          `else { if (typeof ${name} !== "number" || (${fits}) !== ${name}) ${giveUp} known++; ${write(name)} }`,
        );
        break;
      }
      case "c-octet-string": {
        const put =
          type.format === "time"
            ? `putTime(out, at, ${name})`
            : `putCString(out, at, ${name}, ${type.max})`;
        lines.push(
          `if (${name} === undefined) out[at++] = 0;`,
          `else { known++; at = ${put}; if (at < 0) ${giveUp} }`,
        );
        break;
      }
      case "octet-string":
        lines.push(
          `if (${name} === undefined) out[at++] = 0;`,
          `else {
            if (!(${name} instanceof Uint8Array) || ${name}.length > ${type.max}) ${giveUp}
            known++;
            out[at++] = ${name}.length;
            at = putOctets(out, at, ${name});
          }`,
        );
        break;
      default:
        lines.push(
          `if (${name} === undefined) out[at++] = 0;`,
          `else {
            at = write${pascal(name)}(${name}, out, at);
            if (at < 0) ${giveUp}
            known++;
          }`,
        );
    }
  }
  return lines.join("\n");
}

function encoder({ name, fields, commands: names }: Layout): string {
  const mandatory = Object.keys(fields).filter((field) => !isCount(fields[field]));
  return `
    const keysOf${name} = new Set(["command", "command_status", "sequence_number", "unknown_tlvs", ${mandatory.map((key) => `"${key}"`).join(", ")}]);

    function write${name}(pdu: PduInputOf<${union(names)}>, out: Uint8Array, start: number, vendors: TlvsByName | undefined): number {
      let at = start + 16;
      let known = 0;
      ${writeFields(fields, "pdu", "return -1;")}
      return keysBesides(pdu, known) ? writeTlvs(pdu, keysOf${name}, out, at, vendors) : at;
    }`;
}

function isCount(type: FieldType | undefined): boolean {
  return type !== undefined && "counts" in type;
}

/** The function that writes the count and the entries of a list. */
function listWriter(name: string, type: Extract<FieldType, { count_field: string }>): string {
  const bodies =
    type.type === "dest_address-list"
      ? Object.entries(type.cases).map(
          ([flag, fields]) =>
            `if (entry.dest_flag === ${flag}) { out[at++] = ${flag}; known = 1; ${writeFields(fields, "entry", "return -1;")} }`,
        )
      : [writeFields(type.entry, "entry", "return -1;")];
  const elseGiveUp = bodies.length > 1 ? "else return -1;" : "";
  return `
    function write${pascal(name)}(list: readonly ${pascal(name)}Input[], out: Uint8Array, start: number): number {
      if (!Array.isArray(list) || list.length > 255) return -1;
      let at = start;
      out[at++] = list.length;
      for (const entry of list) {
        if (typeof entry !== "object" || entry === null) return -1;
        let known = 0;
        ${bodies.join(" else ")} ${elseGiveUp}
        if (keyCount(entry) !== known) return -1;
      }
      return at;
    }`;
}

// ---- the whole

function source(): string {
  const all = layouts();
  const lists = new Map<string, Extract<FieldType, { count_field: string }>>();
  for (const { fields } of all) {
    for (const [name, type] of Object.entries(fields)) {
      if ("count_field" in type) lists.set(name, type);
    }
  }
  const layoutOf = (name: CommandName) => all.find((layout) => layout.commands.includes(name));
  const id = (name: CommandName) => hex(commands[name].id, 8);
  const list = [...lists];
  return `
    // Straight-line code for every command. Generated from the tables by tools/generate.ts: do not edit.

    import { findNul, isUint32, latin1, octet, putCString, putOctets, putTime, putUint32, uint16, uint32, view } from "./octets.ts";
    import type { PduInput, PduInputOf, PduOf, Tlvs } from "./pdu.ts";
    import { carries, keyCount, keysBesides, readTlv, type TlvsByName, type TlvsByTag, writeTlvs } from "./tlv-codec.ts";

    ${list.map(([name]) => `type ${pascal(name)} = PduOf<"${ownerOf(name, all)}">["${name}"][number];`).join("\n")}
    ${list.map(([name]) => `type ${pascal(name)}Input = NonNullable<PduInputOf<"${ownerOf(name, all)}">["${name}"]>[number];`).join("\n")}

    /** Decodes a frame; undefined leaves it to the walk of the tables, which tells what is wrong. */
    export function decodeStraight(frame: Uint8Array, vendors: TlvsByTag | undefined) {
      if (frame.length < 16 || uint32(frame, 0) !== frame.length) return undefined;
      const status = uint32(frame, 8);
      const sequence = uint32(frame, 12);
      switch (uint32(frame, 4)) {
        ${commandNames.map((name) => `case ${id(name)}: return decode${layoutOf(name)?.name}(frame, "${name}", status, sequence, vendors);`).join("\n")}
        default: return undefined;
      }
    }

    ${all.map(decoder).join("\n")}
    ${list.map(([name, type]) => listReader(name, type)).join("\n")}
    ${tlvReader()}

    /** Writes a PDU from \`start\` on and gives the place after it; -1 leaves it to the walk of the tables. */
    export function encodeStraight(pdu: PduInput, sequence: number, out: Uint8Array, start: number, vendors: TlvsByName | undefined): number {
      let id: number;
      let end: number;
      switch (pdu.command) {
        ${commandNames.map((name) => `case "${name}": id = ${id(name)}; end = write${layoutOf(name)?.name}(pdu, out, start, vendors); break;`).join("\n")}
        default: return -1;
      }
      const { command_status = 0 } = pdu;
      if (end < 0 || !isUint32(command_status) || !isUint32(sequence)) return -1;
      putUint32(out, start, end - start);
      putUint32(out, start + 4, id);
      putUint32(out, start + 8, command_status);
      putUint32(out, start + 12, sequence);
      return end;
    }

    ${all.map(encoder).join("\n")}
    ${list.map(([name, type]) => listWriter(name, type)).join("\n")}
  `;
}

function ownerOf(field: string, all: readonly Layout[]): string {
  return all.find(({ fields }) => field in fields)?.commands[0] ?? "";
}

/** The text of src/straight-line.ts as the formatter leaves it. */
export function generate(): string {
  const { stdout, stderr, status } = spawnSync(
    fileURLToPath(new URL("../../../node_modules/.bin/biome", import.meta.url)),
    ["check", "--write", "--stdin-file-path=packages/pdu/src/straight-line.ts"],
    { input: source(), encoding: "utf8", cwd: new URL("../../..", import.meta.url) },
  );
  if (status !== 0) throw new Error(`biome: ${stderr}`);
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("../src/straight-line.ts", import.meta.url), generate());
}
