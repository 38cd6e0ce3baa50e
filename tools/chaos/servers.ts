/** The servers of a run: RabbitMQ, one node or three, and Redis, alone or with Sentinels. All of its own, gone after `stop`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as passed } from "node:timers/promises";
import { freePort } from "@esme/services/find";
import { startRabbitmq } from "@esme/services/rabbitmq";
import { type ClusterNode, startRabbitmqCluster } from "@esme/services/rabbitmq-cluster";
import type { RabbitmqFaults } from "@esme/services/rabbitmq-node";
import { startRedis } from "@esme/services/redis";
import { startRedisSentinels } from "@esme/services/redis-sentinels";

/** How often a server is started that ends while it starts. */
const maxStarts = 5;

/** One node or three. */
export type BrokerKind = "single" | "cluster";

/** RabbitMQ as faults see it. */
export interface Broker {
  readonly urls: readonly string[];
  readonly nodes: readonly RabbitmqFaults[];
  /** The same nodes, where there are several. */
  readonly cluster: readonly ClusterNode[];
  leaderOf(queue: string): Promise<ClusterNode | undefined>;
  stop(): Promise<void>;
}

/** Throws where RabbitMQ is not installed. `settings` are lines of `rabbitmq.conf`. */
export async function startBroker(
  kind: BrokerKind,
  settings: readonly string[] = [],
): Promise<Broker> {
  if (kind === "cluster") {
    const cluster = await startRabbitmqCluster({ settings });
    if (cluster) return { ...cluster, cluster: cluster.nodes };
  } else {
    const node = await startRabbitmq({ settings });
    if (node) {
      const leaderOf = async () => undefined;
      return { urls: [node.url], nodes: [node], cluster: [], leaderOf, stop: () => node.stop() };
    }
  }
  throw new Error("no rabbitmq-server on PATH (Debian: apt-get install rabbitmq-server)");
}

/** One server, or a primary with a replica and Sentinels. */
export type StoreKind = "single" | "sentinel";

/** Redis as faults see it. */
export interface Store {
  /** Where it is, as the configuration of a class wants it. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Ends the server that takes writes, as `kill -9` would. */
  kill(): Promise<void>;
  /** Resolves when all is as before the kill. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Throws where Redis is not installed. */
export async function startStore(kind: StoreKind): Promise<Store> {
  const store = await (kind === "single" ? singleStore() : sentinelStore());
  if (store) return store;
  throw new Error("no redis-server on PATH (Debian: apt-get install redis)");
}

/** It has on disk what it confirmed. */
async function singleStore(): Promise<Store | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "esme-chaos-redis-"));
  const port = await freePort();
  const words = ["--appendonly", "yes", "--appendfsync", "always", "--dir", folder];
  const start = () => startRedis({ port, arguments: words });
  const clean = () => rm(folder, { recursive: true, force: true });
  let service = await start();
  if (!service) {
    await clean();
    return undefined;
  }
  return {
    configuration: { url: service.url },
    kill: async () => service?.stop(),
    restart: async () => {
      service = await retried(start);
    },
    stop: async () => {
      await service?.stop();
      await clean();
    },
  };
}

/** A port of a server that was killed may belong to a client's connection for a moment. */
async function retried<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; tries < maxStarts; tries++) {
    try {
      return await start();
    } catch {
      await passed(1_000);
    }
  }
  return start();
}

/** What it confirmed is on the replica as well: `replicas` of @esme/redis, 1 with Sentinels. */
async function sentinelStore(): Promise<Store | undefined> {
  const started = await startRedisSentinels();
  if (!started) return undefined;
  const { name, urls: sentinels, kill, restart, stop } = started;
  return { configuration: { url: `redis://${name}`, sentinels }, kill, restart, stop };
}
