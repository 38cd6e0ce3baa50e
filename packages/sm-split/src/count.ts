/** How many segments a text takes, for the counter under a text box. */

import { checkSplitOptions } from "./error.ts";
import { type CountOptions, type Plan, planMessage, splitTypes } from "./plan.ts";
import { octetsPerUnit } from "./text-codec.ts";

/** What to show under a text box. */
export interface SegmentCount {
  /** The data_coding that the text would be sent with. */
  readonly data_coding: number;
  /** Number of short messages. */
  readonly segments: number;
  /** Length of the text: septets of GSM and ASCII, UTF-16 code units of UCS-2, else octets. */
  readonly units: number;
  /** Units that each of these segments can hold. */
  readonly perSegment: number;
  /** Units that are left in the last one. */
  readonly remaining: number;
}

/**
 * Counts the segments of a text by the rules of `splitShortMessage`, without building the parts
 * and without limit on their number.
 *
 * @throws {SplitError} `invalid_option`, `unencodable` when falling back is switched off.
 */
export function countSegments(
  text: string | Uint8Array,
  options: CountOptions & {
    /** 0 by default. */
    readonly dataCoding?: number | undefined;
  } = {},
): SegmentCount {
  // Those of splitShortMessage, too: who counts and then splits has one object for both.
  checkSplitOptions("countSegments", options, { ...splitTypes, dataCoding: "number" });
  const plan = planMessage(text, options.dataCoding ?? 0, options);
  return {
    data_coding: plan.data_coding,
    segments: plan.ends.length,
    units: plan.units,
    perSegment: plan.limit,
    remaining: plan.limit - unitsOfLast(plan),
  };
}

function unitsOfLast({ ends, content, codec, units }: Plan): number {
  const start = ends.at(-2);
  if (start === undefined) return units;
  if (typeof content === "string") return codec.measure(content.slice(start)) ?? 0;
  return Math.ceil((content.length - start) / octetsPerUnit(codec.unit));
}
