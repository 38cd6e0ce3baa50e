// Every recorded PDU: decoded whole, fed octet by octet, encoded back, and cut at every length.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commands } from "../src/commands.ts";
import type { Fields } from "../src/fields.ts";
import { decode, encode, Framer, PduError } from "../src/index.ts";
import { standardByName } from "../src/tlvs.ts";
import { hexOf, octetsOf } from "./hex.ts";

interface TlvVector {
  tag: string;
  name: string | null;
  raw: string;
  value: number | string;
}

interface Vector {
  name: string;
  hex: string;
  command: string;
  status: number;
  sequence: number;
  fields: Record<string, unknown> & { tlvs: TlvVector[] };
  notes?: string[];
}

interface MalformedVector {
  name: string;
  hex: string;
  command: string | null;
  category: string;
  why: string;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./data/${name}.json`, import.meta.url), "utf8"));
}

const vectors = read<Vector[]>("pdu");
const malformed = read<MalformedVector[]>("malformed");
const computed = new Set(
  Object.values<{ fields: Fields }>(commands).flatMap(({ fields }) =>
    Object.keys(fields).filter((name) => "counts" in (fields[name] ?? {})),
  ),
);
const repeatable = new Set(
  [...standardByName.values()].filter(({ multiple }) => multiple).map(({ name }) => name),
);

/** A decoded PDU in the notation of the vectors: octets as hexadecimal digits, TLVs as a list. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexOf(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function expected({ command, status, sequence, fields }: Vector): Record<string, unknown> {
  const { tlvs, ...mandatory } = fields;
  const pdu: Record<string, unknown> = {
    command,
    command_status: status,
    sequence_number: sequence,
  };
  for (const [name, value] of Object.entries(mandatory)) {
    if (!computed.has(name)) pdu[name] = value;
  }
  const unknown: { tag: number; value: string }[] = [];
  const repeated = new Set(
    tlvs.map(({ name }) => name).filter((name) => name && repeatable.has(name)),
  );
  for (const { tag, name, raw, value } of tlvs) {
    if (name === null) unknown.push({ tag: Number(tag), value: raw });
    else if (repeated.has(name))
      pdu[name] = [...((pdu[name] as unknown[] | undefined) ?? []), value];
    else pdu[name] = value;
  }
  if (unknown.length > 0) pdu["unknown_tlvs"] = unknown;
  return pdu;
}

test("every command and every TLV of the tables stands in a vector", () => {
  const tlvNames = vectors.flatMap(({ fields }) => fields.tlvs.map(({ name }) => name));
  expect(new Set(vectors.map(({ command }) => command))).toEqual(new Set(Object.keys(commands)));
  expect([...standardByName.keys()].filter((name) => !tlvNames.includes(name))).toEqual([]);
});

describe.each(vectors)("$name", (vector) => {
  const frame = octetsOf(vector.hex);
  const bodiless = frame.length === 16;

  test("decodes to the recorded fields", () => {
    const pdu = plain(decode(frame));
    if (bodiless) expect(pdu).toMatchObject(expected(vector));
    else expect(pdu).toEqual(expected(vector));
  });

  test("comes out of the framer when fed octet by octet", () => {
    const framer = new Framer();
    const frames = Array.from(frame, (octet) => framer.push(Uint8Array.of(octet))).flat();
    expect(frames.map(hexOf)).toEqual([vector.hex]);
  });

  test("encodes back to the same octets", () => {
    const pdu = decode(frame);
    const again = encode(pdu);
    if (bodiless) expect(decode(again)).toEqual(pdu);
    else expect(hexOf(again)).toBe(vector.hex);
  });

  test("is refused or waited for when cut at any length", () => {
    for (let length = 0; length < frame.length; length++) {
      const cut = frame.slice(0, length);
      expect(() => decode(cut)).toThrow(PduError);
      expect(new Framer().push(cut)).toEqual([]);
      if (length < 16) continue;
      const shortened = cut.slice();
      new DataView(shortened.buffer).setUint32(0, length);
      try {
        decode(shortened);
      } catch (error) {
        expect(error).toBeInstanceOf(PduError);
      }
    }
  });
});

test.each(malformed)("$name ($category) is refused: $why", ({ hex }) => {
  expect(() => decode(octetsOf(hex))).toThrow(PduError);
});
