/** How much is kept of something: for people to read, all of it or its beginning; in memory, so many octets. */
import { createHash } from "node:crypto";
import { shortened, reasonOf as wordsOf } from "@esme/settings";

/** Octets that are kept of one thing; of more than that only the beginning. */
const most = 100_000;

/** Characters that an id has at most: in cache keys, events and lines of the log. */
export const longestId = 255;

/** Characters of a sentence that are kept. */
export const longestSentence = 1_000;

/** The words of an error, or of whatever was thrown; the beginning where they are very many. */
export function reasonOf(error: unknown): string {
  return shortened(wordsOf(error), longestSentence);
}

/** About as many octets as a value holds: those of its octet strings, texts, and of each entry. */
export function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length + perEntry;
  if (typeof value === "string") return value.length + perEntry;
  if (typeof value !== "object" || value === null) return perEntry;
  return Object.values(value).reduce((sum: number, inner) => sum + sizeOf(inner), perEntry);
}

/** A key, a pointer, and the head of an object. */
const perEntry = 32;

/** Text of more than so many times its octets as a JSON string is kept as base64. */
const mostGrowth = 2;

/** Octets of one kind of thing that may wait for the broker. */
export const mostOctetsWaiting = 67_108_864;

/** What there was in all, where only the beginning is kept. */
export interface Cut {
  readonly octets: number;
  /** Of all octets, in hex. */
  readonly sha256: string;
}

/** An excerpt as a JSON object: what is kept under its own key, and `cut` where that is not all. */
export type Excerpt = Readonly<Record<string, unknown>> & { readonly cut?: Cut };

/**
 * The body of a broker message: `body`, its text; or `body_base64` where it is no UTF-8, or where
 * JSON would write it with escapes alone, as it does NULs.
 */
export function bodyExcerpt(body: Uint8Array): Excerpt {
  const kept = Buffer.from(body.subarray(0, most));
  const text = textOf(kept, body.length > most);
  const key = text === undefined ? "body_base64" : "body";
  return { [key]: text ?? kept.toString("base64"), ...cutOf(body) };
}

/** `octets`, in hex. */
export function octetsExcerpt(octets: Uint8Array): Excerpt {
  const kept = Buffer.from(octets.subarray(0, most));
  return { octets: kept.toString("hex"), ...cutOf(octets) };
}

/** A value under a key of its own, octets in hex; when it is cut, the beginning of its JSON as text. */
export function valueExcerpt(key: string, value: unknown): Excerpt {
  const shown = printable(value);
  const json = JSON.stringify(shown);
  // Two digits for an octet.
  if (json.length <= most * 2) return { [key]: shown };
  return { [key]: json.slice(0, most * 2), ...cutOf(Buffer.from(json)) };
}

/** The same value with octets as hex: also a copy of a PDU whose octets are views of a buffer. */
export function printable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, printable(inner)]));
}

/** Undefined for what is no UTF-8, or better not written as a JSON string. */
function textOf(kept: Buffer, isCut: boolean): string | undefined {
  try {
    // Where it is cut, so may be its last character, which a stream would wait for.
    const text = new TextDecoder("utf-8", utf8).decode(kept, { stream: isCut });
    const written = Buffer.byteLength(JSON.stringify(text));
    return written > kept.length * mostGrowth + 2 ? undefined : text;
  } catch {
    return undefined;
  }
}

const utf8 = { fatal: true, ignoreBOM: true } as const;

function cutOf(octets: Uint8Array): { readonly cut?: Cut } {
  if (octets.length <= most) return {};
  const sha256 = createHash("sha256").update(octets).digest("hex");
  return { cut: { octets: octets.length, sha256 } };
}
