/** The ids that an SMSC may have given a message whose receipt names it in another form. */

import * as z from "zod";
import { word } from "./config.ts";

/** How receipts write the ids of submit_sm_resp, when only the difference is known. */
const idFormats = ["as_is", "hex_to_decimal", "decimal_to_hex", "strip_zeros", "auto"] as const;

const forms = ["decimal", "hex"] as const;

/**
 * The key `id_format`. A word looks for the id as it is first, then for its conversions. A mapping
 * says how both are written, `{ response: hex, receipt: decimal }`: only what has the same value is
 * then found, never another message whose id happens to have the same digits.
 */
export const idFormat = z.union(
  [word(idFormats), z.strictObject({ response: word(forms), receipt: word(forms) })],
  `one of ${idFormats.join(", ")}, or response and receipt, each one of ${forms.join(", ")}`,
);

/** What {@link idFormat} reads. */
export type IdFormat = z.output<typeof idFormat>;

/** Widths to which SMSCs fill up ids with zeros. */
const widths = [8, 10, 16, 20];

/**
 * The ids to look for, the likeliest first, in small and in capital letters, with and without
 * leading zeros. An id that is no number is looked for as it is.
 */
export function idCandidates(id: string, format: IdFormat): string[] {
  if (typeof format === "string") return [...new Set([id, ...conversions[format](id)])];
  const value = numbers[format.receipt](id);
  if (value === undefined) return [id];
  const digits = value.toString(format.response === "hex" ? 16 : 10);
  return [...new Set(padded(digits).flatMap(bothCases))];
}

const conversions: Readonly<Record<(typeof idFormats)[number], (id: string) => string[]>> = {
  as_is: () => [],
  hex_to_decimal: (id) => padded(hexToDecimal(id)),
  decimal_to_hex: (id) => padded(decimalToHex(id)).flatMap(bothCases),
  strip_zeros: (id) => padded(id),
  auto: (id) => [
    ...bothCases(id),
    ...padded(id).flatMap(bothCases),
    ...padded(decimalToHex(id)).flatMap(bothCases),
    ...padded(hexToDecimal(id)),
  ],
};

/** BigInt: ids have up to 64 digits. */
const numbers: Readonly<Record<(typeof forms)[number], (id: string) => bigint | undefined>> = {
  decimal: (id) => (/^\d{1,64}$/.test(id) ? BigInt(id) : undefined),
  hex: (id) => {
    const digits = /^(?:0x)?([0-9a-f]{1,64})$/i.exec(id)?.[1];
    return digits === undefined ? undefined : BigInt(`0x${digits}`);
  },
};

/** Without leading zeros, then filled up to the usual widths. */
function padded(id: string | undefined): string[] {
  if (id === undefined) return [];
  const bare = id.replace(/^0+(?=.)/, "");
  return [bare, ...widths.map((width) => bare.padStart(width, "0"))];
}

function bothCases(id: string): string[] {
  return [id.toLowerCase(), id.toUpperCase()];
}

function hexToDecimal(id: string): string | undefined {
  return numbers.hex(id)?.toString(10);
}

function decimalToHex(id: string): string | undefined {
  return numbers.decimal(id)?.toString(16);
}
