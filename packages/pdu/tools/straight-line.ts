// The text of src/straight-line.ts, made from the tables: code that reads and writes the busiest commands without
// a loop over their fields. All others are read and written by the tables themselves.

import { type CommandName, commands, isResponse } from "../src/commands.ts";
import type { CountType, Fields, FieldType, ScalarType } from "../src/fields.ts";
import { type TlvName, type TlvType, tlvs } from "../src/tlvs.ts";

/**
 * The commands that carry messages and keep links, in the order of their share in traffic: a switch
 * compares one case after the other.
 */
export const hotCommands: readonly CommandName[] = [
  "submit_sm",
  "submit_sm_resp",
  "deliver_sm",
  "deliver_sm_resp",
  "enquire_link",
  "enquire_link_resp",
  "data_sm",
  "data_sm_resp",
];

/** The TLVs of receipts and of long messages, in the same order. */
const hotTlvs: readonly TlvName[] = [
  "receipted_message_id",
  "message_state",
  "network_error_code",
  "message_payload",
  "sar_msg_ref_num",
  "sar_total_segments",
  "sar_segment_seqnum",
  "user_message_reference",
];

/** Hot commands with the same fields in the same order share their code. */
interface Layout {
  /** That of its first command. */
  readonly name: string;
  readonly fields: readonly Field[];
  readonly commands: CommandName[];
}

type Field = readonly [name: string, type: ScalarType | CountType];

