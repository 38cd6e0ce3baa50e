/** The ids that an SMSC may have given a message whose receipt names it in another form. */

/** How receipts write the ids of submit_sm_resp. */
export const idFormats = [
  "as_is",
  "hex_to_decimal",
  "decimal_to_hex",
  "strip_zeros",
  "auto",
] as const;

/** One of {@link idFormats}. */
export type IdFormat = (typeof idFormats)[number];

/** Widths to which SMSCs fill up ids with zeros. */
const widths = [8, 10, 16, 20];

/**
 * The ids to look for, the likeliest first: always the receipt's own, then its conversions, in
 * small and in capital letters, with and without leading zeros.
 */
export function idCandidates(id: string, format: IdFormat): string[] {
  return [...new Set([id, ...conversions[format](id)])];
}

const conversions: Readonly<Record<IdFormat, (id: string) => string[]>> = {
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

/** Without leading zeros, then filled up to the usual widths. */
function padded(id: string | undefined): string[] {
  if (id === undefined) return [];
  const bare = id.replace(/^0+(?=.)/, "");
  return [bare, ...widths.map((width) => bare.padStart(width, "0"))];
}

function bothCases(id: string): string[] {
  return [id.toLowerCase(), id.toUpperCase()];
}

/** BigInt: ids have up to 64 digits. */
function hexToDecimal(id: string): string | undefined {
  const digits = /^(?:0x)?([0-9a-f]{1,64})$/i.exec(id)?.[1];
  return digits === undefined ? undefined : BigInt(`0x${digits}`).toString(10);
}

function decimalToHex(id: string): string | undefined {
  return /^\d{1,64}$/.test(id) ? BigInt(id).toString(16) : undefined;
}
