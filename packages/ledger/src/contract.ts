/** What every ledger must do, as cases that any test runner can run. */

import assert from "node:assert/strict";
import type { Ledger } from "./ledger.ts";

/** One demand: a sentence, and a function that rejects with an AssertionError when it is not met. */
export interface ContractCase {
  name: string;
  run(): Promise<void>;
}

/** How the contract gets at the implementation under test. */
export interface LedgerSubject {
  /** A ledger over fresh state. The contract closes what it made. */
  create(): Ledger | Promise<Ledger>;
  /** A second ledger over the state of `other`; absent where nothing is shared. */
  createBeside?(other: Ledger): Ledger | Promise<Ledger>;
}

/**
 * The cases that every implementation of `Ledger` passes. Where `createBeside` is given they run over
 * two ledgers that share one state, else over one.
 *
 * ```ts
 * for (const { name, run } of ledgerContract({ create: () => new MyLedger() })) test(name, run);
 * ```
 */
export function ledgerContract(subject: LedgerSubject): ContractCase[] {
  return demands.map(([name, use]) => ({
    name,
    run: async () => {
      const ledger = await subject.create();
      const beside = await subject.createBeside?.(ledger);
      try {
        await use(ledger, beside ?? ledger);
      } finally {
        await beside?.close();
        await ledger.close();
      }
    },
  }));
}

const begun = { kind: "begun" };
const longest = "x".repeat(255);