const pascal = (name: string) => name.replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());
const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, "0")}`;
const idOf = (name: CommandName) => hex(commands[name].id, 8);

function layouts(): Layout[] {
  const bySignature = new Map<string, Layout>();
  for (const command of hotCommands) {
    const { id, fields } = commands[command];
    const entries = Object.entries(fields);
    // A response may lack its body, a request may not; without fields there is no difference.
    const signature = JSON.stringify([entries.length > 0 && isResponse(id), entries]);
    const known = bySignature.get(signature);
    if (known) known.commands.push(command);
    else {
      const layout = { name: pascal(command), fields: scalarFields(fields), commands: [command] };
      bySignature.set(signature, layout);
    }
  }
  return [...bySignature.values()];
}

function scalarFields(fields: Fields): Field[] {
  return Object.entries(fields).map(([name, type]) => {
    if ("count_field" in type) throw new Error(`${name}: a list is read by the tables alone`);
    return [name, type];
  });
}

const isComputed = (type: FieldType) => "counts" in type;

// ---- decoding

function readInteger(size: number, at: string): string {
  return size === 1 ? `octet(frame, ${at})` : `uint${8 * size}(frame, ${at})`;
}

/**
 * Statements that find where the fields lie, and the properties of the literal made from them.
 * `at` is the place of the next field; integers in a row share one bounds check.
 */
function readFields(fields: readonly Field[]): { lines: string[]; properties: string[] } {
  const lines: string[] = [];
  const properties: string[] = [];
  /** The integers in a row: the variable with the place of the first, and their octets so far. */
  let start = "";
  let size = 0;
  const endOfIntegers = () => {
    if (size > 0) lines.push(`at += ${size};`, "if (at > end) return undefined;");
    size = 0;
  };
  for (const [name, type] of fields) {
    if (type.type === "integer") {
      if (size === 0) {
        start = `${name}At`;
        lines.push(`const ${start} = at;`);
      }
      const at = size === 0 ? start : `${start} + ${size}`;
      if ("counts" in type) lines.push(`const ${name}Offset = ${at};`);
      else properties.push(`${name}: ${readInteger(type.size, at)}`);
      size += type.size;
      continue;
    }
    endOfIntegers();
    lines.push(`const ${name}At = at;`);
    if (type.type === "c-octet-string") {
      lines.push(
        `const ${name}End = findNul(frame, at, Math.min(end, at + ${type.max}));`,
        `if (${name}End < 0) return undefined;`,
      );
      if (type.format === "time") {
        lines.push(`if (${name}End !== at && ${name}End !== at + 16) return undefined;`);
      }
      lines.push(`at = ${name}End + 1;`);
      properties.push(`${name}: latin1(frame, ${name}At, ${name}End)`);
    } else {
      lines.push(
        `at += octet(frame, ${type.length_field}Offset);`,
        "if (at > end) return undefined;",
      );
      properties.push(`${name}: view(frame, ${name}At, at)`);
    }
  }
  endOfIntegers();
  return { lines, properties };
}

function decoder({ name, fields, commands: [command = "submit_sm"] }: Layout): string {
  const { lines, properties } = readFields(fields);
  const header = ["command", "command_status", "sequence_number"];
  const defaults = fields
    .filter(([, type]) => !isComputed(type))
    .map(([field, type]) => `${field}: ${type.type === "integer" ? type.default : '""'}`);
  const bodiless = isResponse(commands[command].id) && defaults.length > 0;
  return `
    function decode${name}(
      frame: Uint8Array, command: ${name}, command_status: number, sequence_number: number, vendors: TlvsByTag | undefined,
    ): PduOf<${name}> | undefined {
      const end = frame.length;
      ${bodiless ? `if (end === 16) return { ${[...header, ...defaults].join(", ")} };` : ""}
      ${lines.length > 0 ? "let" : "const"} at = 16;
      ${lines.join("\n")}
      const pdu: PduOf<${name}> = { ${[...header, ...properties].join(", ")} };
      return at === end || readTlvs(pdu, frame, at, vendors) ? pdu : undefined;
    }`;
}

/** The statements that check the size of a TLV, and the expression of its value. */
function readTlvValue(type: TlvType["type"]): { lines: string[]; value: string } {
  const { min, max } = type.type === "integer" ? { min: type.size, max: type.max } : type;
  switch (type.type) {
    case "integer":
      if (min !== max) throw new Error("an integer of two sizes is read by its row");
      return { lines: [`if (length !== ${max}) return false;`], value: readInteger(max, "start") };
    case "c-octet-string": {
      const least = min > 1 ? ` || stop - start < ${min - 1}` : "";
      return {
        lines: [
          "const nul = findNul(frame, start, at);",
          "const stop = nul < 0 ? at : nul;",
          `if (stop - start >= ${max}${least}) return false;`,
        ],
        value: "latin1(frame, start, stop)",
      };
    }
    case "octet-string": {
      const tests = [
        ...(min > 0 ? [`length < ${min}`] : []),
        ...(max < 0xffff ? [`length > ${max}`] : []),
      ];
      return {
        lines: tests.length > 0 ? [`if (${tests.join(" || ")}) return false;`] : [],
        value: "view(frame, start, at)",
      };
    }
  }
}

function tlvCase(name: TlvName): string {
  const { tag, type, multiple }: TlvType = tlvs[name];
  if (multiple) throw new Error(`${name}: a TLV that repeats is read by its row`);
  const { lines, value } = readTlvValue(type);
  return `case ${hex(tag, 4)}: {
    ${lines.join("\n")}
    if (pdu.${name} !== undefined) return false;
    pdu.${name} = ${value};
    break;
  }`;
}

function tlvReader(): string {
  return `
    /** Adds the TLVs from \`place\` to the end of the frame; false leaves the PDU to the tables. */
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
          ${hotTlvs.map(tlvCase).join("\n")}
          default:
            if (!readOtherTlv(pdu, tag, frame, start, at, vendors)) return false;
        }
      }
      return true;
    }`;
}

// ---- encoding

/** Statements that write a field and count it in \`known\` when the PDU has it. */
function writeField([name, type]: Field): string {
  switch (type.type) {
    case "integer": {
      const { size } = type;
      const fits = size === 4 ? `${name} >>> 0` : `${name} & ${hex(2 ** (8 * size) - 1, 2)}`;
      const write = (value: string) =>
        size === 1 ? `out[at++] = ${value};` : `at = putUint${8 * size}(out, at, ${value});`;
      return `
        if (${name} === undefined) { ${write(String(type.default))} } else {
          if (typeof ${name} !== "number" || (${fits}) !== ${name}) return -1;
          known++;
          ${write(name)}
        }`;
    }
    case "c-octet-string": {
      const put = type.format === "time" ? "putTime(" : "putCString(";
      const max = type.format === "time" ? "" : `, ${type.max}`;
      return `
        if (${name} === undefined) out[at++] = 0;
        else {
          known++;
          at = ${put}out, at, ${name}${max});
          if (at < 0) return -1;
        }`;
    }
    case "octet-string":
      return `
        if (${name} === undefined) out[at++] = 0;
        else {
          if (!(${name} instanceof Uint8Array) || ${name}.length > ${type.max}) return -1;
          known++;
          out[at++] = ${name}.length;
          at = putOctets(out, at, ${name});
        }`;
  }
}

function encoder({ name, fields: all, commands: [command] }: Layout): string {
  const fields = all.filter(([, type]) => !isComputed(type)); // written with what they count
  const names = fields.map(([field]) => field);
  return `
    const keysOf${name} = keysOf(commands.${command}.fields);

    function write${name}(pdu: PduInputOf<${name}>, out: Uint8Array, start: number, vendors: TlvsByName | undefined): number {
      ${names.length > 0 ? `const { ${names.join(", ")} } = pdu;` : ""}
      ${names.length > 0 ? "let" : "const"} at = start + 16;
      ${names.length > 0 ? "let" : "const"} known = 0;
      ${fields.map(writeField).join("\n")}
      return keysBesides(pdu, known) ? writeTlvs(pdu, keysOf${name}, out, at, vendors) : at;
    }`;
}

// ---- the whole

/** The text of src/straight-line.ts, but for what the formatter changes. */
export function source(): string {
  const all = layouts();
  const layoutOf = (command: CommandName) =>
    all.find((layout) => layout.commands.includes(command))?.name;
  return `
    // Straight-line code for the busiest commands. Made from the tables by npm run generate: do not edit.

    import { commands } from "./commands.ts";
    import { findNul, isUint32, latin1, octet, putCString, putOctets, putTime, putUint32, uint16, uint32, view } from "./octets.ts";
    import type { PduInput, PduInputOf, PduOf, Tlvs } from "./pdu.ts";
    import { keysBesides, keysOf, readOtherTlv, type TlvsByName, type TlvsByTag, writeTlvs } from "./tlv-codec.ts";

    ${all.map(({ name, commands: names }) => `type ${name} = ${names.map((one) => `"${one}"`).join(" | ")};`).join("\n")}

    /** Decodes a frame; undefined leaves it to the tables, which read the rest and tell what is wrong. */
    export function decodeStraight(frame: Uint8Array, vendors: TlvsByTag | undefined) {
      // An array of numbers has no BYTES_PER_ELEMENT: the tables refuse it.
      if (frame.length < 16 || uint32(frame, 0) !== frame.length || frame.BYTES_PER_ELEMENT !== 1) return undefined;
      const status = uint32(frame, 8);
      const sequence = uint32(frame, 12);
      switch (uint32(frame, 4)) {
        ${hotCommands.map((command) => `case ${idOf(command)}: return decode${layoutOf(command)}(frame, "${command}", status, sequence, vendors);`).join("\n")}
        default: return undefined;
      }
    }

    ${all.map(decoder).join("\n")}
    ${tlvReader()}

    /** Writes a PDU from \`start\` on and gives the place after it; -1 leaves it to the tables. */
    export function encodeStraight(pdu: PduInput, sequence: number, out: Uint8Array, start: number, vendors: TlvsByName | undefined): number {
      let id: number;
      let end: number;
      switch (pdu.command) {
        ${hotCommands.map((command) => `case "${command}": id = ${idOf(command)}; end = write${layoutOf(command)}(pdu, out, start, vendors); break;`).join("\n")}
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
  `;
}

/**
 * A source without what a formatter changes: white space, the comma before a closing bracket, and the
 * bar before the first member of a union.
 */
export function withoutFormat(text: string): string {
  return text
    .replace(/\s+/g, "")
    .replace(/,(?=[)\]}])/g, "")
    .replace(/(?<=[=:<(])\|/g, "");
}
