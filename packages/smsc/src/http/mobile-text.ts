/** Texts from phones as JSON says them: the object of `deliver`, octets in hexadecimal. */
import { z } from "zod";
import { address, mapping } from "../input.ts";
import type { MobileText } from "../mobile-originated.ts";

/** What `POST /api/texts` takes. */
export const mobileText = mapping({
  from: address.describe("The number of the phone"),
  to: address.describe("The number or short code it sends to"),
  text: z.string().exactOptional(),
  octets: z
    .string()
    .regex(/^(?:[\da-fA-F]{2})*$/, "an even number of hexadecimal digits")
    .exactOptional()
    .describe("Instead of a text: sent as they are"),
  data_coding: z
    .int()
    .min(0)
    .max(255)
    .exactOptional()
    .describe("Default 0; 8 when it does not fit"),
  method: z
    .enum(["udh", "udh16", "sar", "payload"])
    .exactOptional()
    .describe("How several parts are tied together. Default udh"),
  parts: z.int().min(1).max(255).exactOptional().describe("Default: as few as it fits in"),
  omit: z.array(z.int().min(1)).exactOptional().describe("Parts that are not sent, from 1"),
  repeat: z
    .union([z.literal("all"), z.array(z.int().min(1))], { error: "all, or a list of part numbers" })
    .exactOptional()
    .describe("Parts that are sent twice, from 1"),
  shuffle: z.boolean().exactOptional().describe("Sends the parts in any order"),
  reference: z.int().min(0).max(0xffff).exactOptional().describe("Default: counts"),
  system_id: z.string().exactOptional().describe("The account that is to get it. Default: any"),
})
  .refine(({ text, octets }) => (text === undefined) !== (octets === undefined), {
    error: "text or octets, one of them",
  })
  .meta({ id: "MobileText" });

/** The same for `deliver`. */
export function mobileTextOf({
  octets,
  text = "",
  ...rest
}: z.output<typeof mobileText>): MobileText {
  return { ...rest, text: octets === undefined ? text : Buffer.from(octets, "hex") };
}
