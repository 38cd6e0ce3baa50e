/** Texts from phones: what programs, files and requests say of one. Each key stands here once. */

import type { PduInputOf } from "@esme/pdu";
import { type OptionTable, oneOf } from "@esme/settings";
import { mapping } from "@esme/settings/schema";
import { z } from "zod";
import { address, text, whole } from "../input/input.ts";

const partNumbers = z.array(whole(1, 255), { error: "a list of part numbers" });

const ends = {
  /** The number of the phone. */
  from: text.pipe(address).describe("The number of the phone"),
  /** The number or short code it sends to. */
  to: text.pipe(address).describe("The number or short code it sends to"),
};

const keys = {
  ...ends,
  /** Default 0, the GSM alphabet; a text that does not fit it goes as UCS-2 (8). */
  data_coding: whole(0, 255).exactOptional().describe("Default 0; 8 when the text does not fit it"),
  /**
   * How several parts are tied together: a header with an 8-bit reference (`udh`, the default) or
   * a 16-bit one (`udh16`), the sar TLVs (`sar`). `payload`: one deliver_sm with message_payload.
   */
  method: z
    .enum(["udh", "udh16", "sar", "payload"], { error: "one of udh, udh16, sar, payload" })
    .exactOptional()
    .describe("How several parts are tied together. Default udh"),
  /** Exactly so many parts. Default: as few as the text fits in. */
  parts: whole(1, 255).exactOptional().describe("Default: as few as the text fits in"),
  /** Numbers of the parts that are not sent, counted from 1: the text stays incomplete. */
  omit: partNumbers.readonly().exactOptional().describe("Parts that are not sent, from 1"),
  /** Numbers of the parts that are sent twice, or `all`. */
  repeat: z
    .union([z.literal("all"), partNumbers.readonly()], { error: "all, or a list of part numbers" })
    .exactOptional()
    .describe("Parts that are sent twice, from 1"),
  /** Sends the parts in any order, drawn by the message centre's seed. Default false. */
  shuffle: z
    .boolean({ error: "true or false" })
    .exactOptional()
    .describe("Sends the parts in any order"),
  /** What ties the parts together. Default: counts the texts of the message centre. */
  reference: whole(0, 0xffff).exactOptional().describe("Default: counts"),
  /** The account that is to get it. Default: whichever receiver is bound. */
  system_id: text.exactOptional().describe("The account that is to get it. Default: any"),
};

/** A text that a phone sends. */
export type MobileText = Readonly<z.output<z.ZodObject<typeof keys>>> & {
  /** Octets are sent as they are, in the `data_coding` given. */
  readonly text: string | Uint8Array;
  /** More fields and TLVs for every deliver_sm. */
  readonly fields?: Omit<
    PduInputOf<"deliver_sm">,
    "command" | "short_message" | "esm_class" | "data_coding"
  >;
};

/** What programs may say, for `checkOptions`. */
export const mobileTextOptions = {
  from: "string",
  to: "string",
  text: ["string", "object"],
  data_coding: "number",
  method: oneOf(...keys.method.def.innerType.options),
  parts: "number",
  omit: "array",
  repeat: ["array", "string"],
  shuffle: "boolean",
  reference: "number",
  system_id: "string",
  fields: "object",
} as const satisfies OptionTable<MobileText>;

/** The same in files and requests, where octets are hexadecimal digits. */
export const mobileText: z.ZodType<MobileText> = mapping({
  ...ends,
  text: text.exactOptional(),
  octets: z
    .string()
    .regex(/^(?:[\da-fA-F]{2})*$/, "an even number of hexadecimal digits")
    .exactOptional()
    .describe("Instead of a text: sent as they are"),
  ...keys,
})
  .refine((given) => (given.text === undefined) !== (given.octets === undefined), {
    error: "text or octets, one of them",
  })
  .transform(({ octets, text = "", ...rest }) => ({
    ...rest,
    text: octets === undefined ? text : Buffer.from(octets, "hex"),
  }))
  .meta({ id: "MobileText" });
