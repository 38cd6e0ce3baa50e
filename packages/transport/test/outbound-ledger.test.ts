/** What the ledger says of a part is what is done, also when it changes while it is asked. */
import { InMemoryLedger, type Ledger, type LedgerEntry } from "@esme/ledger";
import { describe, expect, test } from "vitest";
import { OutboundLedger } from "../src/flow/outbound-ledger.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { silentLogger } from "./silent-logger.ts";

/** A ledger in which something happens before a part of unknown fate is begun once more. */
class Busy extends InMemoryLedger implements Ledger {
  meanwhile: () => Promise<unknown> = async () => {};

  override open(messageId: string): LedgerEntry {
    const entry = super.open(messageId);
    return {
      ...entry,
      begin: async (part, options) => {
        if (options?.again) await this.meanwhile();
        return entry.begin(part, options);
      },
    };
  }
}

/** A part that somebody began who is gone, and the ledger of a worker that sends such parts again. */
async function unknownPart() {
  const ledger = new Busy();
  const before = ledger.open("msg-1");
  await before.begin(1);
  await before.release();
  const outbound = new OutboundLedger({
    ...{ ledger, unknown: "resend", places: 1, holdTimeout: 1_000 },
    ...{ logger: silentLogger, metrics: new Metrics(), stopped: new AbortController().signal },
    intake: { begin: () => {}, end: () => {} },
  });
  return { before, ledger, note: outbound.open("msg-1", false).part(1) };
}

describe("a part of unknown fate", () => {
  test("is sent again, and is known as such", async () => {
    const { note } = await unknownPart();
    expect(await note.begin()).toEqual({ kind: "begun", isAgain: true });
  });

  test("is not sent again when its answer is noted meanwhile", async () => {
    const { before, ledger, note } = await unknownPart();
    ledger.meanwhile = () => before.accepted(1, "smsc-1");
    expect(await note.begin()).toEqual({ kind: "accepted", smppId: "smsc-1" });
  });
});
