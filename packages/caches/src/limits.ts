/** What a cache takes: everything that it stores has a largest size. */

import { types } from "node:util";
import { typeName } from "@esme/settings";
import type { MessagePart, PartInfo, ReceiptName } from "./smpp-cache.ts";

/** The most characters of an address or an id. SMPP has room for 20 and 64 (SMPP 3.4 section 5.2). */
const longest = 255;

/** The most octets of a part, and characters of a receipt: message_payload has 65,535 at most. */
const largest = 65_535;

/**
 * The part, when it fits. Throws a RangeError or TypeError that names the field: a part from outside
 * must be checked before, since a set that cannot become complete would only take space.
 */
export function checkPart(part: MessagePart): MessagePart {
  checkText("source", part.source);
  checkText("destination", part.destination);
  checkRange("reference", part.reference, 0, 0xffff);
  checkRange("total", part.total, 1, 255);
  checkRange("sequence", part.sequence, 1, part.total);
  if (part.dataCoding !== undefined) checkRange("dataCoding", part.dataCoding, 0, 255);
  if (!types.isUint8Array(part.octets))
    throw new TypeError(`octets: expected a Uint8Array, got ${typeName(part.octets)}`);
  checkLength("octets", part.octets, largest, "octets");
  return part;
}

/**
 * Checks what is stored of a message that was sent. Throws a RangeError or TypeError that names the
 * field: what is too long is refused, never cut.
 */
export function checkMessageId(smppId: string, messageId: string, info?: PartInfo): void {
  checkText("smppId", smppId);
  checkText("messageId", messageId);
  if (info === undefined) return;
  checkRange("info.total", info.total, 1, 255);
  checkRange("info.part", info.part, 1, info.total);
}

/** The name without the ids that are too long to be known; undefined when no id of it can be. */
export function knowable({ key, exact, folded }: ReceiptName): ReceiptName | undefined {
  const name = { key, exact: exact.filter(isKnowable), folded: folded.filter(isKnowable) };
  const isNone = name.exact.length + name.folded.length === 0;
  return isNone || !isKnowable(key) ? undefined : name;
}

/** Whether an id can have been stored: a longer one need not be looked for. */
export function isKnowable(id: string): boolean {
  return id.length <= longest;
}

/** Whether the text of a receipt may wait. */
export function isKeepable(receipt: string): boolean {
  return receipt.length <= largest;
}

function checkText(field: string, text: string): void {
  if (typeof text !== "string")
    throw new TypeError(`${field}: expected a string, got ${typeName(text)}`);
  checkLength(field, text, longest, "characters");
}

function checkLength(field: string, { length }: { length: number }, most: number, unit: string) {
  if (length <= most) return;
  throw new RangeError(`${field}: expected at most ${most} ${unit}, got ${length}`);
}

function checkRange(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `${field}: expected an integer from ${least} to ${most}, got ${String(value)}`,
  );
}
