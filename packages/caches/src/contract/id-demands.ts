/** What every cache must do with message ids, and with receipts that come before theirs. */

import assert from "node:assert/strict";
import type { OverdueReceipt, PartInfo, ReceiptName, SmppCache } from "../smpp-cache.ts";
import { idKey } from "../smpp-id.ts";
import { type Demand, type Use, untilFree } from "./demand.ts";

const longest = "x".repeat(255);
const tooLong = `${longest}x`;

export const idDemands: readonly Demand[] = [
  [
    "finds the message of an SMSC's id, more than once, until it is deleted",
    async (cache, beside) => {
      await cache.storeSmppMessageId("smsc-1", "msg-1");
      assert.deepEqual(await beside.fetchSmppMessageId("smsc-1"), { messageId: "msg-1" });
      assert.deepEqual(await cache.fetchSmppMessageId("smsc-1"), { messageId: "msg-1" });
      await beside.deleteSmppMessageId("smsc-1");
      assert.equal(await cache.fetchSmppMessageId("smsc-1"), undefined);
      await cache.deleteSmppMessageId("smsc-1");
    },
  ],
  [
    "keeps which part an id belongs to",
    async (cache, beside) => {
      await cache.storeSmppMessageId("smsc-1", "msg-1", { part: 2, total: 3 });
      assert.deepEqual(await beside.fetchSmppMessageId("smsc-1"), {
        messageId: "msg-1",
        info: { part: 2, total: 3 },
      });
    },
  ],
  [
    "lets the later message have an id that is used twice",
    async (cache, beside) => {
      await cache.storeSmppMessageId("smsc-1", "msg-1", { part: 1, total: 2 });
      await beside.storeSmppMessageId("smsc-1", "msg-2");
      assert.deepEqual(await cache.fetchSmppMessageId("smsc-1"), { messageId: "msg-2" });
    },
  ],
  [
    "takes ids of any text",
    async (cache, beside) => {
      const ids = [
        "",
        " ",
        "__proto__",
        "constructor",
        "a:b",
        "{tag}",
        "\u00e9\u0000\uffff",
        longest,
      ];
      for (const id of ids) {
        assert.equal(await cache.fetchSmppMessageId(id), undefined);
        await cache.storeSmppMessageId(id, id);
      }
      for (const id of ids) {
        assert.deepEqual(await beside.fetchSmppMessageId(id), { messageId: id });
      }
    },
  ],
  [
    "refuses ids over 255 characters, and does not know them",
    async (cache, beside) => {
      await assert.rejects(cache.storeSmppMessageId(tooLong, "msg-1"), RangeError);
      await assert.rejects(cache.storeSmppMessageId("smsc-1", tooLong), RangeError);
      await cache.deleteSmppMessageId(tooLong);
      for (const id of [tooLong, longest, "smsc-1"]) {
        assert.equal(await beside.fetchSmppMessageId(id), undefined);
      }
    },
  ],
  [
    "refuses a part that is none of its message",
    async (cache) => {
      const wrong: PartInfo[] = [
        { part: 0, total: 1 },
        { part: 3, total: 2 },
        { part: 1.5, total: 2 },
        { part: 1, total: 256 },
        { part: 1, total: Number.NaN },
      ];
      for (const info of wrong) {
        await assert.rejects(cache.storeSmppMessageId("smsc-1", "msg-1", info), RangeError);
      }
      assert.equal(await cache.fetchSmppMessageId("smsc-1"), undefined);
      await cache.storeSmppMessageId("smsc-1", "msg-1", { part: 255, total: 255 });
    },
  ],
  [
    "keeps apart ids with one key: of another case, with other zeros, of another base",
    async (cache, beside) => {
      const ids = ["6aad5", "6AAD5", "006aad5", "0x6aad5", "436949", "0000436949"];
      for (const id of ids) await cache.storeSmppMessageId(id, `message ${id}`);
      await beside.deleteSmppMessageId("6AAD5");
      for (const id of ids) {
        const known = id === "6AAD5" ? undefined : { messageId: `message ${id}` };
        assert.deepEqual(await beside.fetchSmppMessageId(id), known);
      }
    },
  ],
  [
    "finds the message that a receipt means, in whichever form it has the id",
    waiting(async (cache, beside) => {
      const stored: [string, ReceiptName][] = [
        ["smsc-1", named("smsc-1")],
        ["SAR-27-1EEDF843-2-1", named("SAR-27-1eedf843-2-1", "sar-27-1eedf843-2-1")],
        ["0000012345", named("12345", "12345")],
        ["12346", named("000012346", "12346")],
        ["6AAD5", named("436949", "436949", "6aad5")],
        ["436950", named("6aad6", "6aad6", "436950")],
        ["\u00c9\u0000\uffff", named("\u00e9\u0000\uffff", "\u00e9\u0000\uffff")],
      ];
      for (const [smppId, name] of stored) {
        assert.deepEqual(await beside.matchReceipt(name), { kind: "unknown" });
        await cache.claimReceipts(smppId, `message ${smppId}`, { part: 1, total: 2 }, 60);
        const message = { messageId: `message ${smppId}`, info: { part: 1, total: 2 } };
        assert.deepEqual(await beside.matchReceipt(name), { kind: "known", smppId, message });
      }
    }),
  ],
  [
    "finds the id that is the same before those of another form, and of two such forms none",
    waiting(async (cache, beside) => {
      for (const id of ["AB12", "ab12"]) await cache.storeSmppMessageId(id, id);
      for (const smppId of ["AB12", "ab12"]) {
        const known = { kind: "known", smppId, message: { messageId: smppId } };
        assert.deepEqual(await beside.matchReceipt(named(smppId, "ab12")), known);
      }
      const other = named("aB12", "ab12");
      assert.deepEqual(await beside.matchReceipt(other), { kind: "unknown" });
      await beside.deleteSmppMessageId("AB12");
      assert.deepEqual(await cache.matchReceipt(named("AB12", "ab12")), { kind: "settled" });
      assert.deepEqual(await cache.matchReceipt(other), { kind: "unknown" });
    }),
  ],
  [
    "does not take an id for one of another base that has the same key",
    waiting(async (cache, beside) => {
      await cache.storeSmppMessageId("436949", "msg-1");
      const sameKey = { ...named("6AAD5", "6aad5"), key: idKey("436949") };
      assert.deepEqual(await beside.matchReceipt(sameKey), { kind: "unknown" });
      const both = { ...sameKey, folded: ["6aad5", "436949"] };
      assert.equal((await beside.matchReceipt(both)).kind, "known");
    }),
  ],
  [
    "knows a deleted id as settled, until it is stored again",
    waiting(async (cache, beside) => {
      const name = named("smsc-1");
      await cache.storeSmppMessageId("smsc-1", "msg-1");
      await beside.deleteSmppMessageId("smsc-1");
      const keep = { receipt: "again", seconds: 60 };
      assert.deepEqual(await cache.matchReceipt(name, keep), { kind: "settled" });
      assert.deepEqual(await beside.matchReceipt(name), { kind: "settled" });
      assert.deepEqual(await cache.claimReceipts("smsc-1", "msg-2", undefined, 60), []);
      const message = { messageId: "msg-2" };
      const known = { kind: "known", smppId: "smsc-1", message };
      assert.deepEqual(await beside.matchReceipt(name), known);
    }),
  ],
  [
    "does not know an id as settled that was never stored",
    waiting(async (cache, beside) => {
      await cache.storeSmppMessageId("AB12", "msg-1");
      await cache.deleteSmppMessageId("ab12");
      await beside.deleteSmppMessageId("smsc-2");
      assert.deepEqual(await beside.matchReceipt(named("ab12")), { kind: "unknown" });
      assert.deepEqual(await cache.matchReceipt(named("smsc-2")), { kind: "unknown" });
    }),
  ],
  [
    "keeps the other receipts for an id when one is settled or recalled",
    waiting(async (cache, beside) => {
      const first = await kept(cache, named("a"), "first");
      const second = await kept(beside, named("a"), "second");
      const third = await kept(cache, named("a"), "third");
      await beside.settleReceipt("a", first, true);
      assert.deepEqual(await cache.recallReceipt(named("a"), third), { kind: "unknown" });
      const waited = [{ token: second, receipt: "second" }];
      assert.deepEqual(await cache.claimReceipts("a", "msg-1", undefined, 60), waited);
    }),
  ],
  [
    "hands receipts that came before their id to whoever stores it, in their order",
    waiting(async (cache, beside) => {
      const name = named("0x00AB", "ab");
      const first = await kept(cache, name, "first");
      const second = await kept(beside, named("ab", "ab"), "second \u00e9\u0000");
      await kept(cache, named("other"), "other");
      await kept(cache, { ...name, exact: ["0x00AB"], folded: [] }, "as it is");
      const waited = [
        { token: first, receipt: "first" },
        { token: second, receipt: "second \u00e9\u0000" },
      ];
      assert.deepEqual(await beside.claimReceipts("AB", "msg-1", undefined, 60), waited);
      for (const { token } of waited) await cache.settleReceipt("AB", token, true);
      assert.deepEqual(await beside.claimReceipts("AB", "msg-1", undefined, 60), []);
      assert.deepEqual(await cache.recallReceipt(name, first), { kind: "claimed" });
    }),
  ],
  [
    "keeps a receipt once that comes twice",
    waiting(async (cache, beside) => {
      const token = await kept(cache, named("a"), "twice");
      assert.equal(await kept(beside, named("a"), "twice"), token);
      const waited = [{ token, receipt: "twice" }];
      assert.deepEqual(await cache.claimReceipts("a", "msg-1", undefined, 60), waited);
      assert.equal(await kept(beside, named("a"), "twice"), token);
    }),
  ],
  [
    "hands a leased receipt to the same message again, and to no other",
    waiting(async (cache, beside) => {
      const token = await kept(cache, named("a"), "text");
      const waited = [{ token, receipt: "text" }];
      assert.deepEqual(await cache.claimReceipts("a", "msg-1", undefined, 60), waited);
      assert.deepEqual(await beside.claimReceipts("a", "msg-2", undefined, 60), []);
      assert.deepEqual(await beside.claimReceipts("a", "msg-1", undefined, 60), waited);
      assert.deepEqual(await cache.recallReceipt(named("a"), token), { kind: "leased" });
      await beside.settleReceipt("a", token, false);
      assert.deepEqual(await cache.recallReceipt(named("a"), token), {
        kind: "known",
        smppId: "a",
        message: { messageId: "msg-1" },
      });
      assert.deepEqual(await cache.recallReceipt(named("a"), token), { kind: "claimed" });
    }),
  ],
  [
    "gives back a receipt whose lease is over, with the message that it is about",
    waiting(async (cache, beside) => {
      const token = await kept(cache, named("a"), "text");
      await beside.claimReceipts("a", "msg-1", { part: 1, total: 2 }, 0.001);
      const message = { messageId: "msg-1", info: { part: 1, total: 2 } };
      const recalled = await untilFree(async () => {
        const answer = await cache.recallReceipt(named("a"), token);
        return answer.kind === "leased" ? "leased" : answer;
      });
      assert.deepEqual(recalled, { kind: "known", smppId: "a", message });
    }),
  ],
  [
    "keeps no receipt for ids over 255 characters, and none over 65,535 itself",
    waiting(async (cache, beside) => {
      const keep = { receipt: "x".repeat(65_535), seconds: 60 };
      const unknown = { kind: "unknown" };
      assert.deepEqual(await cache.matchReceipt(named(tooLong, tooLong), keep), unknown);
      await beside.recallReceipt(named(tooLong), "none");
      await assert.rejects(beside.claimReceipts(tooLong, "msg-1", undefined, 60), RangeError);
      await assert.rejects(beside.claimReceipts("a", tooLong, undefined, 60), RangeError);
      const larger = { receipt: `${keep.receipt}x`, seconds: 60 };
      assert.deepEqual(await cache.matchReceipt(named("a"), larger), unknown);
      assert.equal((await cache.matchReceipt(named(longest), keep)).kind, "kept");
      const [waited] = await beside.claimReceipts(longest, longest, undefined, 60);
      assert.equal(waited?.receipt, keep.receipt);
    }),
  ],
  [
    "finds a receipt's other ids although one is over 255 characters",
    waiting(async (cache, beside) => {
      const name = { key: "a", exact: ["a".padStart(256, "0")], folded: ["a"] };
      const token = await kept(cache, name, "text");
      const waited = [{ token, receipt: "text" }];
      assert.deepEqual(await beside.claimReceipts("A", "msg-1", undefined, 60), waited);
      await beside.settleReceipt("A", token, false);
      assert.equal((await beside.recallReceipt(name, token)).kind, "known");
      assert.equal((await cache.matchReceipt(name)).kind, "known");
    }),
  ],
  [
    "gives back a receipt that nobody claimed",
    waiting(async (cache, beside) => {
      const token = await kept(cache, named("a"), "text");
      assert.deepEqual(await cache.recallReceipt(named("a"), token), { kind: "unknown" });
      assert.deepEqual(await beside.claimReceipts("a", "msg-1", undefined, 60), []);
      await beside.settleReceipt("a", token, true);
    }),
  ],
  [
    "hands a receipt to exactly one of messages that get its id at the same time",
    waiting(async (cache, beside) => {
      const token = await kept(cache, named("a"), "text");
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? cache : beside).claimReceipts("a", `msg-${i}`, undefined, 60),
        ),
      );
      assert.deepEqual(answers.flat(), [{ token, receipt: "text" }]);
    }),
  ],
  [
    "keeps a receipt that is recalled on lease until it is settled",
    takingOver(async (cache, beside) => {
      const token = await kept(cache, named("a"), "text");
      const unknown = { kind: "unknown" };
      assert.deepEqual(await cache.recallReceipt(named("a"), token, 60), unknown);
      assert.deepEqual(await beside.recallReceipt(named("a"), token, 60), { kind: "leased" });
      assert.deepEqual(await beside.claimReceipts("a", "", undefined, 60), []);
      await beside.settleReceipt("a", token, false);
      const waited = [{ token, receipt: "text" }];
      assert.deepEqual(await beside.claimReceipts("a", "msg-1", undefined, 60), waited);
      await beside.settleReceipt("a", token, false);
      const known = { kind: "known", smppId: "a", message: { messageId: "msg-1" } };
      assert.deepEqual(await cache.recallReceipt(named("a"), token, 60), known);
      await cache.settleReceipt("a", token, true);
      assert.deepEqual(await beside.recallReceipt(named("a"), token, 60), { kind: "claimed" });
    }),
  ],
  [
    "gives a recalled receipt once more when its lease is over",
    takingOver(async (cache, beside) => {
      const token = await kept(cache, named("a"), "text");
      assert.equal((await cache.recallReceipt(named("a"), token, 0.001)).kind, "unknown");
      const recalled = await untilFree(async () => {
        const answer = await beside.recallReceipt(named("a"), token, 60);
        return answer.kind === "leased" ? "leased" : answer;
      });
      assert.deepEqual(recalled, { kind: "unknown" });
    }),
  ],
  [
    "hands out a receipt whose time is over to one who asks, with what is known of its id",
    takingOver(async (cache, beside) => {
      const name = named("0x00AB", "ab");
      const tokens = {
        known: await kept(cache, name, "known", soon),
        settled: await kept(beside, named("b"), "settled", soon),
        unknown: await kept(cache, named("c"), "unknown \u00e9\u0000", soon),
      };
      await kept(cache, named("d"), "its time is not over");
      await cache.storeSmppMessageId("AB", "msg-1", { part: 1, total: 2 });
      await beside.storeSmppMessageId("b", "msg-2");
      await beside.deleteSmppMessageId("b");
      const message = { messageId: "msg-1", info: { part: 1, total: 2 } };
      const found = await overdue([cache, beside], 3);
      assert.deepEqual(found.sort(byKey), [
        {
          key: "ab",
          token: tokens.known,
          receipt: "known",
          match: { kind: "known", smppId: "AB", message },
        },
        { key: "b", token: tokens.settled, receipt: "settled", match: { kind: "settled" } },
        {
          key: "c",
          token: tokens.unknown,
          receipt: "unknown \u00e9\u0000",
          match: { kind: "unknown" },
        },
      ]);
      assert.deepEqual(await cache.recallReceipt(name, tokens.known, 60), { kind: "leased" });
      assert.deepEqual(await beside.claimReceipts("AB", "msg-3", undefined, 60), []);
      for (const { key, token } of found) await beside.settleReceipt(key, token, true);
      assert.deepEqual(await cache.recallReceipt(name, tokens.known, 60), { kind: "claimed" });
    }),
  ],
  [
    "hands out an overdue receipt once more when it was given back, and not once it is settled",
    takingOver(async (cache, beside) => {
      const token = await kept(cache, named("a"), "text", soon);
      const settled = await kept(cache, named("b"), "settled", soon);
      const recalled = await kept(cache, named("c"), "recalled", soon);
      await cache.settleReceipt("b", settled, true);
      await cache.recallReceipt(named("c"), recalled);
      for (const asked of [cache, beside]) {
        const [receipt, ...others] = await overdue([asked], 1, soon);
        assert.equal(receipt?.token, token);
        assert.deepEqual(others, []);
        await asked.settleReceipt("a", token, false);
      }
      await beside.claimReceipts("a", "msg-1", undefined, soon);
      const [claimed] = await overdue([cache], 1);
      const message = { messageId: "msg-1" };
      assert.deepEqual(claimed?.match, { kind: "known", smppId: "a", message });
    }),
  ],
  [
    "hands out more overdue receipts than are asked for at a time",
    takingOver(async (cache, beside) => {
      const ids = Array.from({ length: 230 }, (_, i) => `id-${i}`);
      for (const id of ids) await kept(cache, named(id), id, soon);
      const found = await overdue([cache, beside], ids.length);
      assert.deepEqual(found.map(({ receipt }) => receipt).sort(), [...ids].sort());
    }),
  ],
];

