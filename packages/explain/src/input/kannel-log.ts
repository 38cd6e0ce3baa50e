// Makes PDUs of the dumps in Kannel's logs, which have fields instead of octets (gw/smsc/smpp_pdu.c).

import {
  type CommandName,
  commands,
  encode,
  isPduError,
  type PduInput,
  type TlvName,
  tlvs,
} from "@esme/pdu";
import { latin1 } from "../octets.ts";
import type { FoundPdu } from "./found-pdu.ts";
import { directionOf } from "./log-lines.ts";

/** `2011-03-19 14:38:48 [18042] [6] DEBUG: ` before the words; threads write between each other's lines. */
const prefix =
  /^(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) )?((?:\[\d+\] ){0,2})(?:DEBUG|INFO|WARNING|ERROR|PANIC): (.*)$/;

/** A dump that is being read. */
interface Dump {
  readonly line: number;
  readonly time: string | undefined;
  readonly direction: string;
  command: string;
  /** Values as the log has them: numbers, or octets. */
  readonly values: Map<string, number | number[]>;
  /** The field whose octets are in the next lines. */
  open: number[] | undefined;
}

/** What one thread is writing. */
interface Thread {
  direction: string;
  dump: Dump | undefined;
}

/** Whether a text has dumps of Kannel. */
export function isKannelLog(text: string): boolean {
  return /SMPP PDU (?:0x)?[0-9a-f]+ dump:/i.test(text);
}

/** The PDUs of a log of Kannel, in the order of their ends. */
export function readKannelLog(text: string): FoundPdu[] {
  const found: FoundPdu[] = [];
  const threads = new Map<string, Thread>();
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const [, time, thread = "", words = content] = prefix.exec(content) ?? [];
    const state = threads.get(thread) ?? { direction: "", dump: undefined };
    threads.set(thread, state);
    if (/^\s*SMPP PDU (?:0x)?[0-9a-f]+ dump:/i.test(words)) {
      const { direction } = state;
      state.dump = {
        line: index + 1,
        time,
        direction,
        command: "",
        values: new Map(),
        open: undefined,
      };
    } else if (/^\s*SMPP PDU dump ends\./.test(words)) {
      if (state.dump !== undefined) found.push(pduOf(state.dump));
      state.dump = undefined;
    } else if (state.dump !== undefined) readField(words, state.dump);
    else if (/^SMPP\[/.test(words)) state.direction = directionOf(words);
  }
  const unfinished = [...threads.values()].flatMap(({ dump }) => dump ?? []);
  return [...found, ...unfinished.map((dump) => remark(dump, "the dump has no end"))];
}

function readField(words: string, dump: Dump): void {
  const data = /^\s*data: ((?:[0-9a-f]{2} ){1,16})/i.exec(words)?.[1];
  if (data !== undefined) {
    const pairs = data.trim().split(" ");
    dump.open?.push(...pairs.map((pair) => Number.parseInt(pair, 16)));
    return;
  }
  if (/^\s*(?:Octet string|len: |size: |immutable: )/.test(words)) return;
  const [, name = "", value = ""] = /^\s*(\w+):\s?(.*)$/.exec(words) ?? [];
  if (name === "") return;
  dump.open = undefined;
  const number = /^(\d{1,10}) = 0x[0-9a-f]+$/i.exec(value)?.[1];
  const string = /^"(.*)"$/.exec(value)?.[1];
  if (name === "type_name") dump.command = value.trim();
  else if (number !== undefined) dump.values.set(name, Number(number));
  else if (string !== undefined) dump.values.set(name, octetsOfString(string));
  else {
    dump.open = [];
    dump.values.set(name, dump.open);
  }
}

/** Kannel writes a line feed, a quotation mark and a backslash behind a backslash. */
function octetsOfString(text: string): number[] {
  const plain = text.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
  return Array.from(plain, (character) => character.charCodeAt(0) & 0xff);
}

/** Header fields, and those that the encoder computes. */
const computed = new Set(["command_length", "command_id", "sm_length", "number_of_dests"]);

function pduOf(dump: Dump): FoundPdu {
  const command = Object.keys(commands).find((name) => name === dump.command);
  if (command === undefined) return remark(dump, "its type_name is no command of SMPP");
  const { fields } = commands[command as CommandName]; // found among the keys just now
  const types = new Map<string, { type: string }>(Object.entries(fields));
  const entries: [string, unknown][] = [];
  const left: string[] = [];
  for (const [name, value] of dump.values) {
    if (computed.has(name)) continue;
    const row = Object.hasOwn(tlvs, name) ? tlvs[name as TlvName] : undefined; // hasOwn says so
    const isHeader = name === "command_status" || name === "sequence_number";
    const type = isHeader ? "integer" : (types.get(name)?.type ?? row?.type.type);
    if (type === undefined) left.push(name);
    else entries.push([name, fieldValue(value, type, row !== undefined && "multiple" in row)]);
  }
  const pdu = { ...Object.fromEntries(entries), command };
  try {
    const octets = encode(pdu as PduInput); // encode checks every key and every value
    const said = dump.values.get("command_length");
    const remarks = left.map((name) => `${name} of the log is no field of SMPP: it is left out`);
    if (typeof said === "number" && said !== octets.length) {
      remarks.push(
        `command_length is ${said} in the log, but its fields make ${octets.length} octets`,
      );
    }
    return { octets, direction: dump.direction, time: dump.time, remarks };
  } catch (error) {
    if (!isPduError(error)) throw error;
    return remark(dump, error.message);
  }
}

function fieldValue(value: number | number[], type: string, isList: boolean): unknown {
  if (typeof value === "number" || type === "integer") return value;
  const octets = Uint8Array.from(value);
  const one = type === "c-octet-string" ? latin1(octets) : octets;
  return isList ? [one] : one;
}

function remark({ line, direction, time }: Dump, words: string): FoundPdu {
  const remarks = [`the dump in line ${line} of the log is no PDU: ${words}`];
  return { octets: new Uint8Array(0), direction, time, remarks };
}
