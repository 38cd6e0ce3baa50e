import { randomUUID } from "node:crypto";
import { onPath } from "@esme/services/find";
import { startRedisCluster } from "@esme/services/redis-cluster";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smppCacheContract } from "../src/contract.ts";
import { type RedisClient, RedisSmppCache } from "../src/redis.ts";

/** Where CI is set a missing server is a failure. */
const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";

describe.skipIf(!runs)("optional: redis-server, in a cluster of three masters", () => {
  let stop = async () => {};
  let client: RedisClient;
  const prefixes = new Map<unknown, string>();

  beforeAll(async () => {
    const nodes = await startRedisCluster();
    if (nodes === undefined) throw new Error("no redis-server on PATH");
    const cluster = createCluster({ rootNodes: nodes.urls.map((url) => ({ url })) });
    await cluster.connect();
    client = cluster;
    stop = async () => {
      await cluster.close();
      await nodes.stop();
    };
  }, 60_000);

  afterAll(() => stop());

  function create(prefix: string = randomUUID()) {
    const cache = new RedisSmppCache({ client, prefix, overdueTimeout: 0.05 });
    prefixes.set(cache, prefix);
    return cache;
  }

  describe("RedisSmppCache keeps the contract, two over one state", () => {
    const cases = smppCacheContract({
      create: () => create(),
      createBeside: (other) => create(prefixes.get(other)),
    });
    test.each(cases)("$name", ({ run }) => run());
  });

  test("ids are spread over all masters, and found", async () => {
    const cache = create();
    const ids = Array.from({ length: 50 }, (_, i) => `smsc-${i}`);
    await Promise.all(ids.map((id) => cache.storeSmppMessageId(id, `message ${id}`)));
    const found = await Promise.all(ids.map((id) => cache.fetchSmppMessageId(id)));
    expect(found).toEqual(ids.map((id) => ({ messageId: `message ${id}` })));
  });
});
