/** What every SMPP cache must do, as cases that any test runner can run. */

import assert from "node:assert/strict";
import type { MessagePart, ReceiptName, SmppCache } from "./smpp-cache.ts";
import { idKey } from "./smpp-id.ts";

/** One demand: a sentence, and a function that rejects with an AssertionError when it is not met. */
export interface ContractCase {
  name: string;
  run(): Promise<void>;
}

/** How the contract gets at the implementation under test. */
export interface SmppCacheSubject {
  /** A cache over fresh state. The contract closes what it made. */
  create(): SmppCache | Promise<SmppCache>;
  /** A second cache over the state of `other`; absent where nothing is shared. */
  createBeside?(other: SmppCache): SmppCache | Promise<SmppCache>;
}

type Use = (cache: SmppCache, beside: SmppCache) => Promise<void>;

/**
 * The cases that every implementation of `SmppCache` passes. Where `createBeside` is given they
 * run over two caches that share one state, else over one.
 *
 * ```ts
 * for (const { name, run } of smppCacheContract({ create: () => new MyCache() })) test(name, run);
 * ```
 */
export function smppCacheContract(subject: SmppCacheSubject): ContractCase[] {
  return demands.map(([name, use]) => ({
    name,
    run: async () => {
      const cache = await subject.create();
      const beside = await subject.createBeside?.(cache);
      try {
        await use(cache, beside ?? cache);
      } finally {
        await beside?.close();
        await cache.close();
      }
    },
  }));
}

