/** What an SMSC means by the error codes in its receipts: a table of its own for each. */

import type { Receipt } from "@esme/receipts";
import { mapping, mappingOf, word } from "@esme/settings/schema";
import * as z from "zod";
import type { DeliverSm } from "../processor.ts";

const codeExpected = "words, or meaning and permanence (temporary or permanent)";

const code = z.union(
  [
    z.string().transform((meaning): ErrMeaning => ({ meaning })),
    mapping({
      meaning: z.string(),
      permanence: word(["temporary", "permanent"]).optional(),
    }),
  ],
  codeExpected,
);

/** The key `err_table`. */
export const errTable = mappingOf({
  source: word(["err", "network_error_code"])
    .default("err")
    .describe("Where the code is: the field `err` of the text, or the TLV"),
  base: word(["decimal", "hex"])
    .default("decimal")
    .describe("How `err` and the codes of this table are written"),
  codes: z
    .record(z.string(), code, "codes and what each means")
    .describe("Words for each code, or `meaning` with `permanence` (`temporary`, `permanent`)"),
});

/** What a code means. */
export interface ErrMeaning {
  meaning: string;
  permanence?: "temporary" | "permanent" | undefined;
}

/** Looks up codes, however many zeros they begin with. */
export class ErrTable {
  readonly #source: "err" | "network_error_code";
  readonly #base: 10 | 16;
  readonly #codes = new Map<number | string, ErrMeaning>();

  constructor({ source, base, codes }: z.output<typeof errTable>) {
    this.#source = source;
    this.#base = base === "hex" ? 16 : 10;
    for (const [code, meaning] of Object.entries(codes)) this.#codes.set(this.#key(code), meaning);
  }

  /** What the receipt's code means; undefined when it has none or the table does not know it. */
  meaningOf({ network_error_code }: DeliverSm, { err }: Receipt): ErrMeaning | undefined {
    if (this.#source === "err") return err === null ? undefined : this.#codes.get(this.#key(err));
    // SMPP 3.4 section 5.3.2.31: the kind of network, then the code.
    const [, high, low] = network_error_code ?? [];
    return high === undefined || low === undefined ? undefined : this.#codes.get(high * 256 + low);
  }

  #key(code: string): number | string {
    const isNumber = this.#base === 16 ? /^(?:0x)?[0-9a-f]{1,8}$/i : /^\d{1,9}$/;
    return isNumber.test(code) ? Number.parseInt(code, this.#base) : code.toUpperCase();
  }
}
