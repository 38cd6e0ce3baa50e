/** What a submit_sm is made with: by configuration for all messages, by a message for itself. */

import { formatTime, type UnknownTlv } from "@esme/pdu";
import {
  flag,
  integerOrName,
  mapping,
  mappingOf,
  numberOf,
  seconds,
  word,
} from "@esme/settings/schema";
import * as z from "zod";
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

const smeAckExpected = `0 to 3 or one of ${Object.keys(smeAckNames).join(", ")}`;

/**
 * Bits 3 and 2 of registered_delivery (SMPP 3.4 section 5.2.17): 0 is none, 1 and 2 number the
 * acknowledgements, 3 is both; 4, 8 and 12 are the same as on the wire.
 */
const smeAck = z.union([z.number(), z.string()], smeAckExpected).transform((value, context) => {
  const number = numberOf(value, smeAckNames);
  if (number !== undefined && number >= 0 && number <= 3) return number << 2;
  if (number === 4 || number === 8 || number === 12) return number;
  context.addIssue(smeAckExpected);
  return z.NEVER;
});

const timeExpected = "seconds up to 99 days, or 16 characters: YYMMDDhhmmsstnn and +, - or R";

/** SMPP 3.4 section 7.1.1. */
const time = z
  .union(
    [
      seconds.pipe(z.number().max(99 * 86_400)),
      z.string().regex(/^(?:\d{15}[-+R])?$/, timeExpected),
    ],
    timeExpected,
  )
  .transform((value) => (typeof value === "number" ? formatTime(value * 1000) : value));

const serviceTypeExpected = "text of at most 5 characters";

/** The keys that the configuration has for all messages, and a message for itself. */
const messageKeys = {
  data_coding: integerOrName({ names: dataCodingNames })
    .optional()
    .describe(
      "0, 1, 3, 5, 6, 7, 8 and others that have characters. The character set is that of the row of `codings`, else the standard's. Default: the first of `codings`, else 0, the SMSC's own, which counts as GSM 03.38",
    ),
  fallback_data_coding: z
    .union([z.literal(8).transform(() => "ucs2" as const), word(["ucs2", "none"])], "UCS2 or none")
    .default("ucs2")
    .describe(
      "`ucs2` sends what `data_coding` cannot carry as the next of `codings` that can, without those as UCS2; `none` refuses it",
    ),
  message_class: messageClass
    .optional()
    .describe("0 (or `flash`) to 3: sent with the data_coding that says so. Default: no class"),
  multipart_handling: word([
    "short_message",
    "message_payload",
    "multipart_udh",
    "multipart_udh16",
    "multipart_sar",
  ])
    .default("short_message")
    .describe(
      "`short_message`: no long text, 254 octets at most; `message_payload`: in that TLV what one short message cannot hold; `multipart_udh`, `multipart_udh16`: in parts with a header; `multipart_sar`: in parts with sar_ TLVs",
    ),
  max_parts: integerOrName({ least: 1, most: 255 })
    .default(255)
    .describe("A text that takes more is refused"),
  national_tables: word(["none", "auto"])
    .default("none")
    .describe("`auto` uses GSM national language tables where they save parts"),
  service_type: z
    .string(serviceTypeExpected)
    .regex(/^[ -~]{0,5}$/, serviceTypeExpected)
    .default("")
    .describe("Up to 5 characters"),
  source_addr_ton: integerOrName({ names: tonNames })
    .default(0)
    .describe("Type of number of the sender (SMPP 3.4 section 5.2.5)"),
  source_addr_npi: integerOrName({ names: npiNames })
    .default(0)
    .describe(
      "Numbering plan of the sender (SMPP 3.4 section 5.2.6). Numbers are those on the wire, while vumi2's code counts its list of names: its NPI 6 is 9 on the wire",
    ),
  dest_addr_ton: integerOrName({ names: tonNames })
    .default(0)
    .describe("Type of number of the recipient"),
  dest_addr_npi: integerOrName({ names: npiNames })
    .default(1)
    .describe("Numbering plan of the recipient"),
  registered_delivery: mappingOf({
    delivery_receipt: integerOrName({ names: deliveryReceiptNames, most: 3 })
      .default(0)
      .describe("Which receipt: 0 none, 1 always, 2 on failure, 3 on success"),
    sme_originated_acks: z
      .array(smeAck, "a list")
      .default([])
      .describe("Which acknowledgements of the recipient: 0 none, 1 delivery, 2 manual, 3 both"),
    intermediate_notification: flag
      .default(false)
      .describe("Whether the SMSC is asked for intermediate notifications"),
    parts: word(["all", "first", "last"])
      .default("all")
      .describe("Which parts of a long text ask for all this"),
  })
    .prefault({})
    .describe("What the SMSC is asked to report"),
  validity_period: time
    .default("")
    .describe(
      "Until when the SMSC tries: seconds from now, or an SMPP time of 16 characters; empty: as the SMSC has it",
    ),
  schedule_delivery_time: time
    .default("")
    .describe("When the SMSC begins, in the same forms; empty: at once"),
  priority_flag: integerOrName({ most: 3 }).default(0).describe("As on the wire"),
  protocol_id: integerOrName().default(0).describe("As on the wire"),
  esm_class: integerOrName()
    .default(0)
    .describe("As on the wire; parts with a header have 0x40 (UDHI) added"),
  tlvs: tlvSettings
    .default({})
    .describe("TLVs for every part, see below; those of a message are added, and win"),
};

