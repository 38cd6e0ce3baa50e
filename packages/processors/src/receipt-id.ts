/** The ids that an SMSC may have given a message whose receipt names it in another form. */

import { foldId, idKey, type ReceiptName } from "@esme/caches";
import * as z from "zod";
import { word } from "./config.ts";

/**
 * From the id in a receipt to that of submit_sm_resp: `hex_to_decimal` for a receipt that has in hex
 * what submit_sm_resp had in decimal.
 */
const idFormats = ["as_is", "hex_to_decimal", "decimal_to_hex", "strip_zeros", "auto"] as const;

const forms = ["decimal", "hex"] as const;

/**
 * The key `id_format`. A word looks for the id as it is first, then for its conversions. A mapping
 * says how both are written, `{ response: hex, receipt: decimal }`: only what has the same value is
 * then found, never another message whose id happens to have the same digits.
 */
export const idFormat = z.union(
  [word(idFormats), z.strictObject({ response: word(forms), receipt: word(forms) })],
  `one of ${idFormats.join(", ")} (from the receipt's id to that of submit_sm_resp), or response and receipt, each one of ${forms.join(", ")}`,
);

/** What {@link idFormat} reads. */
export type IdFormat = z.output<typeof idFormat>;

/**
 * Which stored ids the ids in one receipt may mean, the likeliest first. Ids with one key, the forms of
 * one number for instance, are one name, so that one look-up finds the message.
 */
export function receiptNames(ids: readonly (string | null)[], format: IdFormat): ReceiptName[] {
  const names = new Map<string, { exact: string[]; folded: string[] }>();
  for (const id of new Set(ids)) {
    if (id === null || id === "") continue;
    const key = idKey(id);
    const { exact, folded } = names.get(key) ?? { exact: [], folded: [] };
    const value = typeof format === "string" ? undefined : numbers[format.receipt](id);
    if (value === undefined) exact.push(id);
    folded.push(...foldedForms(id, value, format).filter((form) => !folded.includes(form)));
    names.set(key, { exact, folded });
  }
  return Array.from(names, ([key, forms]) => ({ key, ...forms }));
}

function foldedForms(id: string, value: bigint | undefined, format: IdFormat): string[] {
  if (typeof format === "string")
    return conversions[format](id).filter((form) => form !== undefined);
  return value === undefined ? [] : [value.toString(format.response === "hex" ? 16 : 10)];
}

/** As `foldId` writes them, the likeliest first. */
const conversions: Readonly<
  Record<(typeof idFormats)[number], (id: string) => (string | undefined)[]>
> = {
  as_is: () => [],
  hex_to_decimal: (id) => [hexToDecimal(id)],
  decimal_to_hex: (id) => [decimalToHex(id)],
  strip_zeros: (id) => [foldId(id)],
  auto: (id) => [foldId(id), decimalToHex(id), hexToDecimal(id)],
};

/** BigInt: ids have up to 64 digits. */
const numbers: Readonly<Record<(typeof forms)[number], (id: string) => bigint | undefined>> = {
  decimal: (id) => (/^\d{1,64}$/.test(id) ? BigInt(id) : undefined),
  hex: (id) => {
    const digits = /^(?:0x)?([0-9a-f]{1,64})$/i.exec(id)?.[1];
    return digits === undefined ? undefined : BigInt(`0x${digits}`);
  },
};

function hexToDecimal(id: string): string | undefined {
  return numbers.hex(id)?.toString(10);
}

function decimalToHex(id: string): string | undefined {
  return numbers.decimal(id)?.toString(16);
}

/** Widths to which SMSCs fill up ids with zeros. */
const widths = [8, 10, 16, 20];

/**
 * The ids to look for, one by one, in a cache that looks for ids as they are: in small and in capital
 * letters, without zeros and filled up to the usual widths.
 */
export function idCandidates({ exact, folded }: ReceiptName): string[] {
  const padded = folded.flatMap((form) => [
    form,
    ...widths.map((width) => form.padStart(width, "0")),
  ]);
  const both = padded.flatMap((form) => [form, form.toUpperCase()]);
  return [...new Set([...exact, ...both])];
}