type Early = Required<
  Pick<SmppCache, "matchReceipt" | "claimReceipts" | "settleReceipt" | "recallReceipt">
>;
type WithReceipts = SmppCache & Early;
type TakingOver = WithReceipts & Required<Pick<SmppCache, "claimOverdueReceipts">>;

/** Seconds that are over when it is asked. */
const soon = 0.001;

/** A demand on caches that outlive their processes; others may do without. */
function takingOver(use: (cache: TakingOver, beside: TakingOver) => Promise<void>): Use {
  return waiting(async (cache, beside) => {
    if (takesOver(cache) && takesOver(beside)) await use(cache, beside);
  });
}

function takesOver(cache: WithReceipts): cache is TakingOver {
  return cache.claimOverdueReceipts !== undefined;
}

/** Asks all, at the same time, until there were so many. */
async function overdue(
  caches: readonly TakingOver[],
  count: number,
  lease = 60,
): Promise<OverdueReceipt[]> {
  const found: OverdueReceipt[] = [];
  while (found.length < count) {
    const answers = await Promise.all(caches.map((cache) => cache.claimOverdueReceipts(lease)));
    found.push(...answers.flat());
  }
  return found;
}

function byKey(a: OverdueReceipt, b: OverdueReceipt): number {
  return a.key < b.key ? -1 : 1;
}

