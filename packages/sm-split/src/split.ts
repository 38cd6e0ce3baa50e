/** Text to the parts of a message. */
import { nationalTables } from "@esme/gsm-codec";
import { unitsBeside } from "./budget.ts";
import { codecOf, type TextCodec } from "./charset.ts";
import { cutOctets, cutText } from "./cut.ts";
import { charsetOf } from "./data-coding.ts";
import { SplitError } from "./error.ts";
import { nextReference } from "./reference.ts";
import { codeText, type EncodeOptions } from "./short-message.ts";
import {
  concatElement,
  type National,
  nationalElements,
  type UdhElement,
  udhLength,
  writeUdh,
} from "./udh.ts";

/**
 * How parts are tied together:
 * - `udh`: a header with an 8-bit reference in each part (element 0x00);
 * - `udh16`: the same with a 16-bit reference (element 0x08);
 * - `sar`: the TLVs sar_msg_ref_num, sar_total_segments and sar_segment_seqnum beside each part;
 * - `payload`: one part for the TLV message_payload, which the SMSC splits;
 * - `single`: one part, or an error.
 */
export type SplitMethod = "udh" | "udh16" | "sar" | "payload" | "single";

/** What decides how many parts there are. */
export interface CountOptions extends EncodeOptions {
  /** `udh` by default. */
  readonly method?: SplitMethod | undefined;
  /**
   * National language tables for GSM text: `auto` takes them when that saves parts; identifiers
   * take exactly these, and other text falls back to UCS-2. None by default. Their header elements
   * stand in every part.
   */
  readonly national?: "auto" | National | undefined;
  /** Never cut inside a grapheme cluster (a family of emoji, a letter with accents): true by default. */
  readonly keepGraphemes?: boolean | undefined;
  /** More header elements for every part, for example ports. */
  readonly elements?: readonly UdhElement[] | undefined;
  /** At most so many units in any part, for a network that takes fewer than 140 octets. */
  readonly limit?: number | undefined;
}

/** How to split. */
export interface SplitOptions extends CountOptions {
  /**
   * The reference that all parts carry: 0 to 255 with `udh`, 0 to 65,535 with `udh16` and `sar`;
   * or a counter, asked once per message of several parts (see `referenceCounter`). By default a
   * counter of this process that begins at a random number.
   */
  readonly reference?: number | (() => number) | undefined;
  /** An error when it takes more: 1 to 255, 255 by default. */
  readonly maxParts?: number | undefined;
}

/** The TLVs that tie parts together with method `sar` (SMPP 3.4 sections 5.3.2.22 to 24). */
export interface SarTlvs {
  readonly sar_msg_ref_num: number;
  readonly sar_total_segments: number;
  readonly sar_segment_seqnum: number;
}

/** What one part holds. */
export interface Segment {
  /** Its text; absent when octets were split. */
  readonly text?: string;
  /** Its length: septets of GSM and ASCII, UTF-16 code units of UCS-2, octets of anything else. */
  readonly units: number;
  /** How many units it could hold. */
  readonly limit: number;
  /** To be set beside the part: method `sar` with several parts. */
  readonly tlvs?: SarTlvs;
}

/** A message ready to be sent part by part. */
export interface SplitMessage {
  /** 0x40 (UDHI) when the parts begin with a header, else 0. */
  readonly esm_class: number;
  readonly data_coding: number;
  /** Octets of short_message (message_payload with method `payload`), header included. */
  readonly parts: Uint8Array[];
  readonly segments: Segment[];
}

/** A text or octets with all decisions made: charset, tables, limits and cuts. */
export interface Plan {
  readonly data_coding: number;
  readonly codec: TextCodec;
  /** The text, replacements made; or the octets. */
  readonly content: string | Uint8Array;
  /** Header elements of every part beside the concatenation element. */
  readonly elements: readonly UdhElement[];
  /** Units of the whole content. */
  readonly units: number;
  /** Units that a part may hold. */
  readonly limit: number;
  /** Ends of the parts in the content. */
  readonly ends: readonly number[];
}

