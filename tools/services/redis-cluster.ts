/** A Redis cluster for tests: three primaries on free ports, with a replica each or none, gone after `stop`. */
import { askRedis, startRedis, untilRedis } from "./redis.ts";
import { freePort, type RunningService } from "./service.ts";

/** A cluster that is up. */
export interface RedisCluster {
  /** The URL of each primary, in the order of their slots. */
  readonly urls: readonly string[];
  /** Ends a primary as `kill -9` would. */
  kill(url: string): Promise<void>;
  stop(): Promise<void>;
}

/** What a cluster is started with, where a test wants it otherwise. */
export interface RedisClusterOptions {
  /** A replica for each primary, which takes over when that is gone for half a second. Default false. */
  readonly replicas?: boolean;
}

/** The first and last of each primary's slots (Redis cluster specification: 16384 in all). */
const slots = ["0 5460", "5461 10922", "10923 16383"];

interface Node {
  readonly service: RunningService;
  readonly bus: number;
}

/** Resolves with undefined when there is no `redis-server` on PATH. */
export async function startRedisCluster({
  replicas = false,
}: RedisClusterOptions = {}): Promise<RedisCluster | undefined> {
  const nodes: Node[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(({ service }) => service.stop()));
  };
  const start = async (): Promise<boolean> => {
    const bus = await freePort();
    const more = ["--cluster-enabled", "yes", "--cluster-port", String(bus)];
    const quick = ["--cluster-node-timeout", "500", "--repl-diskless-sync-delay", "0"];
    const service = await startRedis({ arguments: replicas ? [...more, ...quick] : more });
    if (service === undefined) return false;
    nodes.push({ service, bus });
    await askRedis(service.url, `CLUSTER SET-CONFIG-EPOCH ${nodes.length}`);
    return true;
  };
  try {
    for (let i = 0; i < slots.length * (replicas ? 2 : 1); i++) {
      if (!(await start())) return undefined;
    }
    const urls = nodes.map(({ service }) => service.url);
    const primaries = urls.slice(0, slots.length);
    const [first = "", ...others] = urls;
    for (const [i, url] of primaries.entries()) {
      await askRedis(url, `CLUSTER ADDSLOTSRANGE ${slots[i]}`);
    }
    for (const [i, url] of others.entries()) {
      await askRedis(first, `CLUSTER MEET 127.0.0.1 ${new URL(url).port} ${nodes[i + 1]?.bus}`);
    }
    for (const url of urls) await untilRedis(url, "CLUSTER INFO", isWhole(urls.length));
    for (const [i, url] of urls.slice(slots.length).entries()) {
      const id = /[0-9a-f]{40}/.exec(await askRedis(primaries[i] ?? "", "CLUSTER MYID"))?.[0];
      await askRedis(url, `CLUSTER REPLICATE ${id}`);
      await untilRedis(url, "ROLE", (role) => role.includes("connected"));
    }
    for (const url of urls) {
      await untilRedis(url, "CLUSTER NODES", (rows) => count(rows, "slave") === urls.length - 3);
    }
    const kill = async (url: string): Promise<void> => {
      await nodes.find(({ service }) => service.url === url)?.service.stop();
    };
    return { urls: primaries, kill, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether a node knows of all slots and of all nodes. */
function isWhole(nodes: number): (info: string) => boolean {
  return (info) =>
    info.includes("cluster_state:ok") &&
    info.includes(`cluster_size:${slots.length}`) &&
    info.includes(`cluster_known_nodes:${nodes}\r`);
}

function count(text: string, word: string): number {
  return text.split(word).length - 1;
}
