/** A primary that gives way to another: by order, and slot by slot. */
import { onPath } from "@esme/services/find";
import { askRedis, untilRedis } from "@esme/services/redis";
import { startRedisCluster } from "@esme/services/redis-cluster";
import { startRedisSentinels } from "@esme/services/redis-sentinels";
import { readOptions } from "@esme/settings";
import { expect, onTestFinished, test } from "vitest";
import { RedisConnection, redisOptions, redisScript } from "../src/index.ts";
import { keySlot } from "../src/key-slot.ts";

const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";
const count = redisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])");
const named = (name: string) => ({ name, shown: name });

function connect(options: object): RedisConnection {
  const redis = new RedisConnection(readOptions("RedisConnection", options, redisOptions));
  onTestFinished(() => redis.close());
  return redis;
}

// The first is the specification's own: the CRC16 of 123456789 is 0x31C3.
test.each([
  ["123456789", 0x31c3],
  ["", 0],
  ["foo", 12182],
  ["{foo}:bar", 12182],
  ["a{foo}{b}", 12182],
])("the slot of %j is %i", (key, slot) => {
  expect(keySlot(key)).toBe(slot);
});

test("braces without anything in them are a part of the key, and so is one alone", () => {
  for (const key of ["{}foo", "foo{", "foo}bar{", "{foo"]) {
    expect(keySlot(key)).not.toBe(keySlot("foo"));
    expect(keySlot(`{${key.replaceAll(/[{}]/g, "")}}`)).not.toBe(keySlot(key));
  }
});

test.skipIf(!runs)(
  "optional: redis-server, with Sentinels that make the replica the primary: commands go there",
  { timeout: 60_000 },
  async () => {
    const servers = await startRedisSentinels();
    if (servers === undefined) throw new Error("no redis-server on PATH");
    onTestFinished(() => servers.stop());
    const { name, urls: sentinels, primary, replica } = servers;
    // The first Sentinel is none that is there.
    const options = { url: `redis://${name}`, sentinels: ["redis://127.0.0.1:1", ...sentinels] };
    const redis = connect({ ...options, answerTimeout: 15 });
    const next = () => redis.run(count, named("n"), [1]);
    expect(await next()).toBe(1);
    await askRedis(sentinels[0] ?? "", `SENTINEL FAILOVER ${name}`);
    const { port } = new URL(replica.url);
    for (const url of sentinels) {
      await untilRedis(url, `SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`, (at) => at.includes(port));
    }
    // The old primary takes it: for some seconds more nobody tells it to give way.
    await expect(next()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("is the primary no more"),
    });
    expect(await askRedis(primary.url, "GET n")).toContain("2");
    expect(await next()).toBe(2);
    expect(await askRedis(replica.url, "GET n")).toContain("2");
    const wrong = connect({ ...options, url: "redis://another", answerTimeout: 3 });
    await expect(wrong.ping(named("n"))).rejects.toThrow(
      /^Redis another of the Sentinels at 127\.0\.0\.1:1, .* did not answer within 3 s: the Sentinels know no primary another: is it running/,
    );
  },
);

test.skipIf(!runs)(
  "optional: redis-server, in a cluster where a slot moves: commands follow it",
  { timeout: 60_000 },
  async () => {
    const cluster = await startRedisCluster();
    if (cluster === undefined) throw new Error("no redis-server on PATH");
    onTestFinished(() => cluster.stop());
    const [from = "", to = ""] = cluster.urls;
    const redis = connect({ cluster: [to], answerTimeout: 15 });
    const key = "sequence"; // the slot 2990, which the first has
    const slot = keySlot(key);
    const next = () => redis.run(count, named(key), [1]);
    expect(await next()).toBe(1);
    const ids = await Promise.all([from, to].map((url) => askRedis(url, "CLUSTER MYID")));
    const [fromId, toId] = ids.map((answer) => /[0-9a-f]{40}/.exec(answer)?.[0]);
    await askRedis(to, `CLUSTER SETSLOT ${slot} IMPORTING ${fromId}`);
    await askRedis(from, `CLUSTER SETSLOT ${slot} MIGRATING ${toId}`);
    await askRedis(from, `MIGRATE 127.0.0.1 ${new URL(to).port} ${key} 0 5000`);
    // ASK: the key is there already, the slot not yet.
    expect(await next()).toBe(2);
    for (const url of [to, ...cluster.urls])
      await askRedis(url, `CLUSTER SETSLOT ${slot} NODE ${toId}`);
    // MOVED.
    expect(await next()).toBe(3);
    expect(await askRedis(to, `GET ${key}`)).toContain("3");
  },
);
