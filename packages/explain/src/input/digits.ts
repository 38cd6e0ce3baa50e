// Hexadecimal digits with any separators as octets.

import { InputError } from "./input-error.ts";

/** What stands between digits in the forms that people paste. */
const separators = /[\s:,;._|%-]+/;

/** Whether a text is nothing but digits, separators and `0x`. */
export function isDigits(text: string): boolean {
  return /^(?:0x)?[0-9a-f\s:,;._|%-]*$/i.test(text) && /[0-9a-f]/i.test(text);
}

/**
 * The octets of digits. Single digits between separators (`0:0:0:10`) are octets of their own.
 * Throws {@link InputError} `odd_digits`.
 */
export function octetsOfDigits(text: string): Uint8Array {
  const groups = text
    .trim()
    .replace(/^0x/i, "")
    .split(separators)
    .filter((group) => group !== "");
  const areOctets = groups.length > 1 && groups.every(({ length }) => length <= 2);
  const digits = groups.map((group) => (areOctets ? group.padStart(2, "0") : group)).join("");
  if (digits.length % 2 === 1) {
    throw new InputError(
      "odd_digits",
      `there is an odd number of digits (${digits.length}): an octet has two`,
    );
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
