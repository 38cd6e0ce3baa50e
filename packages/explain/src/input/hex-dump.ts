// Reads dumps with offsets: hexdump -C, xxd, od, Wireshark, tcpdump -X, Netty.

import { InputError } from "./input-error.ts";

/** `00000010: 0000 0010 ...`, `|00000010| 00 00 ...`, `  0x0010:  ...`: indent, offset, the rest. */
const line = /^(\s*)\|?(?:0x)?([0-9a-f]{4,8})(?:[:h|]\s?|\s)\s{0,8}((?:[0-9a-f]{2}){1,4}\b.*)$/i;

/** Octets in a line where nothing else says how many. */
const USUAL_WIDTH = 16;

/** A repetition (`*` of hexdump) of more octets than this is refused. */
const MOST_REPEATED = 1 << 20;

interface Row {
  readonly indent: number;
  readonly offset: number;
  readonly octets: readonly number[];
}

/** A line at offset 0: four digits alone are one only with a colon or two blanks, since PDUs begin with 0000. */
const firstLine =
  /^[ \t]*\|?(?:0x)?(?:0{5,8}(?:[:h|]|[ \t])|0{4}(?:[:h|]|[ \t]{2}))[ \t]{0,8}(?:[0-9a-f]{2}){1,4}(?:\s|$)/im;

/** Whether a text has a dump with offsets. */
export function isHexDump(text: string): boolean {
  return firstLine.test(text);
}

/**
 * The octets of a dump, one run for each packet (where offsets begin at 0 again) and for each side of a
 * "follow TCP stream" of Wireshark (which indents one of them).
 */
export function readHexDump(text: string): Uint8Array[] {
  const lines = text.split(/\r?\n/);
  const swaps = isSwapped(lines);
  const runs: number[][] = [];
  const open = new Map<number, number[]>();
  let last: Row | undefined;
  let repeats = false;
  for (const [index, content] of lines.entries()) {
    if (content.trim() === "*") {
      repeats = last !== undefined;
      continue;
    }
    const row = rowOf(content, swaps, lines[index + 1] ?? "");
    if (row === undefined) continue;
    const run = open.get(row.indent);
    if (repeats && last !== undefined && run !== undefined) {
      repeat(run, last, row.offset, index + 1);
      repeats = false;
    }
    if (run !== undefined && row.offset === run.length) run.push(...row.octets);
    else if (row.octets.length > 0) {
      const begun = [...row.octets];
      runs.push(begun);
      open.set(row.indent, begun);
    }
    last = row;
  }
  return runs.map((run) => Uint8Array.from(run));
}

/** Fills up to `offset` with the octets of the last row. */
function repeat(run: number[], { octets }: Row, offset: number, number: number): void {
  if (offset - run.length > MOST_REPEATED) {
    throw new InputError(
      "too_large",
      `line ${number}: * repeats ${offset - run.length} octets, at most ${MOST_REPEATED} are read`,
    );
  }
  while (run.length < offset && octets.length > 0) {
    run.push(...octets.slice(0, offset - run.length));
  }
}

function rowOf(content: string, swaps: boolean, next: string): Row | undefined {
  const [, indent = "", digits = "", rest = ""] = line.exec(content) ?? [];
  if (digits === "") return undefined;
  const offset = Number.parseInt(digits, 16);
  const [, nextIndent, nextDigits = ""] = line.exec(next) ?? [];
  const step = nextIndent === indent ? Number.parseInt(nextDigits, 16) - offset : 0;
  const width = step > 0 && step <= 64 ? step : USUAL_WIDTH;
  return { indent: indent.length, offset, octets: octetsOf(rest, width, swaps) };
}

/** The groups of digits before the column of characters, which three blanks or a bar set apart. */
function octetsOf(rest: string, width: number, swaps: boolean): number[] {
  const octets: number[] = [];
  const size = /^[0-9a-f]+/i.exec(rest)?.[0].length ?? 2;
  for (const [, gap = "", group = ""] of rest.matchAll(/(\s*)(\S+)/g)) {
    const isGroup = /^([0-9a-f]{2})+$/i.test(group) && group.length <= size;
    if (!isGroup || gap.length > 2 || octets.length >= width) break;
    const values = group.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
    octets.push(...(swaps ? values.reverse() : values));
  }
  return octets.slice(0, width);
}

/** hexdump without -C: offsets of seven digits, and words of two octets in the order of the processor. */
function isSwapped(lines: readonly string[]): boolean {
  return lines.some((content) => /^0{7} [0-9a-f]{4}(?: [0-9a-f]{4})*\s*$/i.test(content));
}
