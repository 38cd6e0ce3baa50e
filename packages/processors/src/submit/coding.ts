/** Which charset a text goes out in, and the data_coding that says so to one SMSC. */

import { integerOrName, mappingOf } from "@esme/settings/schema";
import {
  type Coding,
  charsetOf,
  decodeShortMessage,
  type ShortMessageEncodeOptions,
} from "@esme/sm-split";
import * as z from "zod";
import { dataCodingNames, packedGsm } from "../names.ts";

/** Classes 0 to 3 of 3GPP TS 23.038 section 4; class 0 is shown at once and not kept. */
export const messageClass = integerOrName({ names: { FLASH: 0 }, most: 3 });

const codingsExpected =
  "a list of mappings with charset, data_coding and, for flash, message_class";

/** The key `codings`: charsets in the order in which they are tried. */
export const codings = z
  .array(
    mappingOf({
      charset: z.string("the name of a character set").refine(hasText, {
        error: "the name of a character set, such as gsm0338, latin1 or utf-16be",
      }),
      data_coding: integerOrName({ names: dataCodingNames }),
      message_class: messageClass.optional(),
    }),
    codingsExpected,
  )
  .refine((rows) => rows.some(({ message_class }) => message_class === undefined), {
    error: `${codingsExpected}; at least one without message_class`,
  })
  .refine((rows) => new Set(rows.flatMap(packing)).size < 2, {
    error: `${codingsExpected}; GSM text in all of them packed, or in none`,
  });

/** A row of `codings`. */
type CodingRow = z.output<typeof codings>[number];

/** What one message is coded with. */
export interface CodingSettings {
  data_coding: number;
  fallback_data_coding: "ucs2" | "none";
  message_class?: number | undefined;
  codings?: readonly CodingRow[] | undefined;
}

/** What `splitShortMessage` is to try, and in which order. */
export interface CodingPlan extends Pick<ShortMessageEncodeOptions, "overrides" | "fallback"> {
  data_coding: number;
  packed: boolean;
}

/**
 * The codings to try for a message: that of `data_coding` first, then the others of the list in
 * their order, or UCS-2 where there is no list. A message with a class has those of its class, which
 * are the standard's where the list has none. Undefined when `data_coding` has no characters.
 */
export function codingPlan(settings: CodingSettings): CodingPlan | undefined {
  const { data_coding, fallback_data_coding, message_class, codings = [] } = settings;
  const plain = codings.filter((row) => row.message_class === undefined);
  const asked = plain.find((row) => row.data_coding === data_coding) ?? {
    charset: charsetOf(data_coding),
    data_coding,
  };
  if (asked.charset === "binary") return undefined;
  const rows: readonly Coding[] =
    message_class === undefined
      ? [asked, ...plain.filter((row) => row !== asked)]
      : ofClass(message_class, codings, asked.charset);
  const [first = asked, ...others] = rows.map(unpacked);
  const tries = codings.length > 0 ? others : true;
  return {
    data_coding: first.data_coding,
    overrides: { [first.data_coding]: first.charset },
    fallback: fallback_data_coding === "none" ? false : tries,
    packed: rows.some(({ charset }) => charset === packedGsm),
  };
}

/** The codings of a class, the one with the requested charset first. */
function ofClass(
  messageClass: number,
  codings: readonly CodingRow[],
  charset: string,
): readonly Coding[] {
  const own = codings.filter((row) => row.message_class === messageClass);
  // 3GPP TS 23.038 section 4, general group: the alphabet's bits, and that there is a class.
  const rows: readonly Coding[] =
    own.length > 0
      ? own
      : [
          { charset: "gsm0338", data_coding: 0x10 | messageClass },
          { charset: "utf-16be", data_coding: 0x18 | messageClass },
        ];
  const has = (row: Coding) => row.charset === charset;
  return [...rows.filter(has), ...rows.filter((row) => !has(row))];
}

function unpacked({ charset, data_coding }: Coding): Coding {
  return { charset: charset === packedGsm ? "gsm0338" : charset, data_coding };
}

function packing({ charset }: Coding): string[] {
  return charset === "gsm0338" || charset === packedGsm ? [charset] : [];
}

function hasText(charset: string): boolean {
  if (charset === packedGsm) return true;
  if (charset === "binary") return false;
  try {
    decodeShortMessage(new Uint8Array(0), 0, { overrides: { 0: charset } });
    return true;
  } catch {
    return false;
  }
}
