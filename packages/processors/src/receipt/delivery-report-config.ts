/** The configuration of a delivery report processor: how the receipts of one SMSC are read. */

import { isTimeZone, receiptDateLayouts } from "@esme/receipts";
import { mapping } from "@esme/settings/schema";
import * as z from "zod";
import { flag, seconds, word } from "../config.ts";
import { errTable } from "./receipt-error.ts";
import { idFormat } from "./receipt-id.ts";

const statusSchema = z.enum(["pending", "delivered", "failed"], "pending, delivered or failed");

const zoneWants = "UTC, +hh:mm or -hh:mm, or a name such as Europe/Oslo";

/** The key `receipt_dates`. */
const receiptDates = mapping(
  {
    /** `YYMMDDhhmm`, `YYMMDDhhmmss`, `YYYYMMDDhhmm`, `YYYYMMDDhhmmss`. Default: what fits alone. */
    layout: word(receiptDateLayouts).optional(),
    /** The zone they are in; dates are then told in UTC, with a Z. Default: not known. */
    time_zone: z.string(zoneWants).refine(isTimeZone, zoneWants).optional(),
  },
  "layout and time_zone",
);

/** The keys of `dr_processor_config`. */
export const deliveryReportConfig = mapping({
  /**
   * Reads the body instead of the scanner for labels: an expression in Python's or JavaScript's
   * syntax with the groups `id` and `stat`, and others named as the fields of a `Receipt`. It is tried
   * at the beginning of the text alone, as in vumi2: write `.*` in front where receipts have a prefix.
   * The first 4,096 characters of a text are looked at, in linear time; with a look-ahead or a
   * back-reference 1,000 of them, for 250 ms at most, and the log says so.
   */
  regex: z
    .string("a regular expression")
    .max(10_000, "a regular expression of at most 10000 characters")
    .optional(),
  /**
   * States, in any case, and what each means. It takes the place of the whole default table; a state
   * that is not in it is pending.
   */
  status_mapping: z.record(z.string(), statusSchema, "states and what each means").optional(),
  /** States beside those of the table, or with another meaning than there. Default none. */
  status_additions: z.record(z.string(), statusSchema, "states and what each means").default({}),
  /** What makes a PDU a receipt; each is true by default. */
  sources: mapping(
    { tlvs: flag.default(true), esm_class: flag.default(true), body: flag.default(true) },
    "tlvs, esm_class and body",
  ).prefault({}),
  /**
   * How an id in a receipt becomes the id that submit_sm_resp had. `hex_to_decimal`: the receipt has
   * it in hex, submit_sm_resp had it in decimal. `decimal_to_hex`: the receipt has it in decimal,
   * submit_sm_resp had it in hex. `strip_zeros`: one of them has leading zeros. `auto` tries all of
   * these, in any case. Of two messages whose ids differ only by case or zeros neither is found, unless
   * the receipt has the id as it is. The id as it is always comes first, unless a mapping says how
   * both are written: `{ response: hex, receipt: decimal }`. Default `as_is`.
   */
  id_format: idFormat.default("as_is"),
  /**
   * For how many seconds a receipt whose id is not known waits for it, since it may be here before the
   * submit_sm_resp with the id, or before another process stored that. It waits in the cache, and is
   * answered at once. 0 where many receipts are for messages of others. Default 2.
   */
  early_receipts: seconds.default(2),
  /**
   * `per_part`: an event for each receipt. `aggregate`: for a message of several parts one event,
   * when all of them have a final state. Default `per_part`.
   */
  multipart_reports: word(["per_part", "aggregate"]).default("per_part"),
  /**
   * Puts what else the receipt says into `transport_metadata`: `smpp_err`, `smpp_submit_date`,
   * `smpp_done_date`, `smpp_network_error_code`, `smpp_part`, `smpp_parts`. Default false.
   */
  receipt_details: flag.default(false),
  /** Puts the text that the receipt quotes there, too, as `smpp_text`. Default false. */
  receipt_text: flag.default(false),
  /** Layout and zone of the dates. Default: the layout that fits, no zone. */
  receipt_dates: receiptDates.default({}),
  /**
   * What error codes mean: puts `smpp_err_meaning` and, where the table says it,
   * `smpp_err_permanence` into `transport_metadata`. Default: no table.
   */
  err_table: errTable.optional(),
});

/** Configuration as a person writes it. */
export type DeliveryReportConfig = z.input<typeof deliveryReportConfig>;