const demands: [string, Use][] = [
  [
    "joins parts that come in order",
    async (cache, beside) => {
      assert.equal(await cache.storeMultipart(part(1, 3)), undefined);
      assert.equal(await beside.storeMultipart(part(2, 3)), undefined);
      assert.deepEqual(octetsOf(await cache.storeMultipart(part(3, 3))), [1, 11, 2, 12, 3, 13]);
    },
  ],
  [
    "joins parts that come in any order, by their sequence numbers",
    async (cache, beside) => {
      for (const sequence of [12, 3, 1, 10, 2, 11, 9, 4, 8, 5, 7]) {
        assert.equal(await cache.storeMultipart(part(sequence, 12)), undefined);
      }
      const wanted = Array.from({ length: 12 }, (_, i) => [i + 1, i + 11]).flat();
      assert.deepEqual(octetsOf(await beside.storeMultipart(part(6, 12))), wanted);
    },
  ],
  [
    "joins 255 parts, and any octets",
    async (cache) => {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      for (let sequence = 2; sequence <= 255; sequence++) {
        await cache.storeMultipart(part(sequence, 255, { octets: new Uint8Array(0) }));
      }
      const message = await cache.storeMultipart(part(1, 255, { octets: all }));
      assert.deepEqual(octetsOf(message), [...all]);
    },
  ],
  [
    "takes a message of one part as complete",
    async (cache) => {
      assert.deepEqual(octetsOf(await cache.storeMultipart(part(1, 1))), [1, 11]);
    },
  ],
  [
    "is not harmed by repeated parts",
    async (cache, beside) => {
      await cache.storeMultipart(part(1, 2));
      assert.equal(await beside.storeMultipart(part(1, 2)), undefined);
      assert.deepEqual(octetsOf(await cache.storeMultipart(part(2, 2))), [1, 11, 2, 12]);
    },
  ],
  [
    "begins anew with a part whose octets or total are another message's",
    async (cache, beside) => {
      await cache.storeMultipart(part(1, 3));
      await cache.storeMultipart(part(2, 3));
      const other = Uint8Array.of(9);
      assert.equal(await beside.storeMultipart(part(1, 3, { octets: other })), undefined);
      assert.equal(await cache.storeMultipart(part(3, 3)), undefined);
      assert.deepEqual(octetsOf(await cache.storeMultipart(part(2, 3))), [9, 2, 12, 3, 13]);
      assert.equal(await cache.storeMultipart(part(1, 3)), undefined);
      assert.equal(await cache.storeMultipart(part(2, 2)), undefined);
      assert.deepEqual(octetsOf(await beside.storeMultipart(part(1, 2))), [1, 11, 2, 12]);
      assert.equal(await cache.storeMultipart(part(3, 3)), undefined);
      assert.equal(await cache.storeMultipart(part(2, 3)), undefined);
    },
  ],
  [
    "begins anew after a message became complete",
    async (cache) => {
      await cache.storeMultipart(part(1, 2));
      await cache.storeMultipart(part(2, 2));
      assert.equal(await cache.storeMultipart(part(2, 2)), undefined);
      assert.deepEqual(octetsOf(await cache.storeMultipart(part(1, 2))), [1, 11, 2, 12]);
    },
  ],
  [
    "keeps apart what differs in source, destination or reference",
    async (cache) => {
      const others: Partial<MessagePart>[] = [
        {},
        { source: "2" },
        { source: "" },
        { destination: "1" },
        { source: "1:2", destination: "" },
        { source: "1", destination: ":2" },
        { reference: 8 },
        { reference: 0 },
      ];
      for (const other of others)
        assert.equal(await cache.storeMultipart(part(1, 2, other)), undefined);
      for (const other of others) {
        assert.deepEqual(octetsOf(await cache.storeMultipart(part(2, 2, other))), [1, 11, 2, 12]);
      }
    },
  ],
  [
    "gives the whole message to exactly one of callers at the same time",
    async (cache, beside) => {
      const numbers = Array.from({ length: 50 }, (_, i) => i + 1);
      const answers = await Promise.all(
        numbers.map((sequence) =>
          (sequence % 2 ? cache : beside).storeMultipart(part(sequence, 50)),
        ),
      );
      const whole = answers.filter((answer) => answer !== undefined);
      assert.equal(whole.length, 1);
      assert.deepEqual(
        octetsOf(whole[0]),
        numbers.flatMap((n) => [n, n + 10]),
      );
    },
  ],
  [
    "keeps a part although the caller's buffer changes",
    async (cache) => {
      const octets = Uint8Array.of(1, 11);
      await cache.storeMultipart(part(1, 2, { octets }));
      octets.fill(0);
      assert.deepEqual(octetsOf(await cache.storeMultipart(part(2, 2))), [1, 11, 2, 12]);
    },
  ],
  [
    "keeps a part although the caller's Buffer changes",
    async (cache) => {
      const octets = Buffer.from([1, 11]);
      await cache.storeMultipart(part(1, 2, { octets }));
      octets.fill(0);
      assert.deepEqual(octetsOf(await cache.storeMultipart(part(2, 2))), [1, 11, 2, 12]);
    },
  ],
  [
    "refuses a part whose numbers do not fit",
    async (cache) => {
      const wrong: Partial<MessagePart>[] = [
        { sequence: 0 },
        { sequence: 4 },
        { sequence: 1.5 },
        { total: 0 },
        { total: 256 },
        { reference: -1 },
        { reference: 65_536 },
      ];
      for (const fields of wrong) {
        await assert.rejects(cache.storeMultipart(part(1, 3, fields)), RangeError);
      }
    },
  ],
  [
    "leases a whole message to one, and to the next when the lease is over",
    leasing(async (lease, settle) => {
      assert.deepEqual(await lease("one", 1, 60), "incomplete");
      assert.deepEqual(await lease("other", 2, 0.001), [1, 11, 2, 12]);
      assert.deepEqual(await untilFree(() => lease("one", 2, 60)), [1, 11, 2, 12]);
      assert.equal(await lease("other", 2, 60), "leased");
      await settle("one", 2, true);
    }),
  ],
  [
    "gives a message that was not published out again at once, and a published one never",
    leasing(async (lease, settle) => {
      await lease("one", 2, 60);
      assert.deepEqual(await lease("one", 1, 60), [1, 11, 2, 12]);
      await settle("one", 1, false);
      assert.deepEqual(await lease("other", 1, 60), [1, 11, 2, 12]);
      await settle("other", 1, true);
      assert.equal(await lease("one", 1, 60), "incomplete");
    }),
  ],
  [
    "collects a later message with the same reference beside a leased one",
    leasing(async (lease, settle) => {
      await lease("one", 1, 60);
      assert.deepEqual(await lease("one", 2, 60), [1, 11, 2, 12]);
      assert.equal(await lease("one", 1, 60, 99), "incomplete");
      assert.deepEqual(await lease("one", 2, 60, 98), [99, 98]);
      await settle("one", 2, false);
      assert.deepEqual(await lease("other", 2, 60), [1, 11, 2, 12]);
      assert.equal(await lease("other", 2, 60, 98), "leased");
    }),
  ],
  [
    "settles what was never leased without a word",
    leasing(async (lease, settle) => {
      for (const published of [true, false]) await settle("one", 1, published);
      assert.equal(await lease("one", 1, 60), "incomplete");
    }),
  ],
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
        "x".repeat(65),
      ];
      for (const id of ids) {
        assert.equal(await cache.fetchSmppMessageId(id), undefined);
        await cache.storeSmppMessageId(id, `message ${id}`);
      }
      for (const id of ids) {
        assert.deepEqual(await beside.fetchSmppMessageId(id), { messageId: `message ${id}` });
      }
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
];

