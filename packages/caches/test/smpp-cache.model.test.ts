/** Caches against a naive one, with operations in any order, and two caches at once on one Redis. */
import { randomUUID } from "node:crypto";
import { modelTimeout, runModel } from "@esme/model";
import { redisUrl } from "@esme/services";
import fc from "fast-check";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  foldId,
  type IncompleteMessage,
  InMemorySmppCache,
  idKey,
  type MessagePart,
  type ReceiptName,
} from "../src/index.ts";
import { RedisSmppCache } from "../src/redis.ts";
import { NaiveCache } from "./naive-cache.ts";

type Cache = InMemorySmppCache | RedisSmppCache;
type Who = "one" | "other";

/** Longer than any run: leases end when they are settled. */
const lease = 1000;

/** Seconds that are over when it is asked. */
const soon = 0.001;

const who = fc.constantFrom<Who>("one", "other");
const id = fc.constantFrom("6aad5", "6AAD5", "006aad5", "436949", "0436949", "smsc-1", "SMSC-1");
const receipt = fc.constantFrom("first", "second");
const messageId = fc.constantFrom("msg-1", "msg-2");

const name: fc.Arbitrary<ReceiptName> = fc.record({ id, isExact: fc.boolean() }).map((wanted) => ({
  key: idKey(wanted.id),
  exact: [wanted.id],
  folded: wanted.isExact
    ? []
    : [foldId(wanted.id), "6aad5"].filter((form) => idKey(form) === idKey(wanted.id)),
}));

const part: fc.Arbitrary<MessagePart> = fc
  .record({
    source: fc.constantFrom("1", "2"),
    destination: fc.constant("3"),
    reference: fc.constantFrom(7, 8),
    total: fc.constantFrom(1, 2, 3),
    sequence: fc.constantFrom(1, 2, 3),
    octets: fc.constantFrom(Uint8Array.of(1), Uint8Array.of(2, 3), new Uint8Array(0)),
    kind: fc.constantFrom<"message" | "report">("message", "message", "report"),
  })
  .map((fields) => ({ ...fields, total: Math.max(fields.total, fields.sequence) }));

/** One operation, as a name and what it takes. */
type Operation =
  | ["storeMultipart", MessagePart]
  | ["leaseMultipart", MessagePart]
  | ["settleMultipart", MessagePart, boolean]
  | ["storeSmppMessageId", string, string]
  | ["fetchSmppMessageId", string]
  | ["deleteSmppMessageId", string]
  | ["claimReceipts", string, string]
  | ["matchReceipt", ReceiptName, string | undefined]
  | ["settleReceipt", string, number, boolean]
  | ["recallReceipt", number];

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(fc.constant("storeMultipart" as const), part),
  fc.tuple(fc.constant("leaseMultipart" as const), part),
  fc.tuple(fc.constant("settleMultipart" as const), part, fc.boolean()),
  fc.tuple(fc.constant("storeSmppMessageId" as const), id, messageId),
  fc.tuple(fc.constant("fetchSmppMessageId" as const), id),
  fc.tuple(fc.constant("deleteSmppMessageId" as const), id),
  fc.tuple(fc.constant("claimReceipts" as const), id, messageId),
  fc.tuple(fc.constant("matchReceipt" as const), name, fc.option(receipt, { nil: undefined })),
  fc.tuple(fc.constant("settleReceipt" as const), id, fc.nat(3), fc.boolean()),
  fc.tuple(fc.constant("recallReceipt" as const), fc.nat(3)),
);

const steps = fc.array(fc.tuple(who, operation), { maxLength: 40 });

/** A receipt that was kept: under which name, and its token in either cache. */
interface Token {
  name: ReceiptName;
  token: string;
}

