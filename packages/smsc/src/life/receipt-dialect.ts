/** How the simulator's receipts look: a dialect, and when they come. */
import { type IdForm, type ReceiptDialect, receiptDialectOptions } from "@esme/receipts";
import type { OptionRow } from "@esme/settings";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import { duration } from "../input/input.ts";
import { keysInFiles, schemaOf } from "../input/keys.ts";
import { time } from "../input/option-row.ts";

/** The dialect of receipts and ids, and when receipts come. */
export type SmscReceipts = ReceiptDialect & {
  /**
   * Sends the receipt this many milliseconds before the response to its submission, whatever
   * `receiptDelay` says. Default: behind it.
   */
  readonly early?: number;
};

/** What one key may be, for `checkOptions`. */
type KeyRow = OptionRow<unknown> & { readonly names?: readonly string[] };

/** What the keys may be. */
export const dialectOptions: { readonly [Key in keyof SmscReceipts]-?: KeyRow } = {
  ...receiptDialectOptions,
  early: time(0),
};

/** Files may write the form of an id alone: `response_id: hex`. */
const idForm: z.ZodType<IdForm> = z.unknown().transform((given, context) => {
  const { read, expected } = receiptDialectOptions.responseId;
  const form = read(typeof given === "string" ? { form: given } : given);
  if (form !== undefined) return form;
  context.addIssue(`decimal, hex, upper_hex, or ${expected}`);
  return z.NEVER;
});

const { shape, inPrograms } = keysInFiles(
  Object.fromEntries(
    Object.entries({
      ...Object.fromEntries(
        Object.entries(dialectOptions).map(([key, row]) => [key, schemaOf<unknown>(row)]),
      ),
      responseId: idForm,
      receiptId: idForm,
      early: duration,
    }).map(([key, schema]) => [key, schema.exactOptional()]),
  ),
);

/** The same in a file. */
export const receiptsInFiles: z.ZodType<SmscReceipts> = mapping(shape).transform(
  (given): SmscReceipts => inPrograms(given), // each value was read by the row of its key
);