/** Octets of a TLV value (SMPP 3.4 section 3.2.4.1). */
const PAYLOAD_OCTETS = 65_535;
const MAX_PARTS = 255;
const UDHI = 0x40;

/** Octets of the element that ties parts together; the SMSC makes the one of `sar` parts. */
const CONCAT_OCTETS = { udh: 5, udh16: 6, sar: 5, payload: 0, single: 0 } as const;
const REFERENCE_BITS = { udh: 8, udh16: 16, sar: 16, payload: 16, single: 16 } as const;

/**
 * Splits a text, or octets that are encoded already, into the parts of one message (3GPP TS 23.040
 * section 9.2.3.24.1), as few as possible. Escape pairs, surrogate pairs, multi-octet characters
 * and shift states stay whole; every part can be decoded alone.
 *
 * @throws {SplitError} `too_many_parts` and `too_long` say in `parts` how many it would take;
 * `reference_out_of_range`; `unencodable` when falling back is switched off.
 */
export function splitShortMessage(
  text: string | Uint8Array,
  dataCoding = 0,
  options: SplitOptions = {},
): SplitMessage {
  const { method = "udh", maxParts = MAX_PARTS } = options;
  if (!Number.isInteger(maxParts) || maxParts < 1 || maxParts > MAX_PARTS) {
    throw new SplitError("invalid_option", `maxParts is ${maxParts}: expected 1 to ${MAX_PARTS}`);
  }
  const plan = planMessage(text, dataCoding, options);
  const total = plan.ends.length;
  checkTotal(total, method, maxParts);
  const reference = total > 1 ? referenceOf(options.reference, method) : 0;
  const parts: Uint8Array[] = [];
  const segments: Segment[] = [];
  let start = 0;
  plan.ends.forEach((end, index) => {
    const concat = { reference, total, sequence: index + 1 };
    const tied = total > 1 && (method === "udh" || method === "udh16");
    const elements = tied
      ? [concatElement(concat, method === "udh" ? 8 : 16), ...plan.elements]
      : plan.elements;
    const { body, segment } = slice(plan, start, end);
    parts.push(elements.length > 0 ? concatenate([writeUdh(elements), body]) : body);
    segments.push(total > 1 && method === "sar" ? { ...segment, tlvs: sarTlvs(concat) } : segment);
    start = end;
  });
  const headed = plan.elements.length > 0 || (total > 1 && method !== "sar");
  return { esm_class: headed ? UDHI : 0, data_coding: plan.data_coding, parts, segments };
}

/** Decides on charset and tables, and where to cut. */
export function planMessage(
  text: string | Uint8Array,
  dataCoding: number,
  options: CountOptions,
): Plan {
  const { national } = options;
  if (!Number.isInteger(dataCoding) || dataCoding < 0 || dataCoding > 255) {
    throw new SplitError("invalid_option", `data_coding is ${dataCoding}: expected 0 to 255`);
  }
  if (typeof text !== "string") return planOctets(text, dataCoding, options);
  const gsm = charsetOf(dataCoding, options.overrides) === "gsm0338";
  if (!gsm || national === undefined) return planText(text, dataCoding, options, undefined);
  if (national !== "auto") return planText(text, dataCoding, options, national);
  return planNational(text, dataCoding, options);
}

/** The plan with the fewest parts among those with national tables, if that is fewer. */
function planNational(text: string, dataCoding: number, options: CountOptions): Plan {
  let best = planText(text, dataCoding, options, undefined);
  for (const { locking, singleShift, septets } of nationalTables(text)) {
    if (best.ends.length <= 1) break;
    const tables = { locking, singleShift };
    const limit = limits("septet", nationalElements(tables), options).part;
    // Even without a septet lost at a cut it would not be better.
    if (Math.ceil(septets / limit) >= best.ends.length) continue;
    const plan = planText(text, dataCoding, options, tables);
    if (plan.ends.length < best.ends.length) best = plan;
  }
  return best;
}

