/** Which stored ids a receipt may mean, by the key `id_format`. */

import { foldId, idKey, type ReceiptName } from "@esme/caches";
import { meantIds, type ReceiptIdFormat, receiptIdConversions } from "@esme/receipts";
import { mapping, word } from "@esme/settings/schema";
import * as z from "zod";

const forms = word(["decimal", "hex"]);

/**
 * The key `id_format`. A word looks for the id as it is first, then for its conversions. A mapping
 * says how both are written, `{ response: hex, receipt: decimal }`: only what has the same value is
 * then found, never another message whose id happens to have the same digits.
 */
export const idFormat: z.ZodType<ReceiptIdFormat> = z.union(
  [word(receiptIdConversions), mapping({ response: forms, receipt: forms })],
  `one of ${receiptIdConversions.join(", ")} (from the receipt's id to that of submit_sm_resp), or response and receipt, each one of decimal, hex`,
);

/**
 * Which stored ids the ids in one receipt may mean, the likeliest first. Ids with one key, the forms of
 * one number for instance, are one name, so that one look-up finds the message.
 */
export function receiptNames(
  ids: readonly (string | null)[],
  format: ReceiptIdFormat,
): ReceiptName[] {
  const names = new Map<string, { exact: string[]; folded: string[] }>();
  for (const id of new Set(ids)) {
    if (id === null || id === "") continue;
    const key = idKey(id);
    const { exact, folded } = names.get(key) ?? { exact: [], folded: [] };
    const meant = meantIds(id, format);
    if (meant.exact !== undefined) exact.push(meant.exact);
    folded.push(...meant.loose.map(foldId).filter((form) => !folded.includes(form)));
    names.set(key, { exact, folded });
  }
  return Array.from(names, ([key, forms]) => ({ key, ...forms }));
}
