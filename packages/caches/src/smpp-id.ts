/** The forms in which SMSCs write one message id: in another case, without zeros, in another base. */

import { hash } from "node:crypto";
import type { ReceiptName } from "./smpp-cache.ts";

/** Longer digits are no number: hexadecimal ids of 64 digits have 77 as decimals. */
const numeral = /^\d{2,80}$/;

/** The most ids with one key, and the most receipts waiting under one key. Only an attack reaches it. */
export const mostAlike = 100;

/**
 * How long a receipt is kept beyond its time, in milliseconds, at least: whoever keeps it recalls it
 * when its time is over, unless the process has ended.
 */
export const recallTime = 60_000;

/** The id in small letters, without `0x` before hexadecimal digits, and without leading zeros. */
export function foldId(id: string): string {
  const small = id.toLowerCase();
  const digits = /^0x[0-9a-f]+$/.test(small) ? small.slice(2) : small;
  return digits.replace(/^0+(?=.)/s, "");
}

/**
 * What all forms of an id have in common, so that they are stored in one place and found by one
 * look-up: the folded id, and of a decimal number its hexadecimal digits, again while those are
 * decimal too. Few other ids have the same key: 436949 has that of 6aad5 and of 0006AAD5.
 */
export function idKey(id: string): string {
  let key = foldId(id);
  while (numeral.test(key)) {
    key = key.length < 16 ? Number(key).toString(16) : BigInt(key).toString(16);
  }
  return key;
}

/**
 * The id that a receipt means, of those with its key. Of two that differ only by case or leading
 * zeros neither is meant, unless the receipt has it letter for letter.
 */
export function meantId<Id extends { readonly smppId: string }>(
  ids: readonly Id[],
  { exact, folded }: ReceiptName,
): Id | undefined {
  for (const form of exact) {
    const same = ids.find(({ smppId }) => smppId === form);
    if (same !== undefined) return same;
  }
  for (const form of folded) {
    const [first, ...others] = ids.filter(({ smppId }) => foldId(smppId) === form);
    if (first !== undefined) return others.length === 0 ? first : undefined;
  }
  return undefined;
}

/** Whether a receipt with that name may mean the id. */
export function mayMean({ exact, folded }: ReceiptName, smppId: string): boolean {
  return exact.includes(smppId) || folded.includes(foldId(smppId));
}

/** What a kept receipt is known by: the same receipt, delivered once more, has the same. */
export function receiptToken({ exact, folded }: ReceiptName, receipt: string): string {
  return hash("sha1", JSON.stringify([exact, folded, receipt]), "base64");
}