/** Sentences, and what shows that they hold. */
const demands: readonly (readonly [
  name: string,
  use: (ledger: Ledger, beside: Ledger) => Promise<void>,
])[] = [
  [
    "lets one holder begin a message, and no other until it is released",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      const other = beside.open("msg-1");
      assert.deepEqual(await one.begin(1), begun);
      assert.deepEqual(await other.begin(1), { kind: "busy" });
      assert.deepEqual(await other.begin(2, { again: true }), { kind: "busy" });
      assert.deepEqual(await one.begin(2), begun);
      assert.deepEqual(await beside.open("msg-2").begin(1), begun);
    },
  ],
  [
    "does not know the fate of a part that was begun, released, and not answered",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      await one.begin(1);
      await one.release();
      const other = beside.open("msg-1");
      assert.deepEqual(await other.begin(1), { kind: "unknown" });
      assert.deepEqual(await one.begin(1), { kind: "busy" });
      await other.release();
      assert.deepEqual(await other.begin(1), { kind: "unknown" });
      // A part that nobody began is not with the SMSC.
      assert.deepEqual(await other.begin(2), begun);
      assert.deepEqual(await other.begin(1, { again: true }), begun);
    },
  ],
  [
    "lets a part be begun anew that is not with the SMSC",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      await one.begin(1);
      await one.undo(1);
      await one.release();
      assert.deepEqual(await beside.open("msg-1").begin(1), begun);
    },
  ],
  [
    "lets nobody but its holder undo a part",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      await one.begin(1);
      await beside.open("msg-1").undo(1);
      await ledger.open("msg-2").undo(1);
      await one.release();
      await one.undo(1);
      assert.deepEqual(await beside.open("msg-1").begin(1), { kind: "unknown" });
    },
  ],
  [
    "lets its holder begin a part once more",
    async (ledger) => {
      const one = ledger.open("msg-1");
      assert.deepEqual(await one.begin(1), begun);
      assert.deepEqual(await one.begin(1), begun);
    },
  ],
  [
    "knows under which id the SMSC took a part",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      await one.begin(1);
      await one.begin(2);
      assert.equal(await one.accepted(1, "smsc-1"), undefined);
      const again = await one.begin(1);
      assert.deepEqual(again, { kind: "accepted", smppId: "smsc-1" });
      await one.release();
      const other = beside.open("msg-1");
      assert.deepEqual(await other.begin(1, { again: true }), again);
      assert.deepEqual(await other.begin(2), { kind: "unknown" });
      assert.deepEqual(await other.begin(3), begun);
    },
  ],
  [
    "notes an answer that comes when the message is in other hands",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      await one.begin(1);
      await one.release();
      const other = beside.open("msg-1");
      assert.deepEqual(await other.begin(1), { kind: "unknown" });
      assert.equal(await one.accepted(1, "smsc-1"), undefined);
      assert.deepEqual(await other.begin(1), { kind: "accepted", smppId: "smsc-1" });
      await other.undo(1);
      assert.deepEqual(await other.begin(1), { kind: "accepted", smppId: "smsc-1" });
    },
  ],
  [
    "tells everybody the outcome of a message that met its end",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      await one.begin(1);
      assert.equal(await one.end("refused"), "refused");
      const ended = { kind: "ended", outcome: "refused" };
      assert.deepEqual(await one.begin(1), ended);
      const other = beside.open("msg-1");
      assert.deepEqual(await other.begin(1, { again: true }), ended);
      assert.deepEqual(await other.begin(2), ended);
      await one.undo(1);
      await one.release();
      assert.deepEqual(await other.begin(1), ended);
      // One that nobody began can end, too.
      assert.equal(await beside.open("msg-2").end("bad"), "bad");
      assert.deepEqual(await ledger.open("msg-2").begin(1), { kind: "ended", outcome: "bad" });
    },
  ],
  [
    "takes answer and outcome in one step",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      await one.begin(1);
      assert.equal(await one.accepted(1, "smsc-1", "sent"), "sent");
      const ended = { kind: "ended", outcome: "sent" };
      assert.deepEqual(await beside.open("msg-1").begin(1), ended);
    },
  ],
  [
    "keeps the first outcome",
    async (ledger, beside) => {
      const one = ledger.open("msg-1");
      const other = beside.open("msg-1");
      await one.begin(1);
      await one.release();
      assert.equal(await other.end("unknown"), "unknown");
      assert.equal(await one.end("sent"), "unknown");
      assert.equal(await one.accepted(1, "smsc-1"), "unknown");
      assert.equal(await one.accepted(1, "smsc-1", "sent"), "unknown");
    },
  ],
  [
    "has free what a ledger had that was closed",
    async (ledger, beside) => {
      if (ledger === beside) return;
      await beside.open("msg-1").begin(1);
      await beside.close();
      assert.deepEqual(await ledger.open("msg-1").begin(1), { kind: "unknown" });
    },
  ],
  [
    "takes ids and outcomes of any text",
    async (ledger, beside) => {
      const texts = [
        "",
        " ",
        "__proto__",
        "a:b",
        "{tag}",
        '"\\',
        "+",
        "?",
        "\u00e9\u0000\uffff",
        longest,
      ];
      for (const text of texts) {
        const one = ledger.open(text);
        assert.deepEqual(await one.begin(1), begun);
        await one.accepted(1, text);
        await one.release();
        const other = beside.open(text);
        assert.deepEqual(await other.begin(1), { kind: "accepted", smppId: text });
        assert.equal(await other.end(text), text);
        assert.deepEqual(await one.begin(1), { kind: "ended", outcome: text });
      }
    },
  ],
  [
    "refuses what is too long or no part, and notes nothing of it",
    async (ledger, beside) => {
      assert.throws(() => ledger.open(`${longest}x`), RangeError);
      const one = ledger.open("msg-1");
      for (const part of [0, 256, 1.5, Number.NaN]) {
        await assert.rejects(one.begin(part), RangeError);
        await assert.rejects(one.accepted(part, "smsc-1"), RangeError);
        await assert.rejects(one.undo(part), RangeError);
      }
      await assert.rejects(one.accepted(1, `${longest}x`), RangeError);
      await assert.rejects(one.accepted(1, "smsc-1", "x".repeat(65_536)), RangeError);
      await assert.rejects(one.end("x".repeat(65_536)), RangeError);
      assert.deepEqual(await beside.open("msg-1").begin(1), begun);
      assert.deepEqual(await ledger.open("msg-2").begin(255), begun);
      const largest = "x".repeat(65_535);
      assert.equal(await ledger.open("msg-3").end(largest), largest);
    },
  ],
];
