import { createServer } from "node:net";
import { expect, test } from "vitest";
import { rabbitmq } from "../rabbitmq.ts";
import { startRabbitmqCluster } from "../rabbitmq-cluster.ts";
import { askRedis, redis } from "../redis.ts";
import { startRedisCluster } from "../redis-cluster.ts";
import { startRedisSentinels } from "../redis-sentinels.ts";
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

test("a Redis that loads its data is asked no longer than it may take", async () => {
  const server = createServer(
    (socket) => void socket.resume().write("*0\r\n-LOADING in memory\r\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await expect(askRedis(`redis://127.0.0.1:${port}`, "ROLE")).rejects.toThrow("ROLE: no answer of");
  await new Promise((resolve) => server.close(resolve));
});

test("Sentinels give the place of a primary that is killed to its replica, again and again", async () => {
  const up = await startRedisSentinels();
  expect(up === undefined).toBe(onPath("redis-server") === undefined);
  if (!up) return;
  const { kill, name, primary, replica, restart, urls } = up;
  const named = () => askRedis(urls[0] ?? "", `SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`);
  try {
    await expect(restart()).rejects.toThrow("expected a kill before it");
    for (const next of [replica, primary]) {
      await kill();
      await restart();
      expect(await named()).toContain(new URL(next.url).port);
      expect(await askRedis(next.url, "ROLE")).toContain("master");
    }
  } finally {
    await up.stop();
  }
  for (const { url } of [primary, replica]) expect(await answers(redis, url)).toBe(false);
}, 60_000);

test("a RabbitMQ cluster goes on without the leader of a quorum queue, and takes it back", async () => {
  const cluster = await startRabbitmqCluster();
  expect(cluster === undefined).toBe(onPath("rabbitmq-server") === undefined);
  if (!cluster) return;
  try {
    const [first, ...others] = cluster.nodes;
    expect(others).toHaveLength(2);
    const declare = `rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"q">>), true, false, [{<<"x-queue-type">>, longstr, <<"quorum">>}], none, <<"test">>).`;
    await first?.control("eval", declare);
    const leader = await cluster.leaderOf("q");
    expect(cluster.nodes).toContain(leader);
    await leader?.kill();
    await expect.poll(() => cluster.leaderOf("q"), { timeout: 30_000 }).not.toBe(leader);
    await leader?.restart();
    await Promise.all(cluster.nodes.map((node) => node.control("await_online_nodes", "3")));
    expect(await answers(rabbitmq, leader?.url ?? "")).toBe(true);
  } finally {
    await cluster.stop();
  }
  for (const url of cluster.urls) expect(await answers(rabbitmq, url)).toBe(false);
}, 120_000);
