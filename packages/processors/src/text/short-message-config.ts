/** The configuration of a short message processor: how the texts of one SMSC are read. */

import { reasonOf } from "@esme/settings";
import { flag, mapping, numberOf, seconds } from "@esme/settings/schema";
import { decodeShortMessage } from "@esme/sm-split";
import * as z from "zod";
import { dataCodingNames, packedGsm } from "../names.ts";
import { ussdConfig } from "../ussd/ussd-dialect.ts";

/** The character sets of one SMSC, where they are not the standard's. */
export interface Charsets {
  /** Character sets by data coding. */
  readonly overrides: Readonly<Record<number, string>>;
  /** The data codings whose text is packed septets. */
  readonly packed: ReadonlySet<number>;
}

const dataCodingExpected = `a data coding as the key: an integer from 0 to 255 or one of ${Object.keys(dataCodingNames).join(", ")}`;

function dataCodingOf(key: string): number {
  return numberOf(key, dataCodingNames) ?? Number.NaN;
}

const nothing = new Uint8Array(0);

/** The name of a character set is tried with the configuration, not with the first text. */
const charset = z.string("the name of a character set").superRefine((name, context) => {
  if (name === packedGsm) return;
  try {
    decodeShortMessage(nothing, 0, { overrides: { 0: name } });
  } catch (error) {
    context.addIssue(`the name of a character set (${reasonOf(error)})`);
  }
});

const charsets = z
  .record(
    z.string().refine((key) => dataCodingOf(key) <= 255, dataCodingExpected),
    charset,
    "data codings and character sets",
  )
  .transform((given): Charsets => {
    const rows = Object.entries(given).map(([key, name]) => [dataCodingOf(key), name] as const);
    return {
      overrides: Object.fromEntries(
        rows.map(([number, name]) => [number, name === packedGsm ? "gsm0338" : name]),
      ),
      packed: new Set(rows.flatMap(([number, name]) => (name === packedGsm ? [number] : []))),
    };
  });

/** The keys of `sm_processor_config`. */
export const shortMessageConfig = mapping({
  data_coding_overrides: charsets
    .prefault({})
    .describe(
      "Character sets by data coding, where this SMSC means something else than the standard: `{ OCTET_UNSPECIFIED: ascii, 4: utf-8 }`; `gsm0338-packed` is eight septets in seven octets",
    ),
  udh_without_udhi: flag
    .default(false)
    .describe(
      "A text that begins like the header of a part is one, although esm_class does not say so, as some peers forget it",
    ),
  repeated_within: seconds
    .default(10)
    .describe(
      "Seconds after the publish in which the same PDU with the same sequence number, on the same link, counts as a repetition; 0: never",
    ),
  ussd: ussdConfig
    .optional()
    .describe("How deliver_sm with the TLV ussd_service_op are read. Default: like any other text"),
});

/** Configuration as a person writes it. */
export type ShortMessageConfig = z.input<typeof shortMessageConfig>;
