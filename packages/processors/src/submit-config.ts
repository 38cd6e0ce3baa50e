/** The configuration of the submit processor. */

import { charsetOf } from "@esme/sm-split";
import * as z from "zod";
import { flag, numberOf, numberOrName, word } from "./config.ts";
import { dataCodingNames, deliveryReceiptNames, npiNames, smeAckNames, tonNames } from "./names.ts";

const octet = numberOrName({});

const dataCoding = numberOrName(dataCodingNames).refine(
  (value) => charsetOf(value) !== "binary",
  "a data_coding that has characters",
);

/** 1 and 2 number the acknowledgements, 4 and 8 are their bits on the wire. */
const smeAck = z.union([z.number(), z.string()]).transform((value, context) => {
  const number = numberOf(value, smeAckNames);
  if (number === 1 || number === 4) return 0x04;
  if (number === 2 || number === 8) return 0x08;
  context.addIssue(`1, 2 or one of ${Object.keys(smeAckNames).join(", ")}`);
  return z.NEVER;
});

/** What a message's fields are set to, for all messages or for one. */
export const messageSettings = {
  /** Character set and its number on the wire. Default 0, the SMSC's, taken to be GSM 03.38. */
  data_coding: dataCoding.default(0),
  /**
   * How text goes out: `short_message` in that field alone, at most 254 octets (the default);
   * `message_payload` in that TLV; `multipart_udh` and `multipart_udh16` in parts with a header;
   * `multipart_sar` in parts with sar_ TLVs.
   */
  multipart_handling: word([
    "short_message",
    "message_payload",
    "multipart_udh",
    "multipart_udh16",
    "multipart_sar",
  ]).default("short_message"),
  /** At most 5 characters. Default empty. */
  service_type: z
    .string("text of at most 5 characters")
    .regex(/^[ -~]{0,5}$/, "text of at most 5 characters")
    .default(""),
  /** Type of number of the sender. Default 0, unknown. */
  source_addr_ton: numberOrName(tonNames).default(0),
  /** Numbering plan of the sender. Default 0, unknown. */
  source_addr_npi: numberOrName(npiNames).default(0),
  /** Type of number of the recipient. Default 0, unknown. */
  dest_addr_ton: numberOrName(tonNames).default(0),
  /** Numbering plan of the recipient. Default 1, ISDN. */
  dest_addr_npi: numberOrName(npiNames).default(1),
  registered_delivery: z
    .strictObject(
      {
        /** Which receipt the SMSC is asked for. Default 0, none. */
        delivery_receipt: numberOrName(deliveryReceiptNames, 3).default(0),
        /** Which acknowledgements the recipient is asked for. Default none. */
        sme_originated_acks: z.array(smeAck, "a list").default([]),
        /** Whether the SMSC is asked for intermediate notifications. Default false. */
        intermediate_notification: flag.default(false),
      },
      "delivery_receipt, sme_originated_acks and intermediate_notification",
    )
    .prefault({}),
  /** `ucs2`, or `none`: a text that data_coding cannot carry is then not sent. Default `ucs2`. */
  fallback_data_coding: z
    .preprocess((value) => (value === 8 || value === "8" ? "ucs2" : value), word(["ucs2", "none"]))
    .default("ucs2"),
  /** Absolute or relative SMPP time of 16 characters. Default empty, the SMSC's default. */
  validity_period: z
    .string("16 characters, YYMMDDhhmmsstnn and +, - or R")
    .regex(/^(?:\d{15}[-+R])?$/, "16 characters, YYMMDDhhmmsstnn and +, - or R")
    .default(""),
  /** 0 to 3. Default 0. */
  priority_flag: numberOrName({}, 3).default(0),
  /** 0 to 255. Default 0. */
  protocol_id: octet.default(0),
  /** 0 to 255; parts with a header have 0x40 (UDHI) added. Default 0. */
  esm_class: octet.default(0),
};

/** The keys of `submit_sm_processor_config`. */
export const submitConfig = z.strictObject({
  ...messageSettings,
  /**
   * The number of references before they begin again: references run from 1 to one less, and with
   * `multipart_udh` to 255 at most. 2 to 65536, default 65536.
   */
  multipart_sar_reference_rollover: z
    .preprocess(
      (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
      z.int("an integer from 2 to 65536").min(2, "at least 2").max(65_536, "at most 65536"),
    )
    .default(65_536),
  /** GSM text with national language tables, `auto` where they save parts. Default `none`. */
  national_tables: word(["none", "auto"]).default("none"),
  address_rules: z
    .strictObject(
      {
        /** A sender with letters has source_addr_ton 5 and source_addr_npi 0. Default false. */
        alphanumeric_sender: flag.default(false),
        /** An address that begins with + loses it and has TON 1, NPI 1. Default false. */
        leading_plus: flag.default(false),
      },
      "alphanumeric_sender and leading_plus",
    )
    .prefault({}),
});

/** Configuration as a person writes it. */
export type SubmitConfig = z.input<typeof submitConfig>;

/** Configuration with every value in place. */
export type ResolvedSubmitConfig = z.output<typeof submitConfig>;
