import { randomUUID } from "node:crypto";
import { onPath } from "@esme/services/find";
import { startRedisCluster } from "@esme/services/redis-cluster";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sequencerContract } from "../src/contract.ts";
import { type RedisClient, RedisSequencer } from "../src/redis.ts";

/** Where CI is set a missing server is a failure. */
const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";

describe.skipIf(!runs)("optional: redis-server, in a cluster of three masters", () => {
  let stop = async () => {};
  let client: RedisClient;
  const keys = new Map<unknown, string>();

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

  function create(options: { first?: number }, key: string = randomUUID()) {
    const sequencer = new RedisSequencer({ client, key, ...options });
    keys.set(sequencer, key);
    return sequencer;
  }

  describe("RedisSequencer keeps the contract", () => {
    const cases = sequencerContract({
      create: (options) => create(options),
      createBeside: (other) => create({}, keys.get(other)),
    });
    test.each(cases)("$name", ({ run }) => run());
  });

  test("counters of many keys are spread over all masters", async () => {
    const first = await Promise.all(Array.from({ length: 50 }, () => create({}).next()));
    expect(first).toEqual(Array.from({ length: 50 }, () => 1));
  });
});
