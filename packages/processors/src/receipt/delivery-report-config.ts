/** The configuration of a delivery report processor: how the receipts of one SMSC are read. */

import {
  isTimeZone,
  type ReceiptIdFormat,
  receiptDateLayouts,
  receiptIdConversions,
} from "@esme/receipts";
import { flag, mapping, mappingOf, seconds, word } from "@esme/settings/schema";
import * as z from "zod";
import { errTable } from "./receipt-error.ts";

const statuses = z.record(
  z.string(),
  z.enum(["pending", "delivered", "failed"], "pending, delivered or failed"),
  "states and what each means",
);

const zoneExpected = "UTC, +hh:mm or -hh:mm, or a name such as Europe/Oslo";

const forms = word(["decimal", "hex"]);

/**
 * A word looks for the id as it is first, then for its conversions. A mapping
 * says how both are written, `{ response: hex, receipt: decimal }`: only what has the same value is
 * then found, never another message whose id happens to have the same digits.
 */
const idFormat: z.ZodType<ReceiptIdFormat> = z.union(
  [word(receiptIdConversions), mapping({ response: forms, receipt: forms })],
  `one of ${receiptIdConversions.join(", ")} (from the receipt's id to that of submit_sm_resp), or response and receipt, each one of decimal, hex`,
);

/** The keys of `dr_processor_config`. */
export const deliveryReportConfig = mapping({
  status_mapping: statuses
    .optional()
    .describe(
      "States, in any case, and what each means (`pending`, `delivered`, `failed`), instead of the whole default table; a state that is not in it is pending. Default: all states, both spellings",
    ),
  status_additions: statuses
    .default({})
    .describe("States beside that table, or with another meaning than there"),
  regex: z
    .string("a regular expression")
    .max(10_000, "a regular expression of at most 10000 characters")
    .optional()
    .describe(
      "An expression in Python's or JavaScript's syntax that reads the body instead of the scanner for labels, with the groups `id` and `stat`, and others named as the fields of a `Receipt`. It is tried at the beginning of the text alone, as in vumi2: write `.*` in front where receipts have a prefix. The first 4,096 characters of a text are searched, in linear time ([re2js](https://www.npmjs.com/package/re2js)), so that no expression can hold up the worker. One with a look-ahead, a back-reference or more than 1,000 repetitions needs backtracking: it gets 1,000 characters and 250 ms for each text, and `deps.logger` gets a warning. Default: the scanner",
    ),
  sources: mappingOf({
    tlvs: flag.default(true).describe("The TLVs receipted_message_id and message_state together"),
    esm_class: flag
      .default(true)
      .describe(
        "The message type in esm_class: receipt (0x04) or intermediate notification (0x20)",
      ),
    body: flag.default(true).describe("A text that reads as a receipt"),
  })
    .prefault({})
    .describe("What makes a PDU a receipt"),
  id_format: idFormat
    .default("as_is")
    .describe(
      "From the id in a receipt to that of submit_sm_resp: `hex_to_decimal` (hex in the receipt, decimal in submit_sm_resp), `decimal_to_hex` (decimal in the receipt, hex in submit_sm_resp), `strip_zeros` (one of them has leading zeros), `auto` (all of these, in any case). The id as it is comes first, and of two messages whose ids differ only by case or leading zeros neither is taken. `{ response: hex, receipt: decimal }` says both forms, and nothing else is searched for",
    ),
  multipart_reports: word(["per_part", "aggregate"])
    .default("per_part")
    .describe(
      "`per_part`: an event for each receipt; `aggregate`: one when all parts of a message have a final state, failed when one failed",
    ),
  early_receipts: seconds
    .default(60)
    .describe(
      "Seconds for which a receipt with an unknown id waits for it in the cache, since it may be here before the submit_sm_resp, or before another process stored the id: a process may be frozen for a while. The SMSC gets its answer at once. 0 where many receipts are for messages of others",
    ),
  receipt_details: flag
    .default(false)
    .describe(
      "Adds `smpp_err`, `smpp_submit_date`, `smpp_done_date`, `smpp_network_error_code`, `smpp_part`, `smpp_parts` to `transport_metadata`",
    ),
  receipt_text: flag
    .default(false)
    .describe("Adds `smpp_text`, what the receipt quotes of the message"),
  receipt_dates: mappingOf({
    layout: word(receiptDateLayouts).optional().describe("Default: the only one that fits"),
    time_zone: z
      .string(zoneExpected)
      .refine(isTimeZone, zoneExpected)
      .optional()
      .describe("`UTC`, `+02:00`, `Europe/Oslo`: dates then come in UTC, with a Z. Default: none"),
  })
    .default({})
    .describe("How dates in receipts are written"),
  err_table: errTable
    .optional()
    .describe(
      "What error codes mean; adds `smpp_err_meaning` and, where the table says it, `smpp_err_permanence` to `transport_metadata`. Default: no table",
    ),
});

/** Configuration as a person writes it. */
export type DeliveryReportConfig = z.input<typeof deliveryReportConfig>;
