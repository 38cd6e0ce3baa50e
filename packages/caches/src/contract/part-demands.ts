/** What every cache must do with the parts of messages. */

import assert from "node:assert/strict";
import type { MessagePart, SmppCache } from "../smpp-cache.ts";
import { type Demand, type Use, untilFree } from "./demand.ts";

export const partDemands: readonly Demand[] = [
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
    "keeps a part although the buffer around it changes",
    async (cache, beside) => {
      const buffer = new Uint8Array(65_536);
      const store = (who: SmppCache, sequence: number) => {
        const octets = buffer.fill(sequence).subarray(1000, 1002);
        return who.storeMultipart(part(sequence, 3, { octets }));
      };
      for (const who of [cache, beside]) assert.equal(await store(who, 1), undefined);
      assert.equal(await store(beside, 3), undefined);
      const whole = await store(cache, 2);
      buffer.fill(0);
      assert.deepEqual(octetsOf(whole), [1, 1, 2, 2, 3, 3]);
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
    "takes addresses of 255 characters and parts of 65,535 octets, and refuses longer ones",
    async (cache, beside) => {
      const longest = { source: "1".repeat(255), destination: "2".repeat(255) };
      const octets = new Uint8Array(65_535).fill(7);
      await cache.storeMultipart(part(1, 2, { ...longest, octets }));
      const whole = await beside.storeMultipart(part(2, 2, { ...longest, octets }));
      assert.equal(whole?.length, 2 * 65_535);
      const longer: Partial<MessagePart>[] = [
        { source: "1".repeat(256) },
        { destination: "2".repeat(256) },
        { octets: new Uint8Array(65_536) },
      ];
      for (const fields of longer) {
        await assert.rejects(cache.storeMultipart(part(1, 2, fields)), RangeError);
        await cache.settleMultipart?.(part(1, 2, fields), true);
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
    "gives a leased message out as it was, although whoever had it wrote into it",
    leasing(async (lease, settle) => {
      await lease("one", 2, 60);
      for (let times = 0; times < 2; times++) {
        const octets = await lease("one", 1, 60);
        assert.deepEqual(octets, [1, 11, 2, 12]);
        await settle("other", 1, false);
      }
    }),
  ],
  [
    "settles what was never leased without a word",
    leasing(async (lease, settle) => {
      for (const published of [true, false]) await settle("one", 1, published);
      assert.equal(await lease("one", 1, 60), "incomplete");
    }),
  ],
];

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
        if (leased.kind !== "whole") return leased.kind;
        const whole = [...leased.octets];
        leased.octets.fill(0);
        return whole;
      },
      async (who, sequence, published) => {
        assert.ok(caches[who].settleMultipart, "leaseMultipart without settleMultipart");
        await caches[who].settleMultipart(part(sequence, 2), published);
      },
    );
  };
}

function part(sequence: number, total: number, fields: Partial<MessagePart> = {}): MessagePart {
  const octets = Uint8Array.of(sequence, sequence + 10);
  return { source: "1", destination: "2", reference: 7, total, sequence, octets, ...fields };
}

function octetsOf(message: Uint8Array | undefined): number[] | undefined {
  return message === undefined ? undefined : [...message];
}
