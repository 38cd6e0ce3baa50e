/** What a ledger takes: everything that it stores has a largest size. */

import { typeName } from "@esme/settings";

/** The most characters of an id. SMPP has room for 64 (SMPP 3.4 section 4.4.2). */
const longest = 255;

/** The most characters of an outcome. */
const largest = 65_535;

/** Throws a RangeError or a TypeError that names the field. */
export function checkMessageId(messageId: string): string {
  return checkText("messageId", messageId, longest);
}

/** Throws a RangeError or a TypeError that names the field. */
export function checkSmppId(smppId: string): string {
  return checkText("smppId", smppId, longest);
}

/** Throws a RangeError or a TypeError that names the field. */
export function checkOutcome(outcome: string): string {
  return checkText("outcome", outcome, largest);
}

/** Throws a RangeError. */
export function checkPart(part: number): number {
  if (Number.isInteger(part) && part >= 1 && part <= 255) return part;
  throw new RangeError(`part: expected an integer from 1 to 255, got ${String(part)}`);
}

function checkText(field: string, text: string, most: number): string {
  if (typeof text !== "string") {
    throw new TypeError(`${field}: expected a string, got ${typeName(text)}`);
  }
  if (text.length <= most) return text;
  throw new RangeError(`${field}: expected at most ${most} characters, got ${text.length}`);
}
