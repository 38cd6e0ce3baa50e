import { randomUUID } from "node:crypto";
import { redisUrl } from "@esme/services";
import { TcpProxy } from "@esme/services/tcp-proxy";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sequencerContract } from "../src/contract.ts";
import { RedisError, RedisSequencer } from "../src/redis.ts";

const nowhere = "redis://127.0.0.1:1";
const redisClient = { eval: async () => 1, evalSha: async () => 1 };

describe.skipIf(!redisUrl)("RedisSequencer", () => {
  const url = redisUrl ?? nowhere;
  const client = createClient({ url });
  const prefix = `esme-test:${randomUUID()}`;
  const keys = new Map<unknown, string>();

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    const used = await client.keys(`${prefix}*`);
    if (used.length > 0) await client.del(used);
    await client.close();
  });

  const newKey = () => `${prefix}:${randomUUID()}`;

  function create(options: { first?: number; blockSize?: number }, key = newKey()) {
    const sequencer = new RedisSequencer({ client, key, ...options });
    keys.set(sequencer, key);
    return sequencer;
  }

  describe.each([1, 7, 100])("with blocks of %i keeps the contract", (blockSize) => {
    const cases = sequencerContract({
      create: (options) => create({ ...options, blockSize }),
      createBeside: (other) => create({ blockSize }, keys.get(other)),
    });
    test.each(cases)("$name", ({ run }) => run());
  });

  test("connects by URL, and answers without a promise while its block lasts", async () => {
    const sequencer = new RedisSequencer({ url, key: newKey(), blockSize: 3 });
    expect(await sequencer.next()).toBe(1);
    expect([sequencer.next(), sequencer.next()]).toEqual([2, 3]);
    const leased = sequencer.next();
    expect(leased).toBeInstanceOf(Promise);
    expect(await leased).toBe(4);
    await sequencer.close();
    await sequencer.close();
  });

  test("goes on far ahead of itself and all others when Redis lost the counter", async () => {
    const key = newKey();
    const [one, other] = [create({ blockSize: 2 }, key), create({ blockSize: 2 }, key)];
    expect([await one.next(), await one.next()]).toEqual([1, 2]);
    expect([await other.next(), await other.next()]).toEqual([3, 4]);
    await client.del(key);
    expect(await one.next()).toBe(2 + 2 ** 24 + 1);
    expect(await other.next()).toBe(2 + 2 ** 24 + 3);
  });

  test("has a counter for each account unless told otherwise", async () => {
    const [host, other] = [randomUUID(), randomUUID()];
    const first = (account: object) => new RedisSequencer({ client }, account).next();
    expect(await first({ host, system_id: "a" })).toBe(1);
    expect(await first({ host, system_id: "b" })).toBe(1);
    expect(await first({ host: other, system_id: "a" })).toBe(1);
    expect(await first({ host, system_id: "a" })).toBe(101);
    const used = [`${host}:a`, `${host}:b`, `${other}:a`].map((name) => `esme:sequence:${name}`);
    expect(await client.del(used)).toBe(3);
  });

  test("goes on behind another process that stopped in the middle of its block", async () => {
    const key = newKey();
    expect(await create({ blockSize: 10 }, key).next()).toBe(1);
    expect(await create({ blockSize: 10 }, key).next()).toBe(11);
  });

  test.each<[string, (key: string) => Promise<unknown>, string]>([
    [
      "text",
      (key) => client.set(key, "text"),
      "ERR value is not an integer or out of range: another program uses this key",
    ],
    [
      "1e400",
      (key) => client.set(key, "1e400"),
      "ERR value is not an integer or out of range: another program",
    ],
    [
      "nothing",
      (key) => client.set(key, ""),
      "ERR value is not an integer or out of range: another program",
    ],
    [
      "the largest number",
      (key) => client.set(key, "9223372036854775807"),
      "ERR increment or decrement would overflow: another program",
    ],
    [
      "a number that is not safe",
      (key) => client.set(key, "9007199254740993"),
      "gives a number: another program uses this key",
    ],
    [
      "a list",
      (key) => client.lPush(key, "1"),
      "WRONGTYPE Operation against a key holding the wrong kind of value: another program",
    ],
  ])("says so when the key holds %s", async (_, put, says) => {
    const key = newKey();
    await put(key);
    const error = await Promise.resolve(create({}, key).next()).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RedisError);
    expect(error).toMatchObject({ code: "failed", message: expect.stringContaining(says) });
    expect(String(error)).toContain(`Redis, ${key}`);
  });

  test.each([
    ["holds its answers back", (proxy: TcpProxy) => proxy.holdAnswers()],
    [
      "goes away meanwhile",
      (proxy: TcpProxy) => {
        proxy.refuse();
        proxy.cut();
      },
    ],
  ])("closes within the time set although Redis owes an answer and %s", async (_, trouble) => {
    const proxy = await TcpProxy.to(url);
    onTestFinished(() => proxy.close());
    const options = { url: proxy.url, key: newKey(), blockSize: 1, answerTimeout: 1 };
    const sequencer = new RedisSequencer(options);
    expect(await sequencer.next()).toBe(1);
    proxy.holdAnswers();
    const unanswered = expect(sequencer.next()).rejects.toMatchObject({ code: "unavailable" });
    await proxy.asked;
    const closed = sequencer.close();
    trouble(proxy);
    await closed;
    await unanswered;
  });

  test("leases nothing after its end", async () => {
    const sequencer = new RedisSequencer({ url, key: newKey(), blockSize: 1 });
    await sequencer.ping();
    expect(await sequencer.next()).toBe(1);
    await sequencer.close();
    await expect(sequencer.next()).rejects.toThrow("used after close");
  });

  test("leaves a client alone that it was given", async () => {
    await create({}).close();
    expect(client.isReady).toBe(true);
  });
});