/** Does the operation, and gives what it gave in a form that can be compared. */
async function perform(cache: Cache | NaiveCache, [what, ...args]: Operation, tokens: Token[]) {
  const operation = [what, ...args] as Operation;
  switch (operation[0]) {
    case "storeMultipart":
      return octetsOf(await cache.storeMultipart(operation[1]));
    case "leaseMultipart": {
      const leased = await cache.leaseMultipart(operation[1], lease);
      return leased.kind === "whole" ? octetsOf(leased.octets) : leased.kind;
    }
    case "settleMultipart":
      return cache.settleMultipart(operation[1], operation[2]);
    case "storeSmppMessageId":
      return cache.storeSmppMessageId(operation[1], operation[2]);
    case "fetchSmppMessageId":
      return cache.fetchSmppMessageId(operation[1]);
    case "deleteSmppMessageId":
      return cache.deleteSmppMessageId(operation[1]);
    case "claimReceipts":
      return cache.claimReceipts(operation[1], operation[2], undefined, lease);
    case "matchReceipt": {
      const [, name, text] = operation;
      const keep = text === undefined ? undefined : { receipt: text, seconds: 60 };
      const match = await cache.matchReceipt(name, keep);
      if (match.kind === "kept") tokens.push({ name, token: match.token });
      return match.kind === "kept" ? "kept" : match;
    }
    case "settleReceipt": {
      const [, , which, published] = operation;
      const kept = tokens[which];
      const [smppId] = kept?.name.exact ?? [];
      if (kept === undefined || smppId === undefined) return undefined;
      return cache.settleReceipt(smppId, kept.token, published);
    }
    case "recallReceipt": {
      const kept = tokens[operation[1]];
      return kept && cache.recallReceipt(kept.name, kept.token);
    }
  }
}

function octetsOf(octets: Uint8Array | undefined): number[] | undefined {
  return octets && [...octets];
}

/** What is claimed, with tokens that differ between implementations left out. */
function comparable(answer: unknown): unknown {
  return Array.isArray(answer)
    ? answer.map((one) => (typeof one === "object" ? { ...one, token: "" } : one))
    : answer;
}

interface Told {
  told: IncompleteMessage[];
}

/** Both do the same; what they answer, and which messages they give up, must be the same. */
async function compare(
  caches: Record<Who, Cache> & Told,
  naive: NaiveCache,
  sequence: readonly [Who, Operation][],
): Promise<void> {
  const tokens: Token[] = [];
  const naiveTokens: Token[] = [];
  for (const [at, operation] of sequence) {
    const wanted = await perform(naive, operation, naiveTokens);
    const answer = await perform(caches[at], operation, tokens);
    expect(comparable(answer)).toEqual(comparable(wanted));
    expect(caches.told).toEqual(naive.told);
  }
}

test("the cache in memory does what a naive one does", { timeout: modelTimeout }, () =>
  runModel(
    fc.asyncProperty(steps, async (sequence) => {
      const told: IncompleteMessage[] = [];
      const cache = new InMemorySmppCache({}, { onIncomplete: (message) => told.push(message) });
      await compare({ one: cache, other: cache, told }, new NaiveCache(), sequence);
      await cache.close();
    }),
  ),
);

test("the cache in memory keeps nothing for ever", { timeout: modelTimeout }, () =>
  runModel(
    fc.asyncProperty(steps, fc.array(fc.nat(100), { maxLength: 40 }), async (sequence, pauses) => {
      let time = 0;
      const now = () => new Date(time);
      const told: IncompleteMessage[] = [];
      const options = { timeout: 100, multipartTimeout: 50, settledTimeout: 20 };
      const deps = { now, onIncomplete: (message: IncompleteMessage) => told.push(message) };
      const cache = new InMemorySmppCache(options, deps);
      const tokens: Token[] = [];
      for (const [i, [, operation]] of sequence.entries()) {
        await perform(cache, operation, tokens);
        time += (pauses[i] ?? 0) * 1000;
      }
      time += 200_000;
      await cache.storeMultipart({ ...single, reference: 1 });
      const before = told.length;
      for (const { name } of tokens) {
        expect(await cache.matchReceipt(name)).toEqual({ kind: "unknown" });
      }
      time += 200_000;
      await cache.storeMultipart({ ...single, reference: 2 });
      // Of all that was stored before nothing was left but the one part.
      expect(told.slice(before)).toHaveLength(1);
      await cache.close();
    }),
  ),
);

const single = { source: "x", destination: "y", total: 2, sequence: 1, octets: Uint8Array.of(1) };