type Early = Required<
  Pick<SmppCache, "matchReceipt" | "claimReceipts" | "settleReceipt" | "recallReceipt">
>;
type WithReceipts = SmppCache & Early;

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
  return has[0] === true;
}

function named(id: string, ...folded: string[]): ReceiptName {
  return { key: idKey(id), exact: [id], folded };
}

/** Keeps a receipt, and resolves with its token. */
async function kept(cache: Early, name: ReceiptName, receipt: string): Promise<string> {
  const match = await cache.matchReceipt(name, { receipt, seconds: 60 });
  assert.equal(match.kind, "kept");
  return match.kind === "kept" ? match.token : "";
}

type Who = "one" | "other";
type Lease = (
  who: Who,
  sequence: number,
  seconds: number,
  octet?: number,
) => Promise<number[] | "incomplete" | "leased">;
type Settle = (who: Who, sequence: number, published: boolean) => Promise<void>;

/** A demand on caches that lease: part `sequence` of 2 by one of two; others may do without. */
function leasing(use: (lease: Lease, settle: Settle) => Promise<void>): Use {
  return async (cache, beside) => {
    if (cache.leaseMultipart === undefined) return;
    const caches = { one: cache, other: beside };
    await use(
      async (who, sequence, seconds, octet) => {
        const octets = octet === undefined ? {} : { octets: Uint8Array.of(octet) };
        const leased = await caches[who].leaseMultipart?.(part(sequence, 2, octets), seconds);
        assert.ok(leased, "leaseMultipart answers nothing");
        return leased.kind === "whole" ? [...leased.octets] : leased.kind;
      },
      async (who, sequence, published) => {
        assert.ok(caches[who].settleMultipart, "leaseMultipart without settleMultipart");
        await caches[who].settleMultipart(part(sequence, 2), published);
      },
    );
  };
}

/** Asks until nobody has the lease: the contract's leases of a millisecond are soon over. */
async function untilFree<T>(ask: () => Promise<T | "leased">): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== "leased") return answer;
  }
}

function part(sequence: number, total: number, fields: Partial<MessagePart> = {}): MessagePart {
  const octets = Uint8Array.of(sequence, sequence + 10);
  return { source: "1", destination: "2", reference: 7, total, sequence, octets, ...fields };
}

function octetsOf(message: Uint8Array | undefined): number[] | undefined {
  return message === undefined ? undefined : [...message];
}