function planText(
  text: string,
  dataCoding: number,
  options: CountOptions,
  national: National | undefined,
): Plan {
  const coded = codeText(text, dataCoding, options, national);
  const gsm = coded.data_coding === dataCoding;
  const elements = [
    ...(options.elements ?? []),
    ...(national !== undefined && gsm ? nationalElements(national) : []),
  ];
  const { single, part } = limits(coded.codec.unit, elements, options);
  const { codec, units } = coded;
  const whole = units <= single;
  return {
    data_coding: coded.data_coding,
    codec,
    content: coded.text,
    elements,
    units,
    limit: whole ? single : part,
    ends: whole
      ? [coded.text.length]
      : cutText(coded.text, codec, part, options.keepGraphemes ?? true),
  };
}

function planOctets(octets: Uint8Array, dataCoding: number, options: CountOptions): Plan {
  const codec = codecOf(charsetOf(dataCoding, options.overrides));
  const elements = options.elements ?? [];
  const { single, part } = limits(codec.unit, elements, options);
  const size = octetsPerUnit(codec);
  const whole = octets.length <= single * size;
  return {
    data_coding: dataCoding,
    codec,
    content: octets,
    elements,
    units: Math.ceil(octets.length / size),
    limit: whole ? single : part,
    ends: whole ? [octets.length] : cutOctets(octets, codec, part * size),
  };
}

/** Units that fit into the only part and into one of several. */
function limits(
  unit: TextCodec["unit"],
  elements: readonly UdhElement[],
  { method = "udh", limit = Number.POSITIVE_INFINITY }: CountOptions,
): { single: number; part: number } {
  const own = udhLength(elements);
  if (method === "payload") {
    const octets = PAYLOAD_OCTETS - (own > 0 ? 1 + own : 0);
    const units = Math.min(limit, unit === "codeUnit" ? octets >> 1 : octets);
    return { single: units, part: units };
  }
  const part = unitsBeside(1 + own + CONCAT_OCTETS[method], unit);
  const single = unitsBeside(own > 0 ? 1 + own : 0, unit);
  return { single: Math.min(limit, single), part: Math.min(limit, part) };
}

function checkTotal(total: number, method: SplitMethod, maxParts: number): void {
  if (total > 1 && (method === "single" || method === "payload")) {
    throw new SplitError("too_long", `the text takes ${total} parts: method ${method} allows one`, {
      parts: total,
    });
  }
  if (total > maxParts) {
    throw new SplitError("too_many_parts", `the text takes ${total} parts: at most ${maxParts}`, {
      parts: total,
    });
  }
}

function referenceOf(given: SplitOptions["reference"], method: SplitMethod): number {
  const bits = REFERENCE_BITS[method];
  if (given === undefined) return nextReference(bits);
  const reference = typeof given === "number" ? given : given();
  const last = 2 ** bits - 1;
  if (Number.isInteger(reference) && reference >= 0 && reference <= last) return reference;
  throw new SplitError(
    "reference_out_of_range",
    `the reference is ${reference}: method ${method} takes 0 to ${last}`,
  );
}

function slice(plan: Plan, start: number, end: number): { body: Uint8Array; segment: Segment } {
  const { content, codec, limit } = plan;
  if (typeof content === "string") {
    const text = content.slice(start, end);
    return { body: codec.encode(text), segment: { text, units: codec.measure(text) ?? 0, limit } };
  }
  const body = content.subarray(start, end);
  return { body, segment: { units: Math.ceil(body.length / octetsPerUnit(codec)), limit } };
}

function octetsPerUnit({ unit }: TextCodec): number {
  return unit === "codeUnit" ? 2 : 1;
}

function sarTlvs({
  reference,
  total,
  sequence,
}: {
  reference: number;
  total: number;
  sequence: number;
}): SarTlvs {
  return { sar_msg_ref_num: reference, sar_total_segments: total, sar_segment_seqnum: sequence };
}

/** One array of all octets. */
export function concatenate(arrays: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    all.set(array, offset);
    offset += array.length;
  }
  return all;
}
