/** What a submit_sm is made with: by configuration for all messages, by a message for itself. */

import { formatTime } from "@esme/pdu";
import { charsetOf } from "@esme/sm-split";
import * as z from "zod";
import { flag, numberOf, numberOrName, word } from "./config.ts";
import { dataCodingNames, deliveryReceiptNames, npiNames, smeAckNames, tonNames } from "./names.ts";
import { tlvSettings } from "./tlv-setting.ts";
import { type UssdSettings, ussdConfig } from "./ussd-dialect.ts";

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

const timeWants = "seconds up to 99 days, or 16 characters: YYMMDDhhmmsstnn and +, - or R";

/** SMPP 3.4 section 7.1.1. */
const time = z
  .union(
    [
      z
        .number()
        .min(0)
        .max(99 * 86_400),
      z.string().regex(/^(?:\d{15}[-+R])?$/, timeWants),
    ],
    timeWants,
  )
  .transform((value) => (typeof value === "number" ? formatTime(value * 1000) : value));

const settings = {
  /** Character set and its number on the wire. Default 0, the SMSC's, taken to be GSM 03.38. */
  data_coding: dataCoding,
  /** `ucs2`, or `none`: a text that data_coding cannot carry is then not sent. Default `ucs2`. */
  fallback_data_coding: z.union(
    [z.literal(8).transform(() => "ucs2" as const), word(["ucs2", "none"])],
    "UCS2 or none",
  ),
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
  ]),
  /** GSM text with national language tables, `auto` where they save parts. Default `none`. */
  national_tables: word(["none", "auto"]),
  /** At most 5 characters. Default empty. */
  service_type: z
    .string("text of at most 5 characters")
    .regex(/^[ -~]{0,5}$/, "text of at most 5 characters"),
  /** Type of number of the sender. Default 0, unknown. */
  source_addr_ton: numberOrName(tonNames),
  /** Numbering plan of the sender. Default 0, unknown. */
  source_addr_npi: numberOrName(npiNames),
  /** Type of number of the recipient. Default 0, unknown. */
  dest_addr_ton: numberOrName(tonNames),
  /** Numbering plan of the recipient. Default 1, ISDN. */
  dest_addr_npi: numberOrName(npiNames),
  registered_delivery: z.strictObject(
    {
      /** Which receipt the SMSC is asked for. Default 0, none. */
      delivery_receipt: numberOrName(deliveryReceiptNames, 3).default(0),
      /** Which acknowledgements the recipient is asked for. Default none. */
      sme_originated_acks: z.array(smeAck, "a list").default([]),
      /** Whether the SMSC is asked for intermediate notifications. Default false. */
      intermediate_notification: flag.default(false),
    },
    "delivery_receipt, sme_originated_acks and intermediate_notification",
  ),
  /** Until when the SMSC tries: seconds, or an SMPP time. Default empty, as the SMSC has it. */
  validity_period: time,
  /** When the SMSC begins: seconds from now, or an SMPP time. Default empty, at once. */
  schedule_delivery_time: time,
  /** 0 to 3. Default 0. */
  priority_flag: numberOrName({}, 3),
  /** 0 to 255. Default 0. */
  protocol_id: octet,
  /** 0 to 255; parts with a header have 0x40 (UDHI) added. Default 0. */
  esm_class: octet,
  /** TLVs for every part, by name or tag: `{ "0x1400": "1101234560000012345" }`. Default none. */
  tlvs: tlvSettings,
};

/** The keys of `transport_metadata.smpp`. */
export const messageOverrides = z.strictObject(settings).partial();

/** The keys of `submit_sm_processor_config`. */
export const submitConfig = z
  .strictObject({
    ...settings,
    /**
     * The number of references before they begin again: references run from 1 to one less, and in
     * an 8-bit header to 255 at most. 2 to 65536, default 65536.
     */
    multipart_sar_reference_rollover: numberOrName({}, 65_536).refine(
      (value) => value >= 2,
      "at least 2",
    ),
    address_rules: z.strictObject(
      {
        /** A sender with letters has source_addr_ton 5 and source_addr_npi 0. Default false. */
        alphanumeric_sender: flag.default(false),
        /** An address that begins with + loses it and has TON 1, NPI 1. Default false. */
        leading_plus: flag.default(false),
      },
      "alphanumeric_sender and leading_plus",
    ),
    /** How messages whose `transport_type` is `ussd` are sent. Default: like any other. */
    ussd: ussdConfig,
  })
  .partial();

/** Configuration as a person writes it. */
export type SubmitConfig = z.input<typeof submitConfig>;

type Complete<Schema extends z.ZodObject> = {
  [Key in keyof Schema["shape"]]-?: Exclude<
    z.output<Schema>[Key & keyof z.output<Schema>],
    undefined
  >;
};

/** What one message is sent with, every value in place. */
export type MessageSettings = Complete<typeof messageOverrides>;

/** Configuration with every value in place that has a default. */
export type SubmitSettings = Omit<Complete<typeof submitConfig>, "ussd"> & { ussd?: UssdSettings };

/** What is not configured. */
export const defaultSettings: SubmitSettings = {
  data_coding: 0,
  fallback_data_coding: "ucs2",
  multipart_handling: "short_message",
  national_tables: "none",
  service_type: "",
  source_addr_ton: 0,
  source_addr_npi: 0,
  dest_addr_ton: 0,
  dest_addr_npi: 1,
  registered_delivery: {
    delivery_receipt: 0,
    sme_originated_acks: [],
    intermediate_notification: false,
  },
  validity_period: "",
  schedule_delivery_time: "",
  priority_flag: 0,
  protocol_id: 0,
  esm_class: 0,
  tlvs: [],
  multipart_sar_reference_rollover: 65_536,
  address_rules: { alphanumeric_sender: false, leading_plus: false },
};
