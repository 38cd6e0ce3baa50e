/** The forms of one message id: a receipt may have it in another than submit_sm_resp had. */

const forms = ["decimal", "hex"] as const;

/** From the id in a receipt to the id in submit_sm_resp, by a word. */
export const receiptIdConversions = [
  "as_is",
  "hex_to_decimal",
  "decimal_to_hex",
  "strip_zeros",
  "auto",
] as const;

/**
 * How the id in a receipt becomes the id that submit_sm_resp had.
 *
 * A word tries the id as it is first, then its conversions: `hex_to_decimal` for a receipt that has in
 * hex what submit_sm_resp had in decimal, `decimal_to_hex` for the reverse, `strip_zeros` where one of
 * the two has leading zeros, `auto` for all of them.
 *
 * `{ response, receipt }` says how both are written: only what has the same value is then meant, never
 * another message whose id happens to have the same digits.
 */
export type ReceiptIdFormat =
  | (typeof receiptIdConversions)[number]
  | { readonly response: (typeof forms)[number]; readonly receipt: (typeof forms)[number] };

/** What the id in a receipt may mean. */
export interface MeantIds {
  /** The id letter for letter; undefined where the format says that it must be converted. */
  readonly exact: string | undefined;
  /**
   * Ids that are meant in any case, with or without `0x`, and with any number of leading zeros, the
   * likeliest first: in small letters, without `0x` and zeros.
   */
  readonly loose: readonly string[];
}

/** What the id in a receipt may mean. An id that is no number in the form that was given is exact. */
export function meantIds(id: string, format: ReceiptIdFormat = "auto"): MeantIds {
  if (typeof format === "string") {
    const found = conversions[format](id).filter((form) => form !== undefined);
    return { exact: id, loose: [...new Set(found)] };
  }
  const value = numbers[format.receipt](id);
  if (value === undefined) return { exact: id, loose: [] };
  return { exact: undefined, loose: [value.toString(format.response === "hex" ? 16 : 10)] };
}

const conversions: Readonly<
  Record<(typeof receiptIdConversions)[number], (id: string) => (string | undefined)[]>
> = {
  as_is: () => [],
  hex_to_decimal: (id) => [hexToDecimal(id)],
  decimal_to_hex: (id) => [decimalToHex(id)],
  strip_zeros: (id) => [plain(id)],
  auto: (id) => [plain(id), decimalToHex(id), hexToDecimal(id)],
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

/** In small letters, without `0x` before hexadecimal digits, without leading zeros. */
function plain(id: string): string {
  const small = id.toLowerCase();
  const digits = /^0x[0-9a-f]+$/.test(small) ? small.slice(2) : small;
  return digits.replace(/^0+(?=.)/s, "");
}

/** Widths to which SMSCs fill up ids with zeros. */
const widths = [8, 10, 16, 20];

/**
 * The ids to look for, one by one, where ids are found letter for letter, the likeliest first: the id
 * as it is, then its other forms in small and in capital letters, without zeros and filled up to the
 * usual widths. No id is there twice; an empty id has no forms.
 */
export function receiptIdForms(id: string, format: ReceiptIdFormat = "auto"): string[] {
  if (id === "") return [];
  const { exact, loose } = meantIds(id, format);
  return spelledIds({ exact: exact === undefined ? [] : [exact], loose });
}

/** The same for ids that were collected from several: {@link receiptIdForms} of them all. */
export function spelledIds(ids: {
  readonly exact: readonly string[];
  readonly loose: readonly string[];
}): string[] {
  const padded = ids.loose.flatMap((form) => [
    form,
    ...widths.map((width) => form.padStart(width, "0")),
  ]);
  return [...new Set([...ids.exact, ...padded.flatMap((form) => [form, form.toUpperCase()])])];
}

/** How an SMSC writes its message ids; `digits` fills up with zeros. */
export interface IdForm {
  readonly form: "decimal" | "hex" | "upper_hex";
  readonly digits?: number;
}

/** A decimal id in another form. An id that is no decimal number, and without a form, stays as it is. */
export function formatReceiptId(id: string, form: IdForm | undefined): string {
  if (form === undefined || !/^\d+$/.test(id)) return id;
  const number = BigInt(id);
  const written = form.form === "decimal" ? number.toString() : number.toString(16);
  const cased = form.form === "upper_hex" ? written.toUpperCase() : written;
  return cased.padStart(form.digits ?? 0, "0");
}
