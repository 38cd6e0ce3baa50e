import { createServer } from "node:net";
import { inspect } from "node:util";
import { onPath } from "@esme/services/find";
import { startRedis } from "@esme/services/redis";
import { createClient } from "redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { RedisSmppCache, type RedisSmppCacheOptions } from "../src/redis.ts";

const runs = onPath("redis-server") !== undefined || process.env["CI"] === "true";
const part = {
  source: "27820001001",
  destination: "27820001002",
  reference: 7,
  total: 2,
  sequence: 1,
  octets: Uint8Array.of(1),
};

type Admin = Awaited<ReturnType<typeof connect>>;

function connect(url: string) {
  return createClient({ url }).connect();
}

/** A server of its own, and somebody who may do everything on it. */
async function start() {
  const server = await startRedis();
  if (server === undefined) throw new Error("no redis-server on PATH");
  const admin = await connect(server.url);
  onTestFinished(async () => {
    admin.destroy();
    await server.stop();
  });
  return { host: new URL(server.url).host, admin };
}

/** The error of a call, and all that a log would print of it. */
async function refused(options: RedisSmppCacheOptions, call: (cache: RedisSmppCache) => unknown) {
  const cache = new RedisSmppCache(options);
  onTestFinished(() => cache.close());
  const error: unknown = await Promise.resolve(call(cache)).catch((error: unknown) => error);
  return { error, printed: inspect(error) };
}

const user =
  (...rules: string[]) =>
  (admin: Admin) =>
    admin.sendCommand(["ACL", "SETUSER", "worker", "on", ">s3cret-word", ...rules]);
const config = (name: string, value: string) => (admin: Admin) =>
  admin.sendCommand(["CONFIG", "SET", name, value]);

describe.skipIf(!runs)("optional: redis-server that refuses", () => {
  test.each<[string, string, (admin: Admin) => Promise<unknown>, "unavailable" | "failed", string]>(
    [
      [
        "a password that is wrong",
        ":s3cret-word@",
        config("requirepass", "another"),
        "unavailable",
        "HOST did not answer within 0.5 s: WRONGPASS invalid username-password pair or user is disabled.: check user and password of the URL",
      ],
      [
        "a client without a password",
        "",
        config("requirepass", "another"),
        "unavailable",
        "HOST did not answer within 0.5 s: NOAUTH HELLO must be called with the client already authenticated",
      ],
      [
        "a user who may not use these keys",
        "worker:s3cret-word@",
        user("~other:*", "+@all"),
        "unavailable",
        "HOST, esme:smpp:parts:*: NOPERM this user has no permissions to access one of the keys used as arguments: let this user run evalsha, eval and the commands of hashes and sorted sets on this key",
      ],
      [
        "a user who may not run scripts",
        "worker:s3cret-word@",
        user("~*", "+@all", "-@scripting"),
        "unavailable",
        "HOST, esme:smpp:parts:*: NOPERM this user has no permissions to run the 'evalsha' command: let this user run",
      ],
      [
        "a user who may not write",
        "worker:s3cret-word@",
        user("~*", "+@all", "-hset"),
        "unavailable",
        "HOST, esme:smpp:parts:*: ERR The user executing the script can't run this command or subcommand: let this user run",
      ],
      [
        "everybody, as a replica",
        "",
        (admin) => admin.sendCommand(["REPLICAOF", "127.0.0.1", "1"]),
        "unavailable",
        "HOST, esme:smpp:parts:*: READONLY You can't write against a read only replica: give the URL of the primary, not of a replica",
      ],
      [
        "everybody, as its memory is full",
        "",
        config("maxmemory", "1"),
        "unavailable",
        "HOST, esme:smpp:parts:*: OOM command not allowed when used memory > 'maxmemory': give Redis more maxmemory",
      ],
      [
        "writes, as it has too few replicas",
        "",
        config("min-replicas-to-write", "1"),
        "unavailable",
        "HOST, esme:smpp:parts:*: NOREPLICAS Not enough good replicas to write: try again",
      ],
      [
        "a key of another kind",
        "",
        (admin) => admin.set('esme:smpp:parts:["27820001001","27820001002",7]', "text"),
        "failed",
        "HOST, esme:smpp:parts:*: WRONGTYPE Operation against a key holding the wrong kind of value: another program uses this key, choose another key or prefix",
      ],
    ],
  )("%s is told with what to do", { timeout: 60_000 }, async (_, who, refuse, code, says) => {
    const { host, admin } = await start();
    await refuse(admin);
    const { error, printed } = await refused(
      { url: `redis://${who}${host}`, answerTimeout: 0.5 },
      (cache) => cache.storeMultipart(part),
    );
    expect(error).toMatchObject({ name: "RedisError", code });
    expect(String(error)).toContain(`RedisError: Redis at ${says.replace("HOST", host)}`);
    expect(printed).not.toMatch(/s3cret|27820001001/);
  });
});

describe("a password is in no error", () => {
  test("of a server that repeats what it does not know", async () => {
    const server = createServer((socket) => {
      socket.on("data", (data) => {
        const words = data
          .toString()
          .split("\r\n")
          .filter((word) => /^\w/.test(word));
        socket.write(
          `-ERR unknown command, with args: ${words.map((word) => `'${word}'`).join(" ")}\r\n`,
        );
      });
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { error, printed } = await refused(
      { url: `redis://me:s3cret%21word@127.0.0.1:${port}`, answerTimeout: 0.3 },
      (cache) => cache.ping(),
    );
    expect(error).toMatchObject({ code: "unavailable" });
    expect(printed).toContain("unknown command");
    expect(printed).not.toContain("s3cret");
  });

  test("where nobody listens", async () => {
    const { error, printed } = await refused(
      { url: "redis://me:s3cret@localhost:1", answerTimeout: 0.3 },
      (cache) => cache.ping(),
    );
    expect(String(error)).toMatch(
      /^RedisError: Redis at localhost:1 did not answer within 0\.3 s: connect ECONNREFUSED \S+: is it running and reachable\?$/,
    );
    expect(printed).not.toContain("s3cret");
  });

  test.each([
    "s3cret",
    "http://me:s3cret@host:6379",
    "redis://me:s3cret@",
    "redis://me:s3cret@host:port",
    "redis://me:s3cret@host/name",
    "redis://me:%zz-s3cret@host",
    "redis://%zz:s3cret@host",
    "redis://me:12/s3cret@host",
    "redis://me:12?s3cret@host",
    "redis://me:12#s3cret@host",
    "unix://me:s3cret@/run/redis.sock",
  ])("of a URL that is none: %s", (url) => {
    const made = () => new RedisSmppCache({ url });
    expect(made).toThrow(/^RedisSmppCache: url: expected redis:\/\/\[user:password@\]host/);
    try {
      made();
    } catch (error) {
      expect(inspect(error)).not.toContain("s3cret");
    }
  });
});
