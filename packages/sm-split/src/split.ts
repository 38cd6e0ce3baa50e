/** Text to the parts of a message. */
import { pack7bit } from "@esme/gsm-codec";
import { checkSplitOptions, SplitError } from "./error.ts";
import { concatenate } from "./octets.ts";
import {
  type Plan,
  planMessage,
  type SplitMethod,
  type SplitOptions,
  splitTypes,
  USER_DATA_OCTETS,
} from "./plan.ts";
import { nextReference } from "./reference.ts";
import { octetsPerUnit } from "./text-codec.ts";
import { type Concat, concatElement, packing, writeUdh } from "./udh.ts";

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

const MAX_PARTS = 255;
const EMPTY = new Uint8Array(0);
const UDHI = 0x40;
const REFERENCE_BITS = { udh: 8, udh16: 16, sar: 16, payload: 16, single: 16 } as const;

/**
 * Splits a text, or octets that are encoded already, into the parts of one message (3GPP TS 23.040
 * section 9.2.3.24.1), as few as possible. Escape pairs, surrogate pairs, multi-octet characters
 * and shift states stay whole; every part can be decoded alone.
 *
 * @throws {SplitError} `too_many_parts` and `too_long` say in `parts` how many it would take;
 * `reference_out_of_range`; `unencodable` when falling back is switched off; `invalid_option` for
 * an unknown option or a wrong type.
 */
export function splitShortMessage(
  text: string | Uint8Array,
  dataCoding = 0,
  options: SplitOptions = {},
): SplitMessage {
  checkSplitOptions("splitShortMessage", options, splitTypes);
  const { method = "udh", maxParts = MAX_PARTS } = options;
  const plan = planMessage(text, dataCoding, options);
  if (!Number.isInteger(maxParts) || maxParts < 1 || maxParts > MAX_PARTS) {
    throw new SplitError("invalid_option", `maxParts: expected 1 to ${MAX_PARTS}, got ${maxParts}`);
  }
  if (typeof options.reference === "number") checkReference(options.reference, method);
  const total = plan.ends.length;
  checkTotal(total, method, maxParts);
  const tied = total > 1;
  const reference = tied ? referenceOf(options.reference, method) : 0;
  const inHeader = tied && method !== "sar";
  const parts: Uint8Array[] = [];
  const segments: Segment[] = [];
  let start = 0;
  for (const end of plan.ends) {
    const concat = { reference, total, sequence: parts.length + 1 };
    const { body, segment } = slice(plan, start, end);
    const elements = inHeader
      ? [concatElement(concat, method === "udh16" ? 16 : 8), ...plan.elements]
      : plan.elements;
    const header = elements.length > 0 ? writeUdh(elements) : EMPTY;
    const octets = options.packed && plan.gsm ? pack(body, header, method) : body;
    parts.push(header.length > 0 ? concatenate([header, octets]) : octets);
    segments.push(tied && method === "sar" ? { ...segment, tlvs: sarTlvs(concat) } : segment);
    start = end;
  }
  const headed = inHeader || plan.elements.length > 0;
  return { esm_class: headed ? UDHI : 0, data_coding: plan.data_coding, parts, segments };
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
  if (given === undefined) return nextReference(REFERENCE_BITS[method]);
  return checkReference(typeof given === "number" ? given : given(), method);
}

function checkReference(reference: number, method: SplitMethod): number {
  const last = 2 ** REFERENCE_BITS[method] - 1;
  if (Number.isInteger(reference) && reference >= 0 && reference <= last) return reference;
  throw new SplitError(
    "reference_out_of_range",
    `the reference is ${reference}: method ${method} takes 0 to ${last}`,
  );
}

function slice(plan: Plan, start: number, end: number): { body: Uint8Array; segment: Segment } {
  const { content, codec, limit } = plan;
  const unitsOf = (body: Uint8Array) => Math.ceil(body.length / octetsPerUnit(codec.unit));
  if (typeof content !== "string") {
    const body = content.subarray(start, end);
    return { body, segment: { units: unitsOf(body), limit } };
  }
  const text = content.slice(start, end);
  const body = codec.encode(text);
  return { body, segment: { text, units: unitsOf(body), limit } };
}

function pack(body: Uint8Array, header: Uint8Array, method: SplitMethod): Uint8Array {
  const octets = pack7bit(body, packing(header));
  // A full part that ends in a carriage return has no room for the one that guards it.
  return method === "payload" ? octets : octets.subarray(0, USER_DATA_OCTETS - header.length);
}

function sarTlvs({ reference, total, sequence }: Concat): SarTlvs {
  return { sar_msg_ref_num: reference, sar_total_segments: total, sar_segment_seqnum: sequence };
}
