/** The configuration of a short message processor: how the texts of one SMSC are read. */

import { mapping } from "@esme/settings/schema";
import * as z from "zod";
import { flag, seconds } from "../config.ts";
import { ussdConfig } from "../ussd/ussd-dialect.ts";

/** The keys of `sm_processor_config`. */
export const shortMessageConfig = mapping({
  /**
   * Character sets for data codings, by number or name, where this SMSC means something else than
   * the standard: `{ OCTET_UNSPECIFIED: ascii, 4: utf-8 }`; `gsm0338-packed` has eight septets in
   * seven octets. Default none.
   */
  data_coding_overrides: z
    .record(z.string(), z.string("the name of a character set"), "data codings and character sets")
    .default({}),
  /**
   * Takes a text that begins like the header of a part for one, although esm_class does not say so,
   * as some peers forget it. Default false.
   */
  udh_without_udhi: flag.default(false),
  /**
   * For how many seconds after its answer the same PDU with the same sequence number, on the same
   * link, is taken for a repetition by an SMSC that had not waited long enough; 0 for never. Default 10.
   */
  repeated_within: seconds.default(10),
  /** How deliver_sm with the TLV ussd_service_op are read. Default: like any other text. */
  ussd: ussdConfig.optional(),
});

/** Configuration as a person writes it. */
export type ShortMessageConfig = z.input<typeof shortMessageConfig>;
