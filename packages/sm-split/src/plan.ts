/** Everything that is decided before parts are made: charset, tables, limits and cuts. */

import { nationalTables } from "@esme/gsm-codec";
import type { OptionTable } from "@esme/settings";
import { codecOf, isGsm } from "./charset.ts";
import { cutText } from "./cut.ts";
import { charsetOf } from "./data-coding.ts";
import { invalidOption } from "./error.ts";
import { codeText, encodeTypes, type ShortMessageEncodeOptions } from "./short-message.ts";
import { octetsPerUnit, type TextCodec, type Unit } from "./text-codec.ts";
import { Iei, type National, nationalElements, type UdhElement, udhLength } from "./udh.ts";

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
export interface CountOptions extends ShortMessageEncodeOptions {
  /** `udh` by default. */
  readonly method?: SplitMethod | undefined;
  /**
   * National language tables for GSM text: `auto` takes them when that saves parts; identifiers
   * take exactly these, and other text falls back to UCS-2; octets are taken to be encoded with
   * them. None by default. Their header elements stand in every part.
   */
  readonly national?: "auto" | National | undefined;
  /** Never cut inside a grapheme cluster (a family of emoji, a letter with accents): true by default. */
  readonly keepGraphemes?: boolean | undefined;
  /** More header elements for every part, for example ports; not those that tie parts together. */
  readonly elements?: readonly UdhElement[] | undefined;
  /** At most so many units in any part, for a network that takes fewer than 140 octets. */
  readonly limit?: number | undefined;
  /** The same by unit, and apart for the only part and for one of several. */
  readonly limits?: { readonly [U in Unit]?: Partial<PartLimits> | undefined } | undefined;
}

/** The types of {@link CountOptions}. */
const countTypes = {
  ...encodeTypes,
  method: "string",
  national: ["string", "object"],
  keepGraphemes: "boolean",
  elements: ["array", "object"],
  limit: "number",
  limits: "object",
} as const satisfies OptionTable<CountOptions>;

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
  /**
   * GSM text as packed septets, aligned behind the header by fill bits, for an SMSC that wants
   * short_message so: false by default. Seven spare bits at the end hold a carriage return, so
   * that they do not read as "@"; a reader takes one at the end of a full part for such bits.
   */
  readonly packed?: boolean | undefined;
}

/** The types of {@link SplitOptions}. */
export const splitTypes = {
  ...countTypes,
  reference: ["number", "function"],
  maxParts: "number",
  packed: "boolean",
} as const satisfies OptionTable<SplitOptions>;

/** Units that fit into the only part of a message, and into one of several. */
export interface PartLimits {
  readonly single: number;
  readonly part: number;
}

