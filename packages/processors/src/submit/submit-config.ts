/** What a submit_sm is made with: by configuration for all messages, by a message for itself. */

import { formatTime, type UnknownTlv } from "@esme/pdu";
import { mapping } from "@esme/settings/schema";
import * as z from "zod";
import { flag, numberOf, numberOrName, seconds, word } from "../config.ts";
import {
  dataCodingNames,
  deliveryReceiptNames,
  npiNames,
  smeAckNames,
  tonNames,
} from "../names.ts";
import { ussdConfig } from "../ussd/ussd-dialect.ts";
import { addressRules, destinationForm, sourceAddressTypes } from "./address.ts";
import { codings, messageClass } from "./coding.ts";
import { tlvSettings } from "./tlv-setting.ts";
import { type UserData, userData } from "./user-data.ts";

const octet = numberOrName({});

const smeAckWants = `0 to 3 or one of ${Object.keys(smeAckNames).join(", ")}`;

/**
 * Bits 3 and 2 of registered_delivery (SMPP 3.4 section 5.2.17): 0 is none, 1 and 2 number the
 * acknowledgements, 3 is both; 4, 8 and 12 are the same as they stand on the wire.
 */
const smeAck = z.union([z.number(), z.string()], smeAckWants).transform((value, context) => {
  const number = numberOf(value, smeAckNames);
  if (number !== undefined && number >= 0 && number <= 3) return number << 2;
  if (number === 4 || number === 8 || number === 12) return number;
  context.addIssue(smeAckWants);
  return z.NEVER;
});

const timeWants = "seconds up to 99 days, or 16 characters: YYMMDDhhmmsstnn and +, - or R";

/** SMPP 3.4 section 7.1.1. */
const time = z
  .union(
    [seconds.pipe(z.number().max(99 * 86_400)), z.string().regex(/^(?:\d{15}[-+R])?$/, timeWants)],
    timeWants,
  )
  .transform((value) => (typeof value === "number" ? formatTime(value * 1000) : value));

const partsWants = "septets, octets and code_units, each from 1 to 160";
const partSize = numberOrName({}, 160)
  .refine((value) => value > 0, partsWants)
  .optional();
const partSizes = mapping(
  { septets: partSize, octets: partSize, code_units: partSize },
  partsWants,
);

