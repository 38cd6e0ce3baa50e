import { randomUUID } from "node:crypto";
import { redisUrl } from "@esme/services";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smppCacheContract } from "../src/contract.ts";
import type { IncompleteMessage } from "../src/index.ts";
import { RedisSmppCache } from "../src/redis.ts";

const nowhere = "redis://127.0.0.1:1";
const part = { source: "1", destination: "2", reference: 7, total: 2, sequence: 1 };

describe.skipIf(!redisUrl)("RedisSmppCache", () => {
  const url = redisUrl ?? nowhere;
  const client = createClient({ url });
  const root = `esme-test:${randomUUID()}`;
  const prefixes = new Map<unknown, string>();

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    const used = await client.keys(`${root}*`);
    if (used.length > 0) await client.del(used);
    await client.close();
  });

  const newPrefix = () => `${root}:${randomUUID()}`;

  function create(options: object = {}, prefix = newPrefix()) {
    const cache = new RedisSmppCache({ client, prefix, ...options });
    prefixes.set(cache, prefix);
    return cache;
  }

  describe("keeps the contract, two over one state", () => {
    const options = { overdueTimeout: 0.05 };
    const cases = smppCacheContract({
      create: () => create(options),
      createBeside: (other) => create(options, prefixes.get(other)),
    });
    test.each(cases)("$name", ({ run }) => run());
  });

  test("connects by URL and goes on where another process was ended", async () => {
    const prefix = newPrefix();
    const before = new RedisSmppCache({ url, prefix });
    await before.storeMultipart({ ...part, octets: Uint8Array.of(1) });
    await before.storeSmppMessageId("smsc-1", "msg-1");
    await before.close();
    const after = new RedisSmppCache({ url, prefix });
    expect(await after.fetchSmppMessageId("smsc-1")).toEqual({ messageId: "msg-1" });
    const whole = await after.storeMultipart({ ...part, sequence: 2, octets: Uint8Array.of(2) });
    expect(whole).toEqual(Uint8Array.of(1, 2));
    await after.close();
  });

  test("lets Redis forget ids and incomplete messages in the time set", async () => {
    const prefix = newPrefix();
    const cache = create({ timeout: 100, multipartTimeout: 50 }, prefix);
    await cache.storeSmppMessageId("smsc-1", "msg-1");
    await cache.storeMultipart({ ...part, octets: Uint8Array.of(1) });
    const keys = (await client.keys(`${prefix}*`)).sort();
    const lives = await Promise.all(keys.map((key) => client.pTTL(key)));
    expect(keys).toEqual([`${prefix}:ids:smsc-1`, `${prefix}:parts:["1","2",7]`]);
    expect(lives[0]).toBeGreaterThan(90_000);
    expect(lives[0]).toBeLessThanOrEqual(100_000);
    expect(lives[1]).toBeGreaterThan(40_000);
    expect(lives[1]).toBeLessThanOrEqual(50_000);
  });

  describe("a message that stays incomplete", () => {
    /** Two caches over one state that listen, and what they are told of messages of one sender. */
    function listening(multipartTimeout: number) {
      const told: IncompleteMessage[] = [];
      const onIncomplete = (message: IncompleteMessage) => {
        if (message.source === part.source) told.push(message);
      };
      const prefix = newPrefix();
      const options = { client, prefix, multipartTimeout };
      const caches = [1, 2].map(() => new RedisSmppCache(options, { onIncomplete }));
      /** Parts of others, since it is with those that something is told. */
      const storeOthers = (reference: number) =>
        Promise.all(
          caches.map((cache, i) =>
            cache.storeMultipart({
              ...part,
              source: `other ${i}`,
              reference,
              octets: Uint8Array.of(1),
            }),
          ),
        );
      return { told, caches, prefix, storeOthers };
    }

    test("is told once among all who share it, and begins anew", async () => {
      const { told, caches, prefix, storeOthers } = listening(0.2);
      const store = (sequence: number) =>
        caches[0]?.storeMultipart({
          ...part,
          total: 3,
          sequence,
          octets: Uint8Array.of(sequence),
          dataCoding: 8,
        });
      for (const sequence of [3, 1]) await store(sequence);
      for (let reference = 0; told.length === 0; reference++) await storeOthers(reference % 65_536);
      await storeOthers(1);
      const { sequence: _, ...name } = part;
      const parts = [1, 3].map((sequence) => ({ sequence, octets: Uint8Array.of(sequence) }));
      const expired = { ...name, total: 3, dataCoding: 8, received: [1, 3], parts };
      expect(told).toEqual([{ ...expired, reason: "expired" }]);
      const listed = '["1","2",7]';
      expect(await client.exists(`${prefix}:parts:${listed}`)).toBe(0);
      expect(await client.zScore(`${prefix}:incomplete`, listed)).toBeNull();
      expect(await client.pTTL(`${prefix}:incomplete`)).toBeGreaterThan(0);
      expect(await store(2)).toBeUndefined();
    });

    test("is told when a part of another message comes with its reference", async () => {
      const { told, caches } = listening(60);
      const store = (sequence: number, octet: number) =>
        caches[sequence % 2]?.storeMultipart({ ...part, sequence, octets: Uint8Array.of(octet) });
      await store(1, 1);
      expect(await store(1, 3)).toBeUndefined();
      const { sequence: _, ...name } = part;
      const parts = [{ sequence: 1, octets: Uint8Array.of(1) }];
      expect(told).toEqual([{ ...name, received: [1], parts, reason: "replaced" }]);
      expect(await store(2, 4)).toEqual(Uint8Array.of(3, 4));
    });

    test("is not told when it is a report, which is kept as long as ids are", async () => {
      const { told, caches } = listening(60);
      const prefix = newPrefix();
      const cache = new RedisSmppCache({ client, prefix, timeout: 100, multipartTimeout: 1 });
      const report = { ...part, kind: "report" } as const;
      await cache.storeMultipart({ ...report, octets: Uint8Array.of(1) });
      const [key = ""] = await client.keys(`${prefix}*`);
      expect(await client.pTTL(key)).toBeGreaterThan(90_000);
      for (const octet of [1, 2]) {
        await caches[0]?.storeMultipart({ ...report, octets: Uint8Array.of(octet) });
      }
      const last = { ...report, sequence: 2, octets: Uint8Array.of(3) };
      expect(await caches[1]?.storeMultipart(last)).toEqual(Uint8Array.of(2, 3));
      for (const total of [2, 3]) {
        await caches[0]?.storeMultipart({ ...report, total, octets: Uint8Array.of(total) });
      }
      expect(told).toEqual([]);
    });

    test("is not told when it became whole in time", async () => {
      const { told, caches, storeOthers } = listening(0.2);
      const store = (reference: number, sequence: number) =>
        caches[0]?.storeMultipart({ ...part, reference, sequence, octets: Uint8Array.of(1) });
      let whole = 0;
      do {
        whole += 1;
        await store(whole, 1);
      } while ((await store(whole, 2)) === undefined); // on a busy machine its time may be over
      const last = 65_535;
      await store(last, 1);
      const references = () => told.map(({ reference }) => reference);
      for (let reference = 0; !references().includes(last); reference++)
        await storeOthers(reference % last);
      expect(references()).not.toContain(whole);
    });

    test("is not told when it became whole, or when its time is not over", async () => {
      const { told, caches, storeOthers } = listening(60);
      for (const sequence of [1, 2]) {
        await caches[0]?.storeMultipart({ ...part, sequence, octets: Uint8Array.of(1) });
      }
      await caches[0]?.storeMultipart({ ...part, total: 9, octets: Uint8Array.of(1) });
      await storeOthers(1);
      expect(told).toEqual([]);
    });
  });

  test("lets Redis forget settled ids and receipts that nobody recalls", async () => {
    const prefix = newPrefix();
    const cache = create({ timeout: 1000, settledTimeout: 50 }, prefix);
    await cache.storeSmppMessageId("a", "msg-1");
    await cache.deleteSmppMessageId("a");
    const name = { key: "b", exact: ["b"], folded: [] };
    await cache.matchReceipt(name, { receipt: "text", seconds: 2 });
    const life = (id: string) => client.pTTL(`${prefix}:ids:${id}`);
    expect(await life("b")).toBeGreaterThan(1_000_000);
    expect(await life("b")).toBeLessThanOrEqual(1_012_000);
    const listed = await client.pTTL(`${prefix}:early`);
    expect(listed).toBeGreaterThan(1_000_000);
    expect(listed).toBeLessThanOrEqual(1_012_000);
    const short = create({ timeout: 1 }, `${prefix}:short`);
    await short.matchReceipt(name, { receipt: "text", seconds: 2 });
    expect(await client.pTTL(`${prefix}:short:ids:b`)).toBeGreaterThan(60_000);
  });

  describe("the list of receipts that are kept", () => {
    const name = (id: string) => ({ key: id, exact: [id], folded: [] });
    const keep = async (cache: RedisSmppCache, id: string, seconds = 60) => {
      const match = await cache.matchReceipt(name(id), { receipt: "text", seconds });
      return match.kind === "kept" ? match.token : "";
    };

    test("is not asked for a receipt that matches at once, and costs no more when one is settled", async () => {
      const prefix = newPrefix();
      let commands = 0;
      const counting = {
        eval: (...given: Parameters<typeof client.eval>) => client.eval(...given),
        evalSha: (...given: Parameters<typeof client.evalSha>) => {
          commands += 1;
          return client.evalSha(...given);
        },
      };
      const cache = new RedisSmppCache({ client: counting, prefix });
      const cost = async (work: () => Promise<unknown>) => {
        const before = commands;
        await work();
        return commands - before;
      };
      await cache.storeSmppMessageId("a", "msg-1");
      expect(await cost(() => cache.matchReceipt(name("a"), { receipt: "r", seconds: 9 }))).toBe(1);
      expect(await cost(() => cache.claimReceipts("c", "msg-1", undefined, 9))).toBe(1);
      const token = await keep(cache, "b");
      expect(await cost(() => cache.settleReceipt("b", token, true))).toBe(1);
      expect(await client.zCard(`${prefix}:early`)).toBe(1);
      expect(await cost(() => keep(cache, "d"))).toBe(2);
      expect(await client.zCard(`${prefix}:early`)).toBe(1);
      expect(await cost(() => cache.claimOverdueReceipts(9))).toBe(1);
    });

    test("keeps nothing of what is settled, recalled, too old, or of another program", async () => {
      const prefix = newPrefix();
      const cache = create({ overdueTimeout: 0.001 }, prefix);
      const beside = create({}, prefix);
      const list = `${prefix}:early`;
      await cache.settleReceipt("a", await keep(cache, "a", 0.001), true);
      await beside.settleReceipt("b", await keep(cache, "b", 0.001), true);
      await cache.recallReceipt(name("c"), await keep(cache, "c", 0.001));
      await client.zAdd(list, { score: Date.now() - 1_000, value: "none" });
      await client.zAdd(list, { score: Date.now() - 1_000, value: '["a",7,"9"]' });
      const left = async () => {
        expect(await cache.claimOverdueReceipts(0.001)).toEqual([]);
        return client.zCard(list);
      };
      await expect.poll(left).toBe(0);
      await client.zAdd(list, { score: Date.now() - 86_500_000, value: "old" });
      await keep(cache, "d");
      expect(await client.zScore(list, "old")).toBeNull();
    });

    test("does not mix up a receipt that is settled with the same one, kept once more", async () => {
      const prefix = newPrefix();
      const [cache, beside] = [create({ overdueTimeout: 0.001 }, prefix), create({}, prefix)];
      const token = await keep(cache, "a", 0.001);
      await beside.settleReceipt("a", token, true);
      expect(await keep(cache, "a", 0.05)).toBe(token);
      await keep(beside, "b");
      const taken = async () => (await cache.claimOverdueReceipts(9)).map((one) => one.token);
      await expect.poll(taken).toEqual([token]);
    });
  });

  test("keeps a receipt that was claimed for two leases", async () => {
    const prefix = newPrefix();
    const cache = create({ timeout: 1 }, prefix);
    const name = { key: "b", exact: ["b"], folded: [] };
    await cache.matchReceipt(name, { receipt: "text", seconds: 2 });
    await cache.claimReceipts("b", "msg-1", undefined, 100);
    expect(await client.pTTL(`${prefix}:ids:b`)).toBeGreaterThan(190_000);
  });

  test("hands out the receipts for an id in the order in which they came", async () => {
    const cache = create();
    const name = { key: "b", exact: ["b"], folded: [] };
    const texts = Array.from({ length: 30 }, (_, i) => `${i} ${"text ".repeat(20)}`);
    for (const receipt of texts) await cache.matchReceipt(name, { receipt, seconds: 60 });
    const claimed = await cache.claimReceipts("b", "msg-1", undefined, 10);
    expect(claimed.map(({ receipt }) => receipt)).toEqual(texts);
  });

  test("forgets each of two ids that are alike in its own time", async () => {
    const prefix = newPrefix();
    await create({ timeout: 1000 }, prefix).storeSmppMessageId("ab12", "msg-1");
    const cache = create({ timeout: 0.2 }, prefix);
    await cache.storeSmppMessageId("AB12", "msg-2");
    await expect.poll(() => cache.fetchSmppMessageId("AB12"), { timeout: 10_000 }).toBeUndefined();
    expect(await cache.fetchSmppMessageId("ab12")).toEqual({ messageId: "msg-1" });
    expect(await client.hLen(`${prefix}:ids:ab12`)).toBe(1);
  });

  test("knows an id that is stored again, and no longer that it was settled", async () => {
    const cache = create();
    for (let i = 0; i < 20; i++) {
      const id = `smsc-${i}`;
      await cache.storeSmppMessageId(id, "msg-1");
      await cache.deleteSmppMessageId(id);
      await cache.storeSmppMessageId(id, "msg-2");
      expect(await cache.matchReceipt({ key: id, exact: [id], folded: [] })).toMatchObject({
        message: { messageId: "msg-2" },
      });
    }
  });

  test("takes none where two are meant, although another form means one", async () => {
    const cache = create();
    for (const id of ["12", "012", "0c"]) await cache.storeSmppMessageId(id, id);
    const name = (...folded: string[]) => ({ key: "c", exact: ["0012"], folded });
    expect(await cache.matchReceipt(name("12", "c"))).toEqual({ kind: "unknown" });
    expect(await cache.matchReceipt(name("c"))).toMatchObject({ message: { messageId: "0c" } });
  });

  test("knows the latest hundred of ids that are alike", async () => {
    const cache = create();
    const ids = Array.from({ length: 101 }, (_, zeros) => `${"0".repeat(zeros)}7`);
    const known = () => Promise.all(ids.map((id) => cache.fetchSmppMessageId(id)));
    for (const id of ids) await cache.storeSmppMessageId(id, "msg-1");
    for (const id of ids.slice(1)) await cache.storeSmppMessageId(id, "msg-2");
    const latest = Array.from({ length: 100 }, () => ({ messageId: "msg-2" }));
    expect(await known()).toEqual([undefined, ...latest]);
  });

  test("lets Redis forget a message that was leased and never settled", async () => {
    const prefix = newPrefix();
    const cache = create({ multipartTimeout: 50 }, prefix);
    for (const sequence of [1, 2]) {
      await cache.leaseMultipart({ ...part, sequence, octets: Uint8Array.of(1) }, 10);
    }
    const life = await client.pTTL(`${prefix}:parts:["1","2",7]`);
    expect(life).toBeGreaterThan(40_000);
    expect(life).toBeLessThanOrEqual(50_000);
  });

  test("keeps reports and messages of one name apart", async () => {
    const cache = create();
    const octets = Uint8Array.of(1);
    expect(await cache.storeMultipart({ ...part, octets, kind: "report" })).toBeUndefined();
    expect(await cache.storeMultipart({ ...part, sequence: 2, octets })).toBeUndefined();
  });

  test("asks Redis nothing after its end", async () => {
    const cache = new RedisSmppCache({ url, prefix: newPrefix() });
    await cache.ping();
    await cache.close();
    await expect(cache.fetchSmppMessageId("a")).rejects.toThrow("used after close");
  });

  test("leaves nothing behind of a complete message", async () => {
    const prefix = newPrefix();
    const cache = create({}, prefix);
    for (const sequence of [1, 2])
      await cache.storeMultipart({ ...part, sequence, octets: Uint8Array.of(1) });
    expect(await client.keys(`${prefix}*`)).toEqual([]);
  });

  test.each([
    "",
    "text",
    "{}",
    "[]",
    "[1]",
    "null",
    '{"expires":1e15}',
    '{"expires":1e15,"message":"[]"}',
  ])("does not know an id whose value is %j", async (value) => {
    const prefix = newPrefix();
    await client.hSet(`${prefix}:ids:smsc-1`, "ismsc-1", value);
    expect(await create({}, prefix).fetchSmppMessageId("smsc-1")).toBeUndefined();
  });

  test("says what Redis says when a key is of another kind", async () => {
    const prefix = newPrefix();
    await client.set(`${prefix}:parts:["1","2",7]`, "text");
    const stored = create({}, prefix).storeMultipart({ ...part, octets: Uint8Array.of(1) });
    await expect(stored).rejects.toMatchObject({ code: "failed", message: /WRONGTYPE/ });
  });
});

