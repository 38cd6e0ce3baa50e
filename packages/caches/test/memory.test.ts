import { memory } from "@esme/services/memory";
import { expect, test } from "vitest";
import { InMemorySmppCache, idKey } from "../src/index.ts";

const room = 8_388_608;
/** What the compiler and the test runner do meanwhile. */
const noise = 1_048_576;

/** As the network gives them: a few octets in a chunk of 64 kB. */
function received(length: number, octet: number): Uint8Array {
  return new Uint8Array(65_536).fill(octet).subarray(100, 100 + length);
}

/** As an expression finds it: an id in a text of 64 kB. */
function found(id: string): string {
  const text = Buffer.alloc(65_536, `id:${id} text:`).toString("latin1");
  return /id:(\S+)/.exec(text)?.[1] ?? "";
}

const idOf = (i: number) => `0123456789abcdef-${i}`;

test.each<[string, number, (cache: InMemorySmppCache, i: number) => Promise<unknown>]>([
  [
    "parts of many messages",
    20_000,
    (cache, i) => cache.storeMultipart(part(i, 1, received(134, i))),
  ],
  [
    "parts of a few messages",
    40_000,
    (cache, i) => cache.storeMultipart(part(i % 40, 1 + Math.floor(i / 200), received(134, i))),
  ],
  ["parts of one octet", 20_000, (cache, i) => cache.storeMultipart(part(i, 1, received(1, i)))],
  ["large parts", 400, (cache, i) => cache.storeMultipart(part(i, 1, received(60_000, i)))],
  [
    "parts whose addresses are found in texts",
    2_000,
    (cache, i) =>
      cache.storeMultipart({
        ...part(i, 1, received(20_000, i)),
        source: found(idOf(i)),
        destination: found(idOf(i)),
      }),
  ],
  [
    "messages on lease",
    40_000,
    (cache, i) => cache.leaseMultipart({ ...part(i, 1, received(134, i)), total: 1 }, 60),
  ],
  [
    "receipts that wait",
    20_000,
    (cache, i) => wait(cache, idOf(i), `{"state":"DELIVRD","text":"${"x".repeat(200)}"}`),
  ],
  [
    "receipts that wait, with other letters",
    20_000,
    (cache, i) => wait(cache, idOf(i), `{"text":"${"\u0416".repeat(300)}"}`),
  ],
  [
    "receipts whose ids are found in texts",
    2_000,
    (cache, i) => wait(cache, found(idOf(i)), found("DELIVRD-DELIVRD")),
  ],
])("%s take no more memory than they may", { timeout: 60_000 }, async (_, count, keep) => {
  const cache = new InMemorySmppCache({ maxMultipartOctets: room, maxEarlyOctets: room });
  await keep(cache, 0);
  const before = memory();
  for (let i = 0; i < count; i++) await keep(cache, i);
  expect(memory() - before).toBeLessThan(room + noise);
  await cache.close();
});

test("ids of 64 characters that are found in texts take 600 octets each", async () => {
  const cache = new InMemorySmppCache();
  const before = memory();
  for (let i = 0; i < 2_000; i++) {
    const id = idOf(i).padEnd(64, "x");
    await cache.storeSmppMessageId(found(id), found(id), { part: 1, total: 1 });
  }
  expect(memory() - before).toBeLessThan(2_000 * 600 + noise);
  await cache.close();
});

test("ids that come and go take nothing, while one stays that came before them", async () => {
  const cache = new InMemorySmppCache({ maxMessageIds: 1_000 });
  const send = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await cache.storeSmppMessageId(idOf(i), idOf(i));
      await cache.deleteSmppMessageId(idOf(i));
    }
  };
  await cache.storeSmppMessageId("unanswered", "unanswered");
  await send(0, 5_000);
  const before = memory();
  await send(5_000, 150_000);
  expect(memory() - before).toBeLessThan(noise);
  await cache.close();
});

function part(from: number, sequence: number, octets: Uint8Array) {
  return {
    source: String(27_820_000_000 + from),
    destination: "4711",
    reference: 1,
    total: 255,
    sequence,
    octets,
  };
}

function wait(cache: InMemorySmppCache, id: string, receipt: string) {
  return cache.matchReceipt(
    { key: idKey(id), exact: [id], folded: [id.toLowerCase()] },
    { receipt, seconds: 60 },
  );
}
