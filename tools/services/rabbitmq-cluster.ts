/** A RabbitMQ cluster for tests: nodes on loopback, gone after `stop`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasRabbitmq, nodeName, type RabbitmqFaults, RabbitmqNode } from "./rabbitmq-node.ts";
import { freePort } from "./service.ts";

/** One node of a cluster. Its `name` is what `rabbitmqctl` and the leader of a quorum queue say. */
export type ClusterNode = RabbitmqFaults &
  Pick<RabbitmqNode, "url" | "name" | "isUp" | "stopApp" | "startApp">;

/** A cluster that is up. */
export interface RabbitmqCluster {
  /** The URL of each node. */
  readonly urls: readonly string[];
  readonly nodes: readonly ClusterNode[];
  /** The node that leads a quorum queue, or has a classic one; undefined while there is none. */
  leaderOf(queue: string): Promise<ClusterNode | undefined>;
  stop(): Promise<void>;
}

/** What a cluster is started with, where a test wants it otherwise. */
export interface RabbitmqClusterOptions {
  /** How many nodes, 1 to 5. Default 3. */
  readonly size?: number;
  /** More lines of each node's `rabbitmq.conf`. */
  readonly settings?: readonly string[];
}

/** Resolves with undefined when there is no `rabbitmq-server` on PATH. It takes about 20 s and 300 MB. */
export async function startRabbitmqCluster({
  size = 3,
  settings = [],
}: RabbitmqClusterOptions = {}): Promise<RabbitmqCluster | undefined> {
  if (!hasRabbitmq()) return undefined;
  const home = await mkdtemp(join(tmpdir(), "esme-rabbitmq-cluster-"));
  const names = await freePort();
  const ports: number[] = [];
  for (let i = 0; i < size; i++) ports.push(await freePort());
  const nodes: RabbitmqNode[] = [];
  const stop = async (): Promise<void> => {
    // At once: in order, the last ones would wait for a majority that is gone.
    await Promise.all(nodes.map((node) => node.kill()));
    await nodes[0]?.endNames();
    await rm(home, { recursive: true, force: true });
  };
  const lines = [
    // A node without a majority stops: the other side goes on alone.
    "cluster_partition_handling = pause_minority",
    "cluster_formation.peer_discovery_backend = classic_config",
    ...ports.map(
      (port, i) => `cluster_formation.classic_config.nodes.${i + 1} = ${nodeName(port)}`,
    ),
    ...settings,
  ];
  const start = async (port: number): Promise<void> => {
    const folder = join(home, String(port));
    nodes.push(await RabbitmqNode.start({ folder, home, names, port }, lines));
  };
  try {
    // The first one makes the cookie and starts the name server that the others need.
    for (const port of ports.slice(0, 1)) await start(port);
    await Promise.all(ports.slice(1).map(start));
    await Promise.all(nodes.map((node) => node.control("await_online_nodes", String(size))));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: nodes.map(({ url }) => url),
    nodes,
    leaderOf: (queue) => leaderOf(nodes, queue),
    stop,
  };
}

async function leaderOf(
  nodes: readonly RabbitmqNode[],
  queue: string,
): Promise<RabbitmqNode | undefined> {
  const asked = nodes.find(({ isUp }) => isUp);
  const columns = ["name", "leader", "pid"];
  const rows = await asked?.control("--quiet", "list_queues", "--no-table-headers", ...columns);
  const row = rows?.split("\n").find((line) => line.startsWith(`${queue}\t`));
  // A classic queue has no leader: its process says where it is, `<esme-4711@localhost.1700.2.0>`.
  return nodes.find(({ name }) => row?.includes(name));
}