/** A demand on caches in which receipts wait; others may do without. */
function waiting(use: (cache: WithReceipts, beside: WithReceipts) => Promise<void>): Use {
  return async (cache, beside) => {
    if (hasReceipts(cache) && hasReceipts(beside)) await use(cache, beside);
  };
}

function hasReceipts(cache: SmppCache): cache is WithReceipts {
  const has = [
    cache.matchReceipt,
    cache.claimReceipts,
    cache.settleReceipt,
    cache.recallReceipt,
  ].map((method) => method !== undefined);
  assert.equal(new Set(has).size, 1, "all four methods for receipts, or none of them");
  const isAlone = cache.claimOverdueReceipts !== undefined && has[0] === false;
  assert.equal(isAlone, false, "claimOverdueReceipts beside the four methods for receipts");
  return has[0] === true;
}

function named(id: string, ...folded: string[]): ReceiptName {
  return { key: idKey(id), exact: [id], folded };
}

/** Keeps a receipt, and resolves with its token. */
async function kept(
  cache: Early,
  name: ReceiptName,
  receipt: string,
  seconds = 60,
): Promise<string> {
  const match = await cache.matchReceipt(name, { receipt, seconds });
  assert.equal(match.kind, "kept");
  return match.kind === "kept" ? match.token : "";
}
