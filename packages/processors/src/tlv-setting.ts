/** TLVs from configuration and from messages: names or numbers, and values of JSON. */

import { tlvs as standardTlvs, type UnknownTlv } from "@esme/pdu";
import * as z from "zod";

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
  uint8: z.int().min(0).max(0xff).transform(integer(1)),
  uint16: z.int().min(0).max(0xffff).transform(integer(2)),
  uint32: z.int().min(0).max(0xffff_ffff).transform(integer(4)),
};

type Layout = keyof typeof layouts;

/**
 * TLVs as an object: keys are the standard's names or tags (`"0x1400"`, `"5120"`); values are
 * numbers and texts, which standard TLVs take in their own layout and others as octets of text
 * without a NUL, or objects with one of `hex`, `text`, `c_string`, `uint8`, `uint16`, `uint32`.
 */
export const tlvSettings = z
  .record(z.string(), z.unknown(), "names or tags of TLVs, and their values")
  .transform((given, context) => {
    const all: UnknownTlv[] = [];
    for (const [key, value] of Object.entries(given)) {
      const read = readTlv(key, value);
      if (typeof read === "string")
        context.addIssue({ code: "custom", path: [key], message: read });
      else all.push(read);
    }
    return all;
  });

/** The TLV, or what is wanted instead. */
function readTlv(key: string, value: unknown): UnknownTlv | string {
  const known = standard.get(key);
  const tag = known?.tag ?? (/^(?:0x[0-9a-f]{1,4}|\d{1,5})$/i.test(key) ? Number(key) : -1);
  if (tag < 0 || tag > 0xffff) return "a standard TLV's name or a tag from 0 to 0xffff as the key";
  const own = layoutIn(value);
  const [layout, content] = own ?? [known === undefined ? "text" : layoutOf(known), value];
  const octets = layouts[layout].safeParse(content);
  if (octets.success) return { tag, value: octets.data };
  return own === undefined && known === undefined
    ? `text, or an object with one of ${Object.keys(layouts).join(", ")}`
    : `what fits into ${layout}`;
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

function layoutOf({ type }: Known): Layout {
  if (type.type === "c-octet-string") return "c_string";
  if (type.type === "octet-string") return "text";
  return type.size === 1 ? "uint8" : type.size === 2 ? "uint16" : "uint32";
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

function integer(size: number): (value: number) => Uint8Array {
  return (value) => {
    const octets = Buffer.alloc(size);
    octets.writeUIntBE(value, 0, size);
    return Uint8Array.from(octets);
  };
}