/** A text or octets with all decisions made: charset, tables, limits and cuts. */
export interface Plan {
  readonly data_coding: number;
  readonly codec: TextCodec;
  /** Whether the content is GSM 03.38, with whatever tables. */
  readonly gsm: boolean;
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

/** Octets of user data in one short message (3GPP TS 23.040 section 9.2.3.24). */
export const USER_DATA_OCTETS = 140;
/** Octets of a TLV value (SMPP 3.4 section 3.2.4.1). */
const PAYLOAD_OCTETS = 65_535;
/**
 * Octets of the element that ties parts together. The SMSC makes the one of `sar` parts; that of
 * `single` tells how many parts a text would take.
 */
const CONCAT_OCTETS = { udh: 5, udh16: 6, sar: 5, payload: 0, single: 5 } as const;

/** Decides on charset and tables, and where to cut. The names of the options were checked. */
export function planMessage(
  text: string | Uint8Array,
  dataCoding: number,
  options: CountOptions,
): Plan {
  checkOptions(dataCoding, options);
  if (typeof text !== "string") return planOctets(text, dataCoding, options);
  const { national } = options;
  const gsm = isGsm(charsetOf(dataCoding, options.overrides));
  if (!gsm || national === undefined) return planText(text, dataCoding, options, undefined);
  if (national !== "auto") return planText(text, dataCoding, options, national);
  return planNational(text, dataCoding, options);
}

function checkOptions(
  dataCoding: number,
  { method = "udh", limit = 1, limits, elements = [] }: CountOptions,
): void {
  if (!Number.isInteger(dataCoding) || dataCoding < 0 || dataCoding > 255) {
    throw invalidOption(`data_coding: expected 0 to 255, got ${dataCoding}`);
  }
  if (!Object.hasOwn(CONCAT_OCTETS, method)) {
    throw invalidOption(
      `method: expected ${Object.keys(CONCAT_OCTETS).join(", ")}, got ${method.slice(0, 60)}`,
    );
  }
  checkLimit("limit", limit);
  if (limits !== undefined) checkLimits(limits);
  if (!Array.isArray(elements) || !elements.every(isElement)) {
    throw invalidOption("elements: expected a list of objects with iei and data, a Uint8Array");
  }
  if (elements.some(({ iei }) => iei === Iei.CONCAT_8 || iei === Iei.CONCAT_16)) {
    throw invalidOption("elements has a concatenation element: leave it out");
  }
}

/** Programs in JavaScript have no types. */
function isElement(element: Partial<UdhElement> | undefined): boolean {
  return element?.data instanceof Uint8Array;
}

function checkLimits(limits: Exclude<CountOptions["limits"], undefined>): void {
  for (const [unit, of = {}] of Object.entries(limits)) {
    if (typeof of !== "object" || of === null) {
      throw invalidOption(`limits.${unit}: expected an object with single or part`);
    }
    const { single = 1, part = 1 } = of;
    checkLimit(`limits.${unit}.single`, single);
    checkLimit(`limits.${unit}.part`, part);
  }
}

function checkLimit(name: string, limit: number): void {
  if (Number.isInteger(limit) && limit >= 1) return;
  throw invalidOption(`${name}: expected 1 or more, got ${limit}`);
}

/** The plan with the fewest parts among those with national tables, if that is fewer. */
function planNational(text: string, dataCoding: number, options: CountOptions): Plan {
  let best = planText(text, dataCoding, options, undefined);
  if (best.ends.length === 1) return best;
  for (const { locking, singleShift, septets } of nationalTables(text)) {
    if (best.ends.length === 1) break;
    const tables = { locking, singleShift };
    const elements = [...(options.elements ?? []), ...nationalElements(tables)];
    const { single, part } = limits("septet", elements, options);
    // Without a septet lost at a cut: if that is no better, nothing is.
    const fewest = septets <= single ? 1 : Math.ceil(septets / part);
    if (fewest >= best.ends.length) continue;
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
  const gsm = isGsm(coded.charset);
  const elements = [
    ...(options.elements ?? []),
    ...(national !== undefined && gsm && !coded.fellBack ? nationalElements(national) : []),
  ];
  const { single, part } = limits(coded.codec.unit, elements, options);
  const { codec, units } = coded;
  const whole = units <= single;
  return {
    data_coding: coded.data_coding,
    codec,
    gsm,
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
  const charset = charsetOf(dataCoding, options.overrides);
  const codec = codecOf(charset);
  const gsm = isGsm(charset);
  const { national = "auto" } = options;
  const elements = [
    ...(options.elements ?? []),
    ...(gsm && national !== "auto" ? nationalElements(national) : []),
  ];
  const { single, part } = limits(codec.unit, elements, options);
  const size = octetsPerUnit(codec.unit);
  const whole = octets.length <= single * size;
  return {
    data_coding: dataCoding,
    codec,
    gsm,
    content: octets,
    elements,
    units: Math.ceil(octets.length / size),
    limit: whole ? single : part,
    ends: whole ? [octets.length] : codec.cutOctets(octets, part * size),
  };
}

const noLimits: Partial<PartLimits> = {};

/** What fits, of that what the options allow. */
function limits(
  unit: Unit,
  elements: readonly UdhElement[],
  { method = "udh", limit = Number.POSITIVE_INFINITY, limits }: CountOptions,
): PartLimits {
  const own = udhLength(elements);
  const header = own > 0 ? 1 + own : 0;
  const { single = limit, part = limit } = limits?.[unit] ?? noLimits;
  if (method === "payload") {
    const units = Math.min(limit, unitsIn(PAYLOAD_OCTETS - header, unit));
    return { single: units, part: units };
  }
  const alone = Math.min(limit, single, unitsOnAir(header, unit));
  const tied = Math.min(part, unitsOnAir(1 + own + CONCAT_OCTETS[method], unit));
  // One of several never holds more than the only one.
  return { single: alone, part: Math.min(alone, tied) };
}

/** Units that fit beside a header of so many octets into one short message. */
function unitsOnAir(headerOctets: number, unit: Unit): number {
  const octets = Math.max(0, USER_DATA_OCTETS - headerOctets);
  // On the radio path septets are packed; fill bits align them behind the header.
  return unit === "septet" ? Math.floor((8 * octets) / 7) : unitsIn(octets, unit);
}

/** Units that fit into so many octets of an SMPP field, septets one to an octet. */
function unitsIn(octets: number, unit: Unit): number {
  return Math.floor(octets / octetsPerUnit(unit));
}
