/** What the data codings of inbound texts mean, where an SMSC differs from the standard. */

import { reasonOf } from "@esme/settings";
import { decodeShortMessage } from "@esme/sm-split";
import { numberOf, pathOf } from "../config.ts";
import { dataCodingNames } from "../names.ts";
import { ConfigError } from "../processor-error.ts";
import { packedGsm } from "../submit/coding.ts";

/** Character sets by data coding. */
export type Overrides = Readonly<Record<number, string>>;

const nothing = new Uint8Array(0);

/** The overrides. Every name of a character set is tried at once, not with the first text. */
export function overridesOf(configured: Record<string, string>): {
  overrides: Overrides;
  /** The data codings whose text is packed septets. */
  packed: ReadonlySet<number>;
} {
  const overrides: Record<number, string> = {};
  const packed = new Set<number>();
  for (const [key, charset] of Object.entries(configured)) {
    const path = pathOf(["data_coding_overrides", key]);
    const number = numberOf(key, dataCodingNames);
    if (number === undefined || number > 255) {
      const names = Object.keys(dataCodingNames).join(", ");
      throw new ConfigError([
        { path, problem: `unknown data coding, wants a number from 0 to 255 or one of ${names}` },
      ]);
    }
    if (charset === packedGsm) packed.add(number);
    overrides[number] = charset === packedGsm ? "gsm0338" : charset;
    try {
      decodeShortMessage(nothing, number, { overrides });
    } catch (error) {
      const problem = reasonOf(error);
      throw new ConfigError([{ path, problem }], { cause: error });
    }
  }
  return { overrides, packed };
}
