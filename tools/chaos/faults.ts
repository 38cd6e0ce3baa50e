/** What can happen to the worker and to all that it talks to: a row is a fault. */
import { setTimeout as passed } from "node:timers/promises";
import type { Random } from "@esme/fuzz/random";
import type { ClusterNode } from "@esme/services/rabbitmq-cluster";
import type { MessageCentre } from "./message-centre.ts";
import type { Relay } from "./relays.ts";
import type { Broker, Store } from "./servers.ts";
import type { Worker } from "./workers.ts";

/** All that can be harmed. */
export interface World {
  readonly workers: readonly Worker[];
  readonly centre: MessageCentre;
  readonly broker: Broker;
  /** What stands between the workers and the broker's nodes. */
  readonly relays: readonly Relay[];
  readonly store: Store;
  readonly random: Random;
  /** The queue that the workers consume. */
  readonly outbound: string;
}

/** One kind of harm. */
export interface Fault {
  readonly name: string;
  /** What it harms: only one fault at a time harms the same. */
  readonly harms: "worker" | "link" | "connection" | "broker" | "store";
  /** Needs several broker nodes. */
  readonly needsCluster?: true;
  /** Does it, waits, and heals. Resolves when all is well again. */
  strike(world: World): Promise<void>;
}

export const faults: readonly Fault[] = [
  {
    name: "worker killed (kill -9)",
    harms: "worker",
    strike: ({ workers, random }) =>
      harm(random, workers, async (worker) => {
        await worker.kill();
        await passed(random.below(2_000));
        worker.start();
      }),
  },
  {
    name: "worker stopped (SIGTERM)",
    harms: "worker",
    strike: ({ workers, random }) =>
      harm(random, workers, async (worker) => {
        await worker.stop();
        worker.start();
      }),
  },
  {
    name: "worker frozen (SIGSTOP)",
    harms: "worker",
    strike: ({ workers, random }) =>
      harm(random, workers, async (worker) => {
        worker.freeze();
        await passed(500 + random.below(14_500));
        worker.thaw();
      }),
  },
  {
    name: "link cut",
    harms: "link",
    strike: ({ centre, random }) =>
      harm(random, centre.sessions, async (session) => session.destroy()),
  },
  {
    name: "link half open",
    harms: "link",
    strike: ({ centre, random }) =>
      harm(random, centre.sessions, async (session) => session.silence()),
  },
  {
    name: "link unbound by the SMSC",
    harms: "link",
    strike: ({ centre, random }) =>
      harm(random, centre.sessions, async ({ session }) => session.unbind()),
  },
  {
    name: "broker connection of a worker cut",
    harms: "connection",
    strike: ({ relays, random }) => harm(random, relays, async (relay) => relay.cut()),
  },
  {
    name: "broker connection of a worker half open",
    harms: "connection",
    strike: ({ relays, random }) =>
      harm(random, relays, async (relay) => {
        relay.hold();
        await passed(500 + random.below(14_500));
        relay.relay();
      }),
  },
  {
    name: "broker connections closed",
    harms: "broker",
    strike: ({ broker, random }) =>
      harm(random, broker.nodes, async (node) => {
        await node.control("close_all_connections", "chaos");
      }),
  },
  {
    name: "broker node killed (kill -9)",
    harms: "broker",
    strike: ({ broker, random }) =>
      harm(random, broker.nodes, async (node) => {
        await node.kill();
        await passed(random.below(5_000));
        await node.restart();
      }),
  },
  {
    name: "broker node of the queue's leader killed (kill -9)",
    harms: "broker",
    needsCluster: true,
    strike: async ({ broker, outbound, random }) =>
      harm(random, await leaders(broker, outbound), async (node) => {
        await node.kill();
        await passed(random.below(5_000));
        await node.restart();
      }),
  },
  {
    name: "broker node stopped (stop_app)",
    harms: "broker",
    needsCluster: true,
    strike: ({ broker, random }) =>
      harm(random, broker.cluster, async (node) => {
        await node.stopApp();
        await passed(random.below(5_000));
        await node.startApp();
      }),
  },
  {
    name: "broker node frozen (SIGSTOP)",
    harms: "broker",
    strike: ({ broker, random }) =>
      harm(random, broker.nodes, async (node) => {
        node.freeze();
        await passed(500 + random.below(14_500));
        node.thaw();
        await rejoined(node, broker);
      }),
  },
  {
    name: "broker's memory alarm",
    harms: "broker",
    strike: ({ broker, random }) =>
      harm(random, broker.nodes, async (node) => {
        await node.alarm();
        await passed(500 + random.below(4_500));
        await node.calm();
      }),
  },
  {
    name: "Redis primary killed (kill -9)",
    harms: "store",
    strike: async ({ store, random }) => {
      await store.kill();
      await passed(random.below(3_000));
      await store.restart();
    },
  },
];

/**
 * A node that the others had given up must find them again. RabbitMQ 3.10 now and then leaves it alone
 * for ever, partitioned: then it is started anew, as its operator would.
 */
async function rejoined(node: Broker["nodes"][number], { cluster }: Broker): Promise<void> {
  if (cluster.length === 0) return;
  const all = ["await_online_nodes", String(cluster.length), "--timeout", "30"];
  try {
    await Promise.all(cluster.map((each) => each.control(...all)));
  } catch {
    await node.kill();
    await node.restart();
  }
}

/** Strikes one of them. There may be none: no session is bound, or no node leads the queue. */
async function harm<T>(
  random: Random,
  victims: readonly T[],
  strike: (victim: T) => Promise<unknown>,
): Promise<void> {
  if (victims.length > 0) await strike(random.pick(victims));
}

async function leaders(broker: Broker, queue: string): Promise<readonly ClusterNode[]> {
  const leader = await broker.leaderOf(queue);
  return leader === undefined ? [] : [leader];
}
