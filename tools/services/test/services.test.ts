import { expect, test } from "vitest";
import { rabbitmq } from "../rabbitmq.ts";
import { redis } from "../redis.ts";
import { startRedisCluster } from "../redis-cluster.ts";
import { answers, findService, freePort, missingLine, onPath } from "../service.ts";

const kinds = [
  [redis, "redis-server"],
  [rabbitmq, "rabbitmq-server"],
] as const;

test.each(kinds)("$variable wins over everything else", async (kind) => {
  const service = await findService(kind, { [kind.variable]: "somewhere" });
  expect(service).toMatchObject({ url: "somewhere", origin: "environment" });
});

test.each(kinds)("nothing answers for $name on a free port", async (kind) => {
  expect(await answers(kind, `tcp://127.0.0.1:${await freePort()}`)).toBe(false);
});

test.each(kinds)("the line about a missing $name says how to get it", (kind, program) => {
  expect(missingLine(kind)).toContain(kind.variable);
  expect(missingLine(kind)).toContain(program);
});

test.each(kinds)(
  "$name starts on a free port and is gone after stop",
  { timeout: 90_000 },
  async (kind, program) => {
    const service = await kind.start();
    expect(service === undefined).toBe(onPath(program) === undefined);
    if (!service) return;
    expect(await answers(kind, service.url)).toBe(true);
    await service.stop();
    expect(await answers(kind, service.url)).toBe(false);
  },
);

test("a Redis cluster of three masters starts and is gone after stop", async () => {
  const cluster = await startRedisCluster();
  expect(cluster === undefined).toBe(onPath("redis-server") === undefined);
  if (!cluster) return;
  expect(cluster.urls).toHaveLength(3);
  await cluster.stop();
  for (const url of cluster.urls) expect(await answers(redis, url)).toBe(false);
});
