/** One connection to one Redis that comes and goes. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { redisUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { readOptions } from "@esme/settings";
import { createClient } from "redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { RedisConnection, redisOptions, redisScript } from "../src/index.ts";

function connect(options: object): RedisConnection {
  const redis = new RedisConnection(readOptions("RedisConnection", options, redisOptions));
  onTestFinished(() => redis.close());
  return redis;
}

const count = redisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])");

describe.skipIf(!redisUrl)("a Redis", () => {
  const url = redisUrl ?? "redis://127.0.0.1:1";

  async function admin() {
    const client = await createClient({ url }).connect();
    const name = `esme-test:${randomUUID()}`;
    onTestFinished(async () => {
      await client.del(name);
      client.destroy();
    });
    return { client, key: { name, shown: "numbers" } };
  }

  async function behindProxy(options: object = {}) {
    const proxy = await TcpProxy.to(url);
    onTestFinished(() => proxy.close());
    return { ...(await admin()), proxy, redis: connect({ url: proxy.url, ...options }) };
  }

  test("that does not know a script gets its text, once", async () => {
    const { key } = await admin();
    const script = redisScript(`return ARGV[1] .. '${randomUUID()}'`);
    const texts: string[] = [];
    const shared = await createClient({ url }).connect();
    onTestFinished(() => shared.destroy());
    const client = {
      evalSha: shared.evalSha.bind(shared),
      eval: (...args: Parameters<typeof shared.eval>) => {
        texts.push(String(args[0]));
        return shared.eval(...args);
      },
    };
    const redis = connect({ client });
    for (const argument of ["a", "b"]) {
      expect(await redis.run(script, key, [argument])).toContain(argument);
    }
    expect(texts).toEqual([script.text]);
  });

  test("is connected to again with the next command", async () => {
    const { proxy, redis, key } = await behindProxy();
    expect(await redis.run(count, key, [1])).toBe(1);
    proxy.cut();
    // It is told that the connection is gone by the first of these.
    while (await redis.ping(key).catch(() => true));
    const answers = await Promise.all([1, 1, 1].map((one) => redis.run(count, key, [one])));
    expect(answers.sort()).toEqual([2, 3, 4]);
  });

  test("gets nothing later that was given up while it was away", async () => {
    const { client, proxy, redis, key } = await behindProxy({ answerTimeout: 1 });
    await redis.run(count, key, [1]);
    proxy.refuse();
    proxy.cut();
    await redis.ping(key).catch(() => {});
    await expect(redis.run(count, key, [10])).rejects.toMatchObject({
      name: "RedisError",
      code: "unavailable",
      message: expect.stringContaining("did not answer within 1 s"),
    });
    proxy.relay();
    expect(await redis.run(count, key, [100])).toBe(101);
    expect(await client.get(key.name)).toBe("101");
  });

  test("gets nothing twice whose connection was lost before the answer", async () => {
    const { client, proxy, redis, key } = await behindProxy();
    await redis.run(count, key, [1]);
    proxy.holdAnswers();
    const unanswered = expect(redis.run(count, key, [10])).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(", numbers: "),
    });
    while ((await client.get(key.name)) === "1");
    proxy.cut();
    await unanswered;
    proxy.relay();
    expect(await redis.run(count, key, [100])).toBe(111);
  });

  test("that is silent is left for another connection", async () => {
    const { proxy, redis, key } = await behindProxy({ answerTimeout: 1 });
    await redis.run(count, key, [1]);
    proxy.hold();
    await expect(redis.run(count, key, [10])).rejects.toMatchObject({ code: "unavailable" });
    // The proxy still holds the first connection.
    expect(await redis.run(count, key, [100])).toBeGreaterThan(100);
  });

  test("is asked nothing more after close", async () => {
    const { key } = await admin();
    const redis = connect({ url });
    await redis.ping(key);
    await redis.close();
    await expect(redis.ping(key)).rejects.toThrow(/: used after close$/);
  });

  test("with replicas: 1 and without a replica answers all the same", async () => {
    const { key } = await admin();
    expect(await connect({ url, replicas: 1 }).run(count, key, [1])).toBe(1);
  });
});

test("the client is loaded where there is a URL, and not for a client that is given", async () => {
  const program = `
    import { createRequire } from "node:module";
    import { RedisConnection, redisOptions, redisScript } from "@esme/redis";
    import { readOptions } from "@esme/settings";
    const client = { eval: async () => 1, evalSha: async () => 1 };
    const make = (given) => new RedisConnection(readOptions("x", { answerTimeout: 0.1, ...given }, redisOptions));
    const key = { name: "k", shown: "k" };
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes("@redis"));
    await make({ client }).run(redisScript("return 1"), key, []);
    const before = loaded();
    await make({ url: "redis://127.0.0.1:1" }).run(redisScript("return 1"), key, []).catch(() => {});
    console.log(JSON.stringify([before, loaded()]));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@esme/source", "--import", "tsx", "--input-type=module", "-e", program],
    { cwd: new URL("..", import.meta.url) },
  );
  expect(JSON.parse(stdout)).toEqual([false, true]);
});