const settings = {
  /**
   * Character set and its number on the wire: that of the row of `codings`, else the standard's.
   * Default: the first of `codings`; without those 0, the SMSC's, taken to be GSM 03.38.
   */
  data_coding: numberOrName(dataCodingNames),
  /**
   * `ucs2`: a text that data_coding cannot carry goes out as the next of `codings` that can, and
   * without those as UCS2. `none`: it is not sent. Default `ucs2`.
   */
  fallback_data_coding: z.union(
    [z.literal(8).transform(() => "ucs2" as const), word(["ucs2", "none"])],
    "UCS2 or none",
  ),
  /**
   * How text goes out: `short_message` in that field alone, at most 254 octets (the default);
   * `message_payload` in that TLV, when it does not fit into one short message; `multipart_udh` and `multipart_udh16` in parts with a header;
   * `multipart_sar` in parts with sar_ TLVs.
   */
  multipart_handling: word([
    "short_message",
    "message_payload",
    "multipart_udh",
    "multipart_udh16",
    "multipart_sar",
  ]),
  /** 0 to 3, or `flash` (0): the class of 3GPP TS 23.038 that data_coding says. Default none. */
  message_class: messageClass,
  /** A text that takes more is not sent: 1 to 255. Default 255. */
  max_parts: numberOrName({}, 255).refine((value) => value > 0, "a number from 1 to 255"),
  /** GSM text with national language tables, `auto` where they save parts. Default `none`. */
  national_tables: word(["none", "auto"]),
  /** At most 5 characters. Default empty. */
  service_type: z
    .string("text of at most 5 characters")
    .regex(/^[ -~]{0,5}$/, "text of at most 5 characters"),
  /** Type of number of the sender, by name or as on the wire (SMPP 3.4 section 5.2.5). Default 0, unknown. */
  source_addr_ton: numberOrName(tonNames),
  /** Numbering plan of the sender, by name or as on the wire (SMPP 3.4 section 5.2.6). Default 0, unknown. */
  source_addr_npi: numberOrName(npiNames),
  /** Type of number of the recipient, by name or as on the wire. Default 0, unknown. */
  dest_addr_ton: numberOrName(tonNames),
  /** Numbering plan of the recipient, by name or as on the wire. Default 1, ISDN. */
  dest_addr_npi: numberOrName(npiNames),
  registered_delivery: mapping(
    {
      /** Which receipt: 0 none, 1 always, 2 when it fails, 3 when it succeeds. Default 0. */
      delivery_receipt: numberOrName(deliveryReceiptNames, 3).default(0),
      /** Which acknowledgements of the recipient: 0 none, 1 delivery, 2 manual, 3 both. Default none. */
      sme_originated_acks: z.array(smeAck, "a list").default([]),
      /** Whether the SMSC is asked for intermediate notifications. Default false. */
      intermediate_notification: flag.default(false),
      /** Which parts of a long text ask for all this: `all`, `first`, `last`. Default `all`. */
      parts: word(["all", "first", "last"]).default("all"),
    },
    "delivery_receipt, sme_originated_acks, intermediate_notification and parts",
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
  /**
   * TLVs for every part, by name or tag: `{ "0x1400": "1101234560000012345" }`; a message's own are
   * added, and win. Default none.
   */
  tlvs: tlvSettings,
};

const ownSettings = { ...settings, ...userData };

/** The keys of `transport_metadata.smpp`. */
export const messageOverrides = mapping(ownSettings).partial();

/** The keys of `submit_sm_processor_config`. */
export const submitConfig = mapping({
  ...settings,
  /**
   * The number of references before they begin again: references run from 1 to one less, and in
   * an 8-bit header to 255 at most. 2 to 65536, default 65536.
   */
  multipart_sar_reference_rollover: numberOrName({}, 65_536).refine(
    (value) => value >= 2,
    "at least 2",
  ),
  /** Charsets, each with the data_coding that this SMSC has for it, in the order of trial. */
  codings,
  /** Units that one of several parts holds at most, where that is less than 140 octets. */
  part_limits: partSizes,
  /** Units that the only part holds at most, where that is less than 140 octets. */
  single_limits: partSizes,
  /** What letters and a leading + mean for TON and NPI. */
  address_rules: addressRules,
  /** TON and NPI of the sender by kind of sender; others have source_addr_ton and _npi. */
  source_addr_types: sourceAddressTypes,
  /** `as_written`, `no_plus` or `digits`. Default `as_written`. */
  dest_addr_form: destinationForm,
  /** TLVs without which a message is not sent, by the keys of `tlvs`. Default none. */
  required_tlvs: z.array(
    z.union([z.string(), z.int().transform(String)], "the name or tag of a TLV"),
    "a list of names or tags of TLVs",
  ),
  /**
   * What this SMSC ignores: a message that asks for it is not sent, since it would go out as
   * something else. Keys of a message's own settings. Default none.
   */
  unsupported: z.array(word(keysOf(ownSettings)), "a list of settings"),
  /** How messages whose `transport_type` is `ussd` are sent. Default: like any other. */
  ussd: ussdConfig,
}).partial();

/** Configuration as a person writes it. */
export type SubmitConfig = z.input<typeof submitConfig>;

type Complete<Schema extends z.ZodObject> = {
  [Key in keyof Schema["shape"]]-?: Exclude<
    z.output<Schema>[Key & keyof z.output<Schema>],
    undefined
  >;
};

/** What one message is sent with: every value in place that has a default, TLVs as octets. */
export type MessageSettings = Omit<
  Complete<typeof messageOverrides>,
  "message_class" | "tlvs" | keyof typeof userData
> &
  UserData & {
    message_class?: number | undefined;
    tlvs: readonly UnknownTlv[];
  };

/** Keys of the configuration that have no default. */
type Optional = "codings" | "source_addr_types" | "ussd";

/** Configuration with every value in place that has a default. */
export type SubmitSettings = MessageSettings &
  Omit<Complete<typeof submitConfig>, keyof MessageSettings | Optional> &
  Pick<z.output<typeof submitConfig>, Optional>;

/** What is not configured. */
export const defaultSettings: SubmitSettings = {
  data_coding: 0,
  fallback_data_coding: "ucs2",
  multipart_handling: "short_message",
  max_parts: 255,
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
    parts: "all",
  },
  validity_period: "",
  schedule_delivery_time: "",
  priority_flag: 0,
  protocol_id: 0,
  esm_class: 0,
  tlvs: [],
  elements: [],
  multipart_sar_reference_rollover: 65_536,
  part_limits: {},
  single_limits: {},
  address_rules: { alphanumeric_sender: false, leading_plus: false },
  dest_addr_form: "as_written",
  required_tlvs: [],
  unsupported: [],
};

/** The keys of a mapping as the tuple that `word` takes. */
function keysOf<Key extends string>(mapping: Record<Key, unknown>): readonly [Key, ...Key[]] {
  return Object.keys(mapping) as [Key, ...Key[]]; // never empty: the mapping is written above
}