const ownKeys = { ...messageKeys, ...userData };

/** The keys of `transport_metadata.smpp`: none has a default, since the configuration applies below them. */
export const messageOverrides = mapping(optional(ownKeys));

const partSize = integerOrName({ least: 1, most: 160 }).optional();
const partSizes = mappingOf({
  septets: partSize.describe("Of GSM text"),
  octets: partSize.describe("Of text with one octet for each character, and of data"),
  code_units: partSize.describe("Of UCS2"),
});

/** The keys of `submit_sm_processor_config`. */
export const submitConfig = mapping({
  ...messageKeys,
  codings: codings
    .optional()
    .describe(
      "Charsets in the order of trial, each with the data_coding that this SMSC has for it, and those of flash messages, see below. Default: the standard's",
    ),
  part_limits: partSizes
    .prefault({})
    .describe("Units that one of several parts holds at most. Default: what 140 octets hold"),
  single_limits: partSizes
    .prefault({})
    .describe("Units that the only part holds at most. Default: what 140 octets hold"),
  multipart_sar_reference_rollover: integerOrName({ least: 2, most: 65_536 })
    .default(65_536)
    .describe("References run from 1 to one less (to 255 at most in an 8-bit header)"),
  address_rules: addressRules
    .prefault({})
    .describe("What letters and a leading + mean for TON and NPI"),
  source_addr_types: sourceAddressTypes
    .optional()
    .describe(
      "`[ton, npi]` by kind of sender; others have `source_addr_ton` and `source_addr_npi`",
    ),
  dest_addr_form: destinationForm
    .default("as_written")
    .describe(
      "`no_plus`: without a + in front; `digits`: without +, 00, spaces, and refused when it is no number",
    ),
  required_tlvs: z
    .array(
      z.union([z.string(), z.int().transform(String)], "the name or tag of a TLV"),
      "a list of names or tags of TLVs",
    )
    .default([])
    .describe("TLVs without which a message is refused, by the keys of `tlvs`"),
  unsupported: z
    .array(word(namesOf(ownKeys)), "a list of settings")
    .default([])
    .describe(
      "Settings that this SMSC ignores, `[schedule_delivery_time]` for example: a message that asks for one is refused",
    ),
  ussd: ussdConfig
    .optional()
    .describe("How messages whose `transport_type` is `ussd` are sent. Default: like any other"),
});

/** Configuration as a person writes it. */
export type SubmitConfig = z.input<typeof submitConfig>;

/** What one message is sent with: every value that has a default in place, TLVs as octets. */
export type SubmitSettings = Omit<z.output<typeof submitConfig>, "data_coding" | "tlvs"> &
  UserData & {
    data_coding: number;
    tlvs: readonly UnknownTlv[];
  };

/** The same keys, none of which has a default. */
type Optional<Rows extends z.ZodRawShape> = {
  [Key in keyof Rows]: z.ZodOptional<
    Rows[Key] extends z.ZodDefault<infer Row> | z.ZodPrefault<infer Row> ? Row : Rows[Key]
  >;
};

function optional<Rows extends z.ZodRawShape>(rows: Rows): Optional<Rows> {
  const bare = Object.entries(rows).map(([key, row]) => {
    const hasDefault = row instanceof z.ZodDefault || row instanceof z.ZodPrefault;
    return [key, z.optional(hasDefault ? row.unwrap() : row)];
  });
  return Object.fromEntries(bare) as Optional<Rows>; // key by key as the type says
}

/** The keys of a mapping as the tuple that `word` takes. */
function namesOf<Key extends string>(keys: Record<Key, unknown>): readonly [Key, ...Key[]] {
  return Object.keys(keys) as [Key, ...Key[]]; // never empty: the mapping is written above
}