describe.skipIf(!redisUrl)("RedisSmppCache", () => {
  const client = createClient({ url: redisUrl ?? "redis://127.0.0.1:1" });
  const second = createClient({ url: redisUrl ?? "redis://127.0.0.1:1" });
  const root = `esme-model:${randomUUID()}`;

  beforeAll(async () => {
    await Promise.all([client.connect(), second.connect()]);
  });

  afterAll(async () => {
    const left = await client.keys(`${root}*`);
    if (left.length > 0) await client.del(left);
    await Promise.all([client.close(), second.close()]);
  });

  function two() {
    const told: IncompleteMessage[] = [];
    const deps = { onIncomplete: (message: IncompleteMessage) => told.push(message) };
    const prefix = `${root}:${randomUUID()}`;
    const overdueTimeout = soon;
    const one = new RedisSmppCache({ client, prefix, overdueTimeout }, deps);
    const other = new RedisSmppCache({ client: second, prefix, overdueTimeout }, deps);
    return { one, other, told, prefix };
  }

  test(
    "two on one Redis do what a naive one does, and keep nothing for ever",
    {
      timeout: modelTimeout,
    },
    () =>
      runModel(
        fc.asyncProperty(steps, async (sequence) => {
          const caches = two();
          await compare(caches, new NaiveCache(), sequence);
          const keys = await client.keys(`${caches.prefix}*`);
          const lives = await Promise.all(keys.map((key) => client.pTTL(key)));
          for (const life of lives) expect(life).toBeGreaterThan(0);
        }),
      ),
  );

  /** Whether each step waits for a turn of the event loop, or for the answer of the one before. */
  const race = fc.array(
    fc.tuple(who, fc.constantFrom("keep", "store", "recall", "take over", "part")),
    { minLength: 2, maxLength: 30 },
  );

  test(
    "two at once: every message is whole once, every receipt has one taker",
    {
      timeout: modelTimeout,
    },
    () =>
      runModel(
        fc.asyncProperty(race, fc.array(fc.boolean(), { maxLength: 30 }), async (moves, waits) => {
          const caches = two();
          const count = { sequence: 0, id: 0, whole: 0, claimed: 0, known: 0, unclaimed: 0 };
          let overdue = 0;
          const total = moves.filter(([, what]) => what === "part").length;
          const kept: { name: ReceiptName; token: Promise<string | undefined>; stored: boolean }[] =
            [];
          const work: Promise<void>[] = [];
          for (const [i, [at, what]] of moves.entries()) {
            const cache = caches[at];
            if (what === "part") {
              count.sequence += 1;
              const fields = { ...single, reference: 3, total, sequence: count.sequence };
              work.push(
                cache.leaseMultipart(fields, lease).then(({ kind }) => {
                  if (kind === "whole") count.whole += 1;
                }),
              );
            } else if (what === "keep") {
              const smppId = `id-${count.id++}`;
              const name = { key: smppId, exact: [smppId], folded: [] };
              const match = cache.matchReceipt(name, { receipt: smppId, seconds: soon });
              work.push(
                match.then(({ kind }) => {
                  if (kind === "known") count.known += 1;
                }),
              );
              const token = match.then((match) =>
                match.kind === "kept" ? match.token : undefined,
              );
              kept.push({ name, token, stored: false });
            } else if (what === "store") {
              const next = kept.find(({ stored }) => !stored);
              if (next === undefined) continue;
              next.stored = true;
              const claim = cache.claimReceipts(next.name.key, "msg", undefined, lease);
              work.push(
                claim.then((receipts) => {
                  count.claimed += receipts.length;
                }),
              );
            } else if (what === "take over") {
              work.push(
                cache.claimOverdueReceipts(lease).then((receipts) => {
                  overdue += receipts.length;
                }),
              );
            } else {
              const [first] = kept;
              if (first === undefined) continue;
              kept.shift();
              work.push(
                first.token.then(async (token) => {
                  if (token === undefined) return;
                  const recalled = await caches[at].recallReceipt(first.name, token, lease);
                  if (recalled.kind === "known") count.known += 1;
                  if (recalled.kind === "unknown") count.unclaimed += 1;
                }),
              );
            }
            if (waits[i]) await Promise.all(work);
          }
          await Promise.all(work);
          for (const { name, token } of kept) {
            const text = await token;
            if (text === undefined) continue;
            const recalled = await caches.one.recallReceipt(name, text, lease);
            if (recalled.kind === "unknown") count.unclaimed += 1;
            if (recalled.kind === "known") count.known += 1;
          }
          expect(count.whole).toBe(total > 0 ? 1 : 0);
          expect(count.claimed + count.known + count.unclaimed + overdue).toBe(count.id);
        }),
      ),
  );
});
