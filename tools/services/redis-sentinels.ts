/** Sentinels for tests: a primary, a replica and three Sentinels on free ports, gone after `stop`. */
import { askRedis, startRedis, untilRedis } from "./redis.ts";
import type { RunningService } from "./service.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** Sentinels that are up, and what they watch over. */
export interface RedisSentinels {
  /** What they call the primary. */
  readonly name: string;
  /** The URL of each Sentinel. */
  readonly urls: readonly string[];
  readonly primary: RunningService;
  readonly replica: RunningService;
  stop(): Promise<void>;
}

/** Resolves with undefined when there is no `redis-server` on PATH. The replica takes over when the primary is gone for half a second. */
export async function startRedisSentinels(): Promise<RedisSentinels | undefined> {
  const name = "numbers";
  const services: RunningService[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
  };
  const start = async (options: Parameters<typeof startRedis>[0]) => {
    const service = await startRedis(options);
    if (service !== undefined) services.push(service);
    return service;
  };
  try {
    const quick = ["--repl-diskless-sync-delay", "0"];
    const primary = await start({ arguments: quick });
    if (primary === undefined) return undefined;
    const { port } = new URL(primary.url);
    const replica = await start({ arguments: [...quick, "--replicaof", `127.0.0.1 ${port}`] });
    if (replica === undefined) return undefined;
    await untilRedis(replica.url, "ROLE", (role) => role.includes("connected"));
    const watched = [
      `sentinel monitor ${name} 127.0.0.1 ${port} 2`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 3000`,
    ];
    const sentinels = [];
    for (let i = 0; i < 3; i++) sentinels.push(await start({ sentinel: watched }));
    const urls = sentinels.flatMap((service) => (service === undefined ? [] : [service.url]));
    for (const url of urls) {
      await untilRedis(url, `SENTINEL CKQUORUM ${name}`, (says) => says.startsWith("+OK 3 usable"));
      await untilRedis(url, `SENTINEL REPLICAS ${name}`, (says) => says.startsWith("*1"));
    }
    return { name, urls, primary, replica, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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
