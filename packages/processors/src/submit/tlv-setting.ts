/** TLVs from configuration and from messages: names or tags, and values of JSON. */

import { tlvs as standardTlvs, type UnknownTlv } from "@esme/pdu";
import type { SchemaProblem } from "@esme/settings/schema";
import * as z from "zod";
import { configError } from "../config.ts";
import {
  carries,
  definitionOf,
  fits,
  sizeIn,
  type TlvDefinition,
  type TlvDefinitions,
} from "../tlv-definition.ts";

type Known = (typeof standardTlvs)[keyof typeof standardTlvs];

const standard: ReadonlyMap<string, Known> = new Map(Object.entries(standardTlvs));

/** How a value of JSON can say its own layout; most significant octet first. */
const layouts = {
  /** Octets in hexadecimal. */
  hex: z
    .string()
    .regex(/^(?:[0-9a-f]{2})*$/i)
    .transform((digits) => Uint8Array.from(Buffer.from(digits, "hex"))),
  /** Characters up to U+00FF, one octet each. */
  text: z
    .string()
    .regex(/^[^\u0100-\uffff]*$/)
    .transform(latin1),
  /** The same with a NUL behind. */
  c_string: z
    .string()
    .regex(/^[ -\u00ff]*$/)
    .transform((text) => latin1(`${text}\0`)),
  uint8: unsigned(0xff, 1),
  uint16: unsigned(0xffff, 2),
  uint32: unsigned(0xffff_ffff, 4),
};

type Layout = keyof typeof layouts;

/** TLVs as a mapping, for {@link readTlvs}. */
export const tlvSettings = z.record(
  z.string(),
  z.unknown(),
  "names or tags of TLVs, and their values",
);

/**
 * The TLVs of a mapping. Keys are the names of `definitions`, the standard's names, or tags
 * (`"0x1400"`, `"5120"`); values are numbers and texts, which known TLVs take in their own layout and
 * others as octets of text without a NUL, or objects with one of `hex`, `text`, `c_string`, `uint8`,
 * `uint16`, `uint32`. Throws a `ConfigError` that names each key at fault.
 */
export function readTlvs(
  given: Readonly<Record<string, unknown>>,
  definitions: TlvDefinitions,
): UnknownTlv[] {
  const problems: SchemaProblem[] = [];
  const all: UnknownTlv[] = [];
  for (const [key, value] of Object.entries(given)) {
    const read = readTlv(key, value, definitions);
    if (typeof read !== "string") all.push(read);
    else problems.push({ path: ["tlvs", key], expected: read, value });
  }
  if (problems.length > 0) throw configError(problems);
  return all;
}

/** The tag of a TLV that configuration names. Throws a `ConfigError` when there is none. */
export function tagOf(key: string, definitions: TlvDefinitions): number {
  const tag = find(key, definitions)?.tag;
  if (tag !== undefined) return tag;
  const expected = namesExpected(definitions);
  throw configError([{ path: ["required_tlvs"], expected, value: key }]);
}

/** A TLV that a key names, and what is known of it. */
interface Found {
  tag: number;
  known?: Known;
  defined?: TlvDefinition;
}

function find(key: string, definitions: TlvDefinitions): Found | undefined {
  const known = standard.get(key);
  if (known !== undefined) return { tag: known.tag, known };
  const number = /^(?:0x[0-9a-f]{1,4}|\d{1,5})$/i.test(key) ? Number(key) : undefined;
  const defined = definitionOf(definitions, key, number);
  if (defined !== undefined) return { tag: Number(defined.tag), defined };
  return number === undefined || number > 0xffff ? undefined : { tag: number };
}

/** The TLV, or what is expected instead. */
function readTlv(key: string, value: unknown, definitions: TlvDefinitions): UnknownTlv | string {
  const found = find(key, definitions);
  if (found === undefined) return `${namesExpected(definitions)} as the key`;
  const { tag, known, defined } = found;
  if (defined && !carries(defined, "submit_sm")) return "no value: submit_sm does not carry it";
  const own = layoutIn(value);
  const [layout, content] = own ?? [layoutOf(known, defined), value];
  const octets = layouts[layout].safeParse(content);
  if (octets.success) {
    const isRight = defined === undefined || fits(octets.data.length, defined);
    return isRight ? { tag, value: octets.data } : sizeIn(defined);
  }
  return own === undefined && known === undefined && defined === undefined
    ? `text, or an object with one of ${Object.keys(layouts).join(", ")}`
    : `what fits into ${layout}`;
}

function namesExpected(definitions: TlvDefinitions): string {
  const own = Object.keys(definitions).map((name) => `${name}, `);
  return `${own.join("")}a standard TLV's name or a tag from 0 to 0xffff`;
}

function layoutIn(value: unknown): [Layout, unknown] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) return undefined;
  const [layout, content] = entry;
  return isLayout(layout) ? [layout, content] : undefined;
}

function isLayout(key: string): key is Layout {
  return Object.hasOwn(layouts, key);
}

function layoutOf(known: Known | undefined, defined: TlvDefinition | undefined): Layout {
  if (known === undefined) return defined === undefined ? "text" : layoutOfDefined(defined);
  if (known.type.type === "c-octet-string") return "c_string";
  return known.type.type === "octet-string" ? "text" : layoutOfInteger(known.type.size);
}

function layoutOfDefined({ type, size = 1 }: TlvDefinition): Layout {
  if (type === "integer") return layoutOfInteger(size);
  return type === "octets" ? "text" : type;
}

function layoutOfInteger(size: number): Layout {
  return size === 1 ? "uint8" : size === 2 ? "uint16" : "uint32";
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** A number, or its digits, as environment variables and flags have it. */
function unsigned(most: number, size: number) {
  const number = z.union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ]);
  return number.pipe(z.int().min(0).max(most)).transform((value) => {
    const octets = Buffer.alloc(size);
    octets.writeUIntBE(value, 0, size);
    return Uint8Array.from(octets);
  });
}
