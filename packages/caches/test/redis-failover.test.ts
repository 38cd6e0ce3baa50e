/** A primary that is killed while ids are stored: what was acknowledged is found. */
import { onPath } from "@esme/services/find";
import { startRedisCluster } from "@esme/services/redis-cluster";
import { laggingPrimary, startRedisSentinels } from "@esme/services/redis-sentinels";
import { expect, onTestFinished, test } from "vitest";
import { RedisSmppCache, type RedisSmppCacheOptions } from "../src/redis.ts";

const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";

/** Stores ids, kills the primary meanwhile, and gives those that were acknowledged and are not found. */
async function storeAcross(
  options: RedisSmppCacheOptions,
  kill: () => Promise<void>,
  lag = async () => {},
) {
  const cache = new RedisSmppCache({ ...options, answerTimeout: 15 });
  onTestFinished(() => cache.close());
  const stored: string[] = [];
  let refused = 0;
  let isKilled = false;
  let tell = () => {};
  const enough = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const store = async (id: string): Promise<void> => {
    try {
      await cache.storeSmppMessageId(id, `message ${id}`);
      stored.push(id);
      if (stored.length === 200) tell();
    } catch (error) {
      // Sent when the connection was lost: whether it was done is not known, and it is not sent again.
      expect(error).toMatchObject({ name: "RedisError", code: "unavailable" });
      refused += 1;
    }
  };
  const load = Array.from({ length: 8 }, async (_, lane) => {
    for (let i = 0; !isKilled; i++) await store(`${lane}-${i}`);
  });
  await enough;
  await lag();
  isKilled = true;
  await kill();
  await Promise.all(load);
  const lost: string[] = [];
  for (const id of stored) {
    if ((await cache.fetchSmppMessageId(id)) === undefined) lost.push(id);
  }
  await cache.storeSmppMessageId("after", "message after");
  return { lost, refused };
}

test.skipIf(!runs)(
  "optional: redis-server, with Sentinels, whose primary is killed while its replica lags: no id is lost that was acknowledged",
  { timeout: 60_000 },
  async () => {
    const redis = await startRedisSentinels();
    if (redis === undefined) throw new Error("no redis-server on PATH");
    onTestFinished(() => redis.stop());
    const { name, urls: sentinels } = redis;
    const primary = await laggingPrimary(redis);
    onTestFinished(() => primary.close());
    // What is written last is kept from the replica.
    const lag = () => primary.lag("DBSIZE");
    const url = `redis://${name}`;
    const { lost, refused } = await storeAcross({ url, sentinels }, () => primary.kill(), lag);
    expect(lost).toEqual([]);
    // Those that no replica confirmed.
    expect(refused).toBeGreaterThan(0);
  },
);

test.skipIf(!runs)(
  "optional: redis-server, in a cluster, whose primary is killed: no id is lost that was acknowledged",
  { timeout: 60_000 },
  async () => {
    const redis = await startRedisCluster({ replicas: true });
    if (redis === undefined) throw new Error("no redis-server on PATH");
    onTestFinished(() => redis.stop());
    const [url = "", ...others] = redis.urls;
    // One of the others tells where all are: the first is going to be gone.
    const { lost } = await storeAcross({ cluster: others }, () => redis.kill(url));
    expect(lost).toEqual([]);
  },
);
