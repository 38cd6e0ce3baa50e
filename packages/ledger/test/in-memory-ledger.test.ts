import { describe, expect, test } from "vitest";
import { ledgerContract } from "../src/contract.ts";
import { InMemoryLedger } from "../src/index.ts";

describe("InMemoryLedger keeps the contract", () => {
  test.each(ledgerContract({ create: () => new InMemoryLedger() }))("$name", ({ run }) => run());
});

test("forgets the message that was changed longest ago when there are too many", async () => {
  const ledger = new InMemoryLedger({ size: 2 });
  await ledger.open("msg-1").end("first");
  await ledger.open("msg-2").end("second");
  // Looked at again: it is no longer the oldest.
  expect(await ledger.open("msg-1").begin(1)).toEqual({ kind: "ended", outcome: "first" });
  await ledger.open("msg-3").end("third");
  expect(await ledger.open("msg-1").begin(1)).toEqual({ kind: "ended", outcome: "first" });
  expect(await ledger.open("msg-2").begin(1)).toEqual({ kind: "begun" });
});

test("forgets a message in the time set", async () => {
  const ledger = new InMemoryLedger({ ttl: 0.001 });
  await ledger.open("msg-1").end("first");
  await expect
    .poll(() => ledger.open("msg-1").begin(1), { interval: 5 })
    .toEqual({ kind: "begun" });
});

test.each([
  [{ ttl: 0 }, RangeError],
  [{ size: 0 }, RangeError],
  [{ size: "many" }, TypeError],
  [{ tll: 1 }, TypeError],
])("refuses the options %j", (options, error) => {
  expect(() => new InMemoryLedger(options as object)).toThrow(error);
});
