// Explains every PDU in a file, a dump, a log or a capture, in order.

import { decode, dissect, isPduError } from "@esme/pdu";
import { explanationText } from "./explain.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { type Explanation, explanationFrom, noHeader } from "./explanation.ts";
import { findPdus } from "./find-pdus.ts";
import type { FoundPdu } from "./input/found-pdu.ts";
import { type JoinedMessage, joinedWords, PartCollector } from "./joined.ts";

/** A PDU of an input in words, or remarks alone (then there are no fields). */
export interface ExplainedPdu extends Explanation {
  /** Which way it went: `127.0.0.1:50000 to 127.0.0.1:2775`, `sent`, `received`; empty when nobody knows. */
  readonly direction: string;
  /** When it was whole: ISO 8601 from a capture, or as a log has it. */
  readonly time?: string | undefined;
  /** Whether `decode` of `@esme/pdu` reads it; false for remarks alone. */
  readonly isSound: boolean;
  /** The long message that it completes. */
  readonly joined?: JoinedMessage | undefined;
}

/**
 * Every PDU in `input`, in order. `input` is the octets or the text of whatever people have: see the
 * README for the forms. Throws `InputError` for input that has none of them.
 */
export function* explanationsOf(
  input: Uint8Array | string,
  options: ExplainOptions = {},
): Generator<ExplainedPdu, void> {
  const found = findPdus(input);
  const collector = new PartCollector(options);
  for (const pdu of found) yield explained(pdu, collector, options);
  const missing = found.length > 1 ? collector.missing() : [];
  if (missing.length > 0) yield { ...remarksOnly(missing), direction: "", isSound: true };
}

function remarksOnly(remarks: readonly string[]): Explanation {
  return { title: "", fields: [], remarks };
}

function explained(
  { octets, direction, time, remarks }: FoundPdu,
  collector: PartCollector,
  options: ExplainOptions,
): ExplainedPdu {
  const place = { direction, ...(time !== undefined && { time }) };
  if (octets.length === 0) return { ...remarksOnly(remarks), ...place, isSound: false };
  if (octets.length < 16) return { ...noHeader(octets, remarks), ...place, isSound: false };
  const found = dissect(octets, options.tlvs && { tlvs: options.tlvs });
  const { remarks: own, ...explanation } = explanationFrom(octets, found, options);
  const joined = collector.add(direction, found);
  return {
    ...explanation,
    remarks: [...remarks, ...own],
    ...place,
    isSound: isSound(octets),
    ...(joined && { joined }),
  };
}

function isSound(octets: Uint8Array): boolean {
  try {
    decode(octets);
    return true;
  } catch (error) {
    if (isPduError(error)) return false;
    throw error;
  }
}

/** One {@link ExplainedPdu} after the other as text; `after` is the one before. */
export function explainedText(pdu: ExplainedPdu, after?: ExplainedPdu): string {
  const { direction, time, joined } = pdu;
  const isNew = direction !== "" && direction !== after?.direction;
  const where = [time, direction].filter((word) => word !== undefined && word !== "").join(" ");
  const head = isNew || time !== undefined ? `# ${where}\n\n` : "";
  const more = joined === undefined ? "" : `= ${joinedWords(joined)}\n`;
  return `${after === undefined ? "" : "\n"}${head}${explanationText(pdu)}${more}`;
}

/** What {@link explanationsOf} finds, as text for a terminal. */
export function explainInput(input: Uint8Array | string, options: ExplainOptions = {}): string {
  let text = "";
  let last: ExplainedPdu | undefined;
  for (const pdu of explanationsOf(input, options)) {
    text += explainedText(pdu, last);
    last = pdu;
  }
  return text;
}
