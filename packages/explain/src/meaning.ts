// Puts the values of fields and TLVs into words, by the meanings that the tables name.

import {
  type Meaning,
  meanings,
  parseTime,
  type ScalarType,
  statusName,
  statusText,
} from "@esme/pdu";
import { latin1, octet, uint16 } from "./octets.ts";
import { quoted } from "./text.ts";

type Values = Extract<Meaning, { kind: "values" }>["values"];
type Ranges = Extract<Meaning, { kind: "ranges" }>["ranges"];
type Bits = Extract<Meaning, { kind: "bits" }>["bits"];
type OctetGroup = Extract<Meaning, { kind: "parts" }>["parts"][number];

const RESERVED = "reserved";

/** What a value means; undefined when its type gives its values no names. */
export function meaningOf(
  type: ScalarType,
  value: number | string | Uint8Array,
): string | undefined {
  if (typeof value === "string") {
    const isTime = type.type === "c-octet-string" && type.format === "time";
    return isTime ? timeText(value) : undefined;
  }
  const name = "meaning" in type ? type.meaning : undefined;
  if (name === undefined) return undefined;
  if (name === "command_status") {
    return typeof value === "number" ? `${statusName(value)}, ${statusText(value)}` : undefined;
  }
  const meaning: Meaning = meanings[name];
  if (typeof value === "number") return numberText(meaning, value);
  if (meaning.kind === "parts") return partsText(meaning.parts, value);
  return value.length === 1 ? numberText(meaning, octet(value, 0)) : undefined;
}

/** Whether a number has no meaning in any version of SMPP. */
export function isReserved(type: ScalarType, value: number): boolean {
  return meaningOf(type, value) === RESERVED;
}

function timeText(text: string): string | undefined {
  try {
    const time = parseTime(text);
    if (time === undefined || time instanceof Date) return time?.toISOString();
    const parts = Object.entries(time).filter(([, count]) => count > 0);
    return parts.map(([unit, count]) => `${count} ${unit}`).join(" ") || "0 seconds";
  } catch {
    return undefined; // what is no time has no meaning
  }
}

function numberText(meaning: Meaning, value: number): string | undefined {
  switch (meaning.kind) {
    case "values":
      return valueName(meaning.values, value) ?? rangeName(meaning.ranges ?? [], value) ?? RESERVED;
    case "ranges":
      return rangeName(meaning.ranges, value) ?? RESERVED;
    case "bits":
      return bitsText(meaning.bits, value);
    case "parts":
      return undefined;
  }
}

function valueName(values: Values, value: number): string | undefined {
  return Object.entries(values).find(([, known]) => known === value)?.[0];
}

function rangeName(ranges: Ranges, value: number): string | undefined {
  return ranges.find(([from, to]) => value >= from && value <= to)?.[2];
}

function bitsText(bits: Bits, value: number): string {
  const parts = Object.entries(bits).map(([field, { mask, ...values }]) => {
    return `${field} ${valueName(values, value & mask) ?? RESERVED}`;
  });
  return parts.join(", ");
}

/** The parts that are there: in SMPP 3.4 some values are shorter than in 5.0. */
function partsText(parts: readonly OctetGroup[], value: Uint8Array): string {
  const there = parts.filter(({ octet: first, size }) => first - 1 + size <= value.length);
  return there.map((part) => `${part.name} ${partText(part, value)}`).join(", ");
}

function partText(part: OctetGroup, value: Uint8Array): string {
  const start = part.octet - 1;
  if (part.size === 0) return quoted(latin1(value, start, value.length));
  const { mask = 0xffff } = part;
  const whole = part.size === 1 ? octet(value, start) : uint16(value, start);
  const number = (whole & mask) / (mask & -mask);
  const values = part.values ?? sharedValues(part.meaning);
  return values ? (valueName(values, number) ?? RESERVED) : String(number);
}

/** The names that a part shares with a field, such as a type of number. */
function sharedValues(name: OctetGroup["meaning"]): Values | undefined {
  const meaning: Meaning | undefined = name && meanings[name];
  return meaning?.kind === "values" ? meaning.values : undefined;
}