describe("without Redis", () => {
  test("rejects within the time set, and for all who wait", async () => {
    const sequencer = new RedisSequencer({ url: nowhere, answerTimeout: 0.05 });
    const answers = await Promise.allSettled([sequencer.next(), sequencer.next()]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    }
    await sequencer.close();
  });

  test.each<[object, unknown, string]>([
    [{}, "OK", "Redis, esme:sequence gives a string: another program uses this key"],
    [{ system_id: "me" }, null, "Redis, esme:sequence:me gives null: another program"],
    [{ host: "smsc", system_id: "me" }, 99, "Redis, esme:sequence:smsc:me gives a number: another"],
  ])("names the key of the account %j when the answer is %j", async (account, answer, says) => {
    const answers = async () => answer;
    const client = { eval: answers, evalSha: answers };
    await expect(new RedisSequencer({ client }, account).next()).rejects.toThrow(says);
  });

  test("never tells the password of the URL", async () => {
    const sequencer = new RedisSequencer({
      url: "redis://u:s3cret@127.0.0.1:1",
      answerTimeout: 0.05,
    });
    const error = await Promise.resolve(sequencer.next()).catch((error: unknown) => error);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("s3cret");
    await sequencer.close();
  });

  test.each<[object, string]>([
    [
      {},
      "url: expected redis://host:port, or cluster, or a connected client, and one of them alone",
    ],
    [{ url: nowhere, client: redisClient }, "url: expected redis://host:port, or cluster"],
    [
      { url: "not a url" },
      "RedisSequencer: url: expected redis://[user:password@]host[:port][/database], rediss:// for TLS; in user and password all but letters and digits %-encoded, got a string",
    ],
    [
      { url: 6379 },
      "RedisSequencer: url: expected redis://[user:password@]host[:port][/database], rediss:// for TLS; in user and password all but letters and digits %-encoded, got a number",
    ],
    [
      { client: {} },
      "RedisSequencer: client: expected a connected client of the package redis, got an object",
    ],
    [
      { client: nowhere },
      "RedisSequencer: client: expected a connected client of the package redis, got a string",
    ],
    [
      { url: nowhere, blockSize: 0 },
      "RedisSequencer: blockSize: expected an integer from 1 to 1000000, got 0",
    ],
    [
      { url: nowhere, blockSize: "many" },
      "RedisSequencer: blockSize: expected an integer from 1 to 1000000, got a string",
    ],
    [{ url: nowhere, first: 0 }, "first: expected an integer from 1 to 2147483647, got 0"],
    [
      { url: nowhere, key: "" },
      "RedisSequencer: key: expected a string of 1 to 255 characters, got an empty string",
    ],
    [
      { url: nowhere, key: "k".repeat(256) },
      "RedisSequencer: key: expected a string of 1 to 255 characters, got a string",
    ],
    [
      { url: nowhere, key: 7 },
      "RedisSequencer: key: expected a string of 1 to 255 characters, got a number",
    ],
    [
      { url: nowhere, answerTimeout: 0 },
      "RedisSequencer: answerTimeout: expected a number above 0, at most 3600, got 0",
    ],
    [
      { url: nowhere, blocksize: 1 },
      "RedisSequencer: unknown option blocksize (number), did you mean blockSize?",
    ],
  ])("refuses %j", (options, says) => {
    expect(() => Reflect.construct(RedisSequencer, [options])).toThrow(says);
  });

  test("refuses an account whose names make no key, unless a key is given", async () => {
    const account = { host: "h".repeat(253), system_id: "system1" };
    expect(() => new RedisSequencer({ url: nowhere }, account)).toThrow(
      "key: host and system_id make it 275 characters long, give a key of 1 to 255",
    );
    await new RedisSequencer({ url: nowhere, key: "k".repeat(255) }, account).close();
  });

  test("takes numbers in quotes, as files and variables have them", async () => {
    const options = JSON.parse('{"blockSize":"10","first":"5","answerTimeout":"0.05"}');
    const sequencer = new RedisSequencer({ url: nowhere, ...options });
    await expect(sequencer.next()).rejects.toThrow("did not answer within 0.05 s");
    await sequencer.close();
  });
});
