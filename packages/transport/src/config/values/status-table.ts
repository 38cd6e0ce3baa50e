/** What an SMSC's own command_status values mean, and what the worker does about each. */

import { statusName } from "@esme/pdu";
import { nackReason } from "@esme/processors";
import { mapping, word } from "@esme/settings/schema";
import { z } from "zod";
import { isStatus, statusWish, text, toStatus } from "./scalars.ts";

const statusKeys = "command_status values such as 0x400";

const row = mapping(
  {
    meaning: text().default("").describe("For the nack event and the log"),
    reaction: word(["nack", "throttle", "retry", "stop"])
      .default("nack")
      .describe(
        "`throttle`: slow down and send it again; `retry`: send this one again later; " +
          "`stop`: keep it and send nothing for throttle.max_pause",
      ),
  },
  "a mapping of meaning and reaction",
);

/** The key `statuses`: rows by command_status, in decimal, as 0x400 or as the standard's name. */
export const statusTable = z.record(
  z.string().refine((key) => isStatus(toStatus(key)), { error: ({ input }) => statusWish(input) }),
  row,
  { error: `a mapping of ${statusKeys}` },
);

/** Rows as configuration has them, complete. */
export type StatusRows = z.output<typeof statusTable>;

/** What the worker does about a refusal. */
export type Reaction = StatusRows[string]["reaction"];

/** The rows by number. */
export class StatusTable {
  readonly #rows: ReadonlyMap<number, StatusRows[string]>;

  constructor(rows: StatusRows) {
    this.#rows = new Map(
      Object.entries(rows).map(([key, value]) => [Number(toStatus(key)), value]),
    );
  }

  /** What to do about this refusal: `nack` where nothing else was said. */
  reactionTo(status: number): Reaction {
    return this.#rows.get(status)?.reaction ?? "nack";
  }

  /** The numbers with this reaction. */
  withReaction(...reactions: readonly Reaction[]): number[] {
    return [...this.#rows].flatMap(([status, { reaction }]) =>
      reactions.includes(reaction) ? [status] : [],
    );
  }

  /** `nack_reason` of this refusal: the SMSC's own words where they are known, else vumi's. */
  reason(status: number): string {
    const meaning = this.#rows.get(status)?.meaning;
    return meaning ? `${statusName(status)}: ${meaning}` : nackReason(status);
  }
}