describe("without Redis", () => {
  test("every method rejects within the time set", async () => {
    const cache = new RedisSmppCache({ url: nowhere, answerTimeout: 0.05 });
    const answers = await Promise.allSettled([
      cache.storeMultipart({ ...part, octets: Uint8Array.of(1) }),
      cache.storeSmppMessageId("a", "b"),
      cache.fetchSmppMessageId("a"),
      cache.deleteSmppMessageId("a"),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    }
    await cache.close();
  });

  test("what can be no id is not asked for", async () => {
    const cache = new RedisSmppCache({ url: nowhere, answerTimeout: 0.05 });
    const long = "1".repeat(256);
    const name = { key: long, exact: [long], folded: [] };
    expect(await cache.fetchSmppMessageId(long)).toBeUndefined();
    await cache.deleteSmppMessageId(long);
    expect(await cache.matchReceipt(name)).toEqual({ kind: "unknown" });
    expect(await cache.recallReceipt(name, "token")).toEqual({ kind: "claimed" });
    await cache.close();
  });

  test.each<[object, string]>([
    [{}, "url: expected redis://host:port, or cluster, or a connected client"],
    [
      { url: nowhere, timeout: -1 },
      "RedisSmppCache: timeout: expected a number above 0, at most 1000000000000, got -1",
    ],
    [
      { url: nowhere, multipartTimeout: "" },
      "RedisSmppCache: multipartTimeout: expected a number above 0, at most 1000000000000, got a string",
    ],
    [
      { url: nowhere, settledTimeout: "soon" },
      "RedisSmppCache: settledTimeout: expected a number above 0, at most 1000000000000, got a string",
    ],
    [
      { url: nowhere, prefix: "" },
      "RedisSmppCache: prefix: expected a string of 1 to 255 characters, got an empty string",
    ],
    [
      { url: nowhere, prefix: "p".repeat(256) },
      "RedisSmppCache: prefix: expected a string of 1 to 255 characters, got a string",
    ],
    [
      { url: nowhere, answerTimeout: 3601 },
      "RedisSmppCache: answerTimeout: expected a number above 0, at most 3600, got 3601",
    ],
    [
      { client: null },
      "RedisSmppCache: client: expected a connected client of the package redis, got null",
    ],
    [
      { url: nowhere, redis_url: nowhere },
      "RedisSmppCache: unknown option redis_url (string), expected url, sentinels, cluster, client, tls, answerTimeout, replicas, prefix, timeout, multipartTimeout, settledTimeout",
    ],
  ])("refuses %j", (options, says) => {
    expect(() => Reflect.construct(RedisSmppCache, [options])).toThrow(says);
  });
});
