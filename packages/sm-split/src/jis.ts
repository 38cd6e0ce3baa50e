/** ISO-2022-JP (RFC 1468): JIS X 0208 between escape sequences. */
import { characterTable } from "./legacy.ts";
import { limitTooSmall } from "./octets.ts";

const ESC = 0x1b;
const SHIFT_OUT = 0x0e;
const SHIFT_IN = 0x0f;
const TO_ASCII = [ESC, 0x28, 0x42] as const;
const TO_JIS = [ESC, 0x24, 0x42] as const;
/** Octets of an escape sequence. */
const SWITCH = 3;
const REPLACEMENT = "\ufffd";

/** EUC-JP is JIS X 0208 with bit 7 set in both octets, so its table serves here too. */
const EUC = 0x8080;

/** JIS X 0208 code of a character, 0 for an ASCII character, undefined for any other. */
function jisCode(character: number): number | undefined {
  // Escape, shift out and shift in would change the reader's state.
  const shifts = character === ESC || character === SHIFT_OUT || character === SHIFT_IN;
  if (character < 0x80) return shifts ? undefined : 0;
  const code = characterTable("euc-jp").codes.get(character);
  return code === undefined || code < 0xa1a1 ? undefined : code - EUC;
}

/** Octets of a text, both ends in ASCII; undefined when it has a character that JIS has not. */
export function measureJis(text: string): number | undefined {
  let octets = 0;
  let inJis = false;
  for (const character of text) {
    const code = jisCode(character.codePointAt(0) ?? 0);
    if (code === undefined) return undefined;
    if (code > 0 !== inJis) octets += SWITCH;
    inJis = code > 0;
    octets += inJis ? 2 : 1;
  }
  return inJis ? octets + SWITCH : octets;
}

/** Index after the last character that fits into `limit` octets, the closing escape included. */
export function fitJis(text: string, start: number, limit: number): number {
  let octets = 0;
  let inJis = false;
  let index = start;
  while (index < text.length) {
    const character = text.codePointAt(index) ?? 0;
    const code = jisCode(character);
    if (code === undefined) return index;
    const toJis = code > 0;
    if (toJis !== inJis) octets += SWITCH;
    octets += toJis ? 2 : 1;
    if (octets + (toJis ? SWITCH : 0) > limit) return index;
    inJis = toJis;
    index += character > 0xffff ? 2 : 1;
  }
  return index;
}

/** Encodes a text that `measureJis` measures. */
export function encodeJis(text: string): Uint8Array {
  const octets: number[] = [];
  let inJis = false;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const code = jisCode(point) ?? 0;
    if (code > 0 !== inJis) octets.push(...(inJis ? TO_ASCII : TO_JIS));
    inJis = code > 0;
    if (inJis) octets.push(code >> 8, code & 0xff);
    else octets.push(point);
  }
  if (inJis) octets.push(...TO_ASCII);
  return Uint8Array.from(octets);
}

/** What the octets after an escape sequence are. */
type State = "ascii" | "roman" | "katakana" | "jis";

/** Escape sequences by their two last octets. */
const STATES: ReadonlyMap<number, State> = new Map([
  [0x2842, "ascii"],
  [0x284a, "roman"],
  [0x2849, "katakana"],
  [0x2440, "jis"],
  [0x2442, "jis"],
]);

/** A run of octets in one state: what `readJis` finds. */
interface Run {
  readonly state: State;
  readonly start: number;
  readonly end: number;
}

/** The state that the three octets at `index` switch to. */
function switchAt(octets: Uint8Array, index: number): State | undefined {
  if (octets[index] !== ESC) return undefined;
  return STATES.get(((octets[index + 1] ?? 0) << 8) | (octets[index + 2] ?? 0));
}

function* readJis(octets: Uint8Array): Generator<Run> {
  let state: State = "ascii";
  let start = 0;
  for (let index = 0; index < octets.length; ) {
    const next = switchAt(octets, index);
    if (next === undefined) {
      index += 1;
      continue;
    }
    yield { state, start, end: index };
    state = next;
    index += SWITCH;
    start = index;
  }
  yield { state, start, end: octets.length };
}

/** Decodes ISO-2022-JP with the Roman set and half-width katakana; never throws. */
export function decodeJis(octets: Uint8Array): string {
  let text = "";
  for (const { state, start, end } of readJis(octets)) text += decodeRun(octets, state, start, end);
  return text;
}

function decodeRun(octets: Uint8Array, state: State, start: number, end: number): string {
  let text = "";
  for (let index = start; index < end; index++) {
    const octet = octets[index] ?? 0;
    if (octet > 0x7f || octet === ESC) text += REPLACEMENT;
    else if (octet < 0x21 || state === "ascii") text += String.fromCharCode(octet);
    else if (state === "jis") text += pair(octet, index + 1 < end ? octets[++index] : undefined);
    else text += state === "roman" ? roman(octet) : katakana(octet);
  }
  return text;
}

/** JIS X 0208. */
function pair(lead: number, trail = 0): string {
  return characterTable("euc-jp").characters.get(((lead << 8) | trail) + EUC) ?? REPLACEMENT;
}

/** JIS X 0201: two characters differ from ASCII. */
function roman(octet: number): string {
  if (octet === 0x5c) return "¥";
  return octet === 0x7e ? "‾" : String.fromCharCode(octet);
}

/** JIS X 0201, half width. */
function katakana(octet: number): string {
  return octet > 0x5f ? REPLACEMENT : String.fromCharCode(0xff40 + octet);
}

/**
 * The ends of parts of octets that are ISO-2022-JP already: each where ASCII follows, if there is
 * such a place, or else between two characters.
 *
 * @throws {SplitError} `limit_too_small`
 */
export function cutJisOctets(octets: Uint8Array, limit: number): number[] {
  const ends: number[] = [];
  let start = 0;
  let inAscii = 0;
  let whole = 0;
  const reach = (index: number) => {
    while (index > start + limit) {
      const end = inAscii > start ? inAscii : whole;
      if (end === start) throw limitTooSmall(limit);
      ends.push(end);
      start = end;
    }
  };
  for (const run of readJis(octets)) {
    const step = run.state === "jis" ? 2 : 1;
    for (let index = run.start; index <= run.end; index += step) {
      reach(index);
      whole = index;
      if (run.state === "ascii") inAscii = index;
    }
  }
  reach(octets.length);
  ends.push(octets.length);
  return ends;
}
