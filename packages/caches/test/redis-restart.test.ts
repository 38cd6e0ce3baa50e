import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onPath } from "@esme/services/find";
import { startRedis } from "@esme/services/redis";
import { expect, test } from "vitest";
import { RedisSmppCache } from "../src/redis.ts";

const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";
const part = (sequence: number) => ({
  source: "1",
  destination: "2",
  reference: 7,
  total: 3,
  sequence,
  octets: Uint8Array.of(sequence),
});

async function start(options: Parameters<typeof startRedis>[0]) {
  const server = await startRedis(options);
  if (server === undefined) throw new Error("no redis-server on PATH");
  return server;
}

test.skipIf(!runs)(
  "optional: redis-server, that keeps its data and is ended by kill -9: parts and ids are there after",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "esme-caches-"));
    // Always: else a write may wait for the disk, and kill -9 takes it along.
    const keeping = ["--dir", folder, "--appendonly", "yes", "--appendfsync", "always"];
    const before = await start({ arguments: keeping });
    const { url } = before;
    const cache = new RedisSmppCache({ url, answerTimeout: 10 });
    const hasty = new RedisSmppCache({ url, answerTimeout: 0.5 });
    await cache.storeMultipart(part(3));
    await cache.storeSmppMessageId("smsc-1", "msg-1");
    await hasty.fetchSmppMessageId("smsc-1");
    await hasty.ping();
    await before.stop();
    await expect(hasty.ping()).rejects.toMatchObject({ code: "unavailable" });
    await expect(hasty.storeMultipart(part(2))).rejects.toMatchObject({ code: "unavailable" });
    const waiting = cache.storeMultipart(part(1));
    const after = await start({ port: Number(new URL(url).port), arguments: keeping });
    try {
      expect(await waiting).toBeUndefined();
      expect(await cache.fetchSmppMessageId("smsc-1")).toEqual({ messageId: "msg-1" });
      // What was given up while Redis was away was not done later: the part is still missing.
      expect(await cache.storeMultipart(part(2))).toEqual(Uint8Array.of(1, 2, 3));
    } finally {
      await Promise.all([cache.close(), hasty.close()]);
      await after.stop();
      await rm(folder, { recursive: true });
    }
  },
);

test.skipIf(!runs)(
  "optional: redis-server, that loads its data after a start, is asked again until it is ready",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "esme-caches-"));
    const keeping = ["--dir", folder, "--appendonly", "yes"];
    const before = await start({ arguments: keeping });
    const { url } = before;
    const cache = new RedisSmppCache({ url, answerTimeout: 10 });
    try {
      await Promise.all(
        Array.from({ length: 1_300 }, (_, number) =>
          cache.storeSmppMessageId(`smsc-${number}`, `msg-${number}`),
        ),
      );
      await before.stop();
      const waiting = cache.fetchSmppMessageId("smsc-1299");
      // In microseconds for each key; after each 1,024 keys it refuses what came with LOADING.
      const slowly = ["--key-load-delay", "300"];
      const after = await start({
        port: Number(new URL(url).port),
        arguments: [...keeping, ...slowly],
      });
      expect(await waiting).toEqual({ messageId: "msg-1299" });
      await after.stop();
    } finally {
      await cache.close();
      await rm(folder, { recursive: true });
    }
  },
);
