/** Sentinels for tests: a primary, a replica and three Sentinels on free ports, gone after `stop`. */
import { askRedis, startRedis, untilRedis } from "./redis.ts";
import { freePort, type RunningService } from "./service.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** Sentinels that are up, and what they watch over. */
export interface RedisSentinels {
  /** What they call the primary. */
  readonly name: string;
  /** The URL of each Sentinel. */
  readonly urls: readonly string[];
  /** The primary and its replica, as they were at the start. */
  readonly primary: RunningService;
  readonly replica: RunningService;
  /** Ends whichever server is the primary now, as `kill -9` would: the other one takes over. */
  kill(): Promise<void>;
  /** Starts the one that was killed, as a replica of the other; resolves when it could take over. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** What the servers are started with, where a test wants it otherwise. */
export interface RedisSentinelsOptions {
  /** More arguments of both `redis-server`. */
  readonly arguments?: readonly string[];
}

/** Resolves with undefined when there is no `redis-server` on PATH. The replica takes over when the primary is gone for half a second. */
export async function startRedisSentinels({
  arguments: more = [],
}: RedisSentinelsOptions = {}): Promise<RedisSentinels | undefined> {
  const name = "numbers";
  const sentinels: RunningService[] = [];
  /** By URL. */
  const servers = new Map<string, RunningService>();
  const quick = ["--repl-diskless-sync-delay", "0", ...more];
  const stop = async (): Promise<void> => {
    await Promise.all([...sentinels, ...servers.values()].map((service) => service.stop()));
  };
  const startServer = async (options: { port?: number; of?: string }) => {
    const following = options.of === undefined ? [] : ["--replicaof", hostAndPort(options.of)];
    const { port = await freePort() } = options;
    const service = await startRedis({ port, arguments: [...quick, ...following] });
    if (service !== undefined) servers.set(service.url, service);
    return service;
  };
  try {
    const primary = await startServer({});
    if (primary === undefined) return undefined;
    const replica = await startServer({ of: primary.url });
    if (replica === undefined) return undefined;
    await untilRedis(replica.url, "ROLE", (role) => role.includes("connected"));
    const watched = [
      `sentinel monitor ${name} ${hostAndPort(primary.url)} 2`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 3000`,
    ];
    for (let i = 0; i < 3; i++) {
      const sentinel = await startRedis({ sentinel: watched });
      if (sentinel !== undefined) sentinels.push(sentinel);
    }
    const urls = sentinels.map(({ url }) => url);
    for (const url of urls) {
      await untilRedis(url, `SENTINEL CKQUORUM ${name}`, (says) => says.startsWith("+OK 3 usable"));
      await untilRedis(url, `SENTINEL REPLICAS ${name}`, (says) => says.startsWith("*1"));
    }
    let killed: string | undefined;
    return {
      name,
      urls,
      primary,
      replica,
      async kill() {
        killed = await primaryOf(urls[0] ?? "", name);
        await servers.get(killed)?.stop();
      },
      async restart() {
        if (killed === undefined) throw new Error("restart: expected a kill before it");
        const [old, ask] = [killed, `SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`];
        const port = Number(new URL(old).port);
        for (const url of urls) {
          await untilRedis(url, ask, (says) => says.startsWith("*2") && !says.includes(`${port}`));
        }
        const next = await primaryOf(urls[0] ?? "", name);
        await untilRedis(next, "ROLE", (role) => role.includes("master"));
        await startServer({ port, of: next });
        await untilRedis(old, "ROLE", (role) => role.includes("connected"));
        for (const url of urls) {
          await untilRedis(url, `SENTINEL REPLICAS ${name}`, (says) => !/_down|disconn/.test(says));
        }
        killed = undefined;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function hostAndPort(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname} ${port}`;
}

/** The URL of the server that a Sentinel names. */
async function primaryOf(sentinel: string, name: string): Promise<string> {
  const answer = await askRedis(sentinel, `SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`);
  const [, , host, , port] = answer.split("\r\n");
  return `redis://${host}:${port}`;
}

/** A primary whose replica can be kept from its last writes. */
export interface LaggingPrimary {
  /** From now on the replica gets nothing; resolves once the primary answers `command` otherwise than it. */
  lag(command: string): Promise<void>;
  /** Kills the primary, and what was on its way to the replica. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Has the replica follow its primary through a relay. */
export async function laggingPrimary({
  primary,
  replica,
}: RedisSentinels): Promise<LaggingPrimary> {
  const proxy = await TcpProxy.to(primary.url);
  await askRedis(replica.url, `REPLICAOF 127.0.0.1 ${new URL(proxy.url).port}`);
  await untilRedis(replica.url, "ROLE", (role) => role.includes("connected"));
  return {
    async lag(command) {
      proxy.hold();
      const there = await askRedis(replica.url, command);
      await untilRedis(primary.url, command, (here) => here !== there);
    },
    async kill() {
      await primary.stop();
      proxy.cut();
    },
    close: () => proxy.close(),
  };
}
