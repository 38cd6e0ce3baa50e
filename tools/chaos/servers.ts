/** The servers of a run: RabbitMQ, one node or three, and Redis. All of its own, gone after `stop`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type RunningService } from "@esme/services/find";
import { startRabbitmq } from "@esme/services/rabbitmq";
import { type ClusterNode, startRabbitmqCluster } from "@esme/services/rabbitmq-cluster";
import type { RabbitmqFaults } from "@esme/services/rabbitmq-node";
import { startRedis } from "@esme/services/redis";

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

/** Throws where RabbitMQ is not installed. */
export async function startBroker(kind: BrokerKind): Promise<Broker> {
  if (kind === "cluster") {
    const cluster = await startRabbitmqCluster();
    if (cluster) return { ...cluster, cluster: cluster.nodes };
  } else {
    const node = await startRabbitmq();
    if (node) {
      const leaderOf = async () => undefined;
      return { urls: [node.url], nodes: [node], cluster: [], leaderOf, stop: () => node.stop() };
    }
  }
  throw new Error("no rabbitmq-server on PATH (Debian: apt-get install rabbitmq-server)");
}

/** A Redis that has on disk what it confirmed, and can be killed and started again. */
export class Store {
  readonly #folder: string;
  readonly #port: number;
  #service: RunningService | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** Throws where Redis is not installed. */
  static async start(): Promise<Store> {
    const folder = await mkdtemp(join(tmpdir(), "esme-chaos-redis-"));
    const store = new Store(folder, await freePort());
    await store.restart();
    return store;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  async restart(): Promise<void> {
    const words = ["--appendonly", "yes", "--appendfsync", "always", "--dir", this.#folder];
    this.#service = await startRedis({ port: this.#port, arguments: words });
    if (!this.#service) throw new Error("no redis-server on PATH (Debian: apt-get install redis)");
  }

  /** As `kill -9` would. */
  async kill(): Promise<void> {
    await this.#service?.stop();
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
