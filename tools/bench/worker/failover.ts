/**
 * Measures for how long a worker does nothing when a node of its RabbitMQ cluster dies, stops or
 * freezes: `pnpm --filter @esme/bench failover`, or some of it: `failover both frozen`. It starts
 * three nodes; the queues are quorum queues.
 * Exits with 1 when a promise is missed.
 */
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ClusterNode, RabbitmqCluster } from "@esme/services/rabbitmq-cluster";
import type { Prepared } from "./application.ts";
import { BenchProcess } from "./process.ts";
import { chosen, head, machine, middle, row, scale, verdict } from "./report.ts";
import { type Ends, startEnds, stopEnds } from "./run.ts";
import { configFile, startCluster } from "./services.ts";

const TRIES = Math.max(1, Math.round(5 * scale));

/** Messages a second: two of them are 10 ms apart. */
const rate = 100;
const messages = 4_000;

/** What a worker may be interrupted for, in milliseconds, heartbeats aside. */
const promised = 2_000;

/** A worker that does nothing for so many milliseconds is not waited for any longer. */
const longest = 60_000;

/** One thing that happens to a node. The first node is the application's, and nothing happens to it. */
interface Strike {
  readonly name: string;
  /** Which nodes, by their place: the one that the worker is connected to, and the one that is struck. */
  readonly worker: 1 | 2;
  readonly struck: 1 | 2;
  readonly happens: (node: ClusterNode) => Promise<void> | void;
  readonly heal: (node: ClusterNode) => Promise<void>;
  /** `amqp_heartbeat` of the worker, in seconds, where it decides how long the interruption is. */
  readonly heartbeat?: number;
}

/** The place of the node that leads the queues. */
const leader = 1;

const again = async (node: ClusterNode): Promise<void> => {
  await node.kill();
  await node.restart();
};
const killed = { happens: (node: ClusterNode) => node.kill(), heal: again } as const;
const frozen = {
  happens: (node: ClusterNode) => node.freeze(),
  heal: again,
  heartbeat: 4,
} as const;
const stopped = {
  happens: (node: ClusterNode) => node.stopApp(),
  heal: (node: ClusterNode) => node.startApp(),
} as const;

/** `failover both frozen` tries these alone. */
const strikes = new Map<string, Strike>([
  ["node", { name: "kill -9: the worker's node", worker: 2, struck: 2, ...killed }],
  ["leader", { name: "kill -9: the leader of its queues", worker: 2, struck: leader, ...killed }],
  ["both", { name: "kill -9: one that is both", worker: leader, struck: leader, ...killed }],
  ["stop", { name: "stop_app: one that is both", worker: leader, struck: leader, ...stopped }],
  ["frozen", { name: "frozen: the worker's node", worker: 2, struck: 2, ...frozen }],
  ["frozen-both", { name: "frozen: one that is both", worker: leader, struck: leader, ...frozen }],
]);

/** Milliseconds in which nothing came. */
interface Interruption {
  readonly submits: number;
  readonly events: number;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
let runs = 0;

/** One strike on a worker under load. */
async function strikeOnce(
  strike: Strike,
  cluster: RabbitmqCluster,
  ends: Ends,
): Promise<Interruption> {
  const { application, smsc, port } = ends;
  const { happens, heal, heartbeat = 10 } = strike;
  runs += 1;
  const name = `esme-bench-${process.pid}-${runs}`;
  const struck = nodeAt(cluster, strike.struck);
  const leaderUrl = nodeAt(cluster, leader).url;
  const prepared: Prepared = { transportName: name, queues: "quorum", leader: leaderUrl };
  await application.ask("prepare", prepared);
  await smsc.ask("behave", { latency: 20, receipts: "none", open: true });
  await application.ask("fill", { count: messages });
  const config = await configFile({
    amqp_urls: cluster.urls,
    amqp_heartbeat: heartbeat,
    transport_name: name,
    queue_type: "quorum",
    host: "127.0.0.1",
    port,
    mt_tps: rate,
  });
  const worker = await startOn(
    nodeAt(cluster, strike.worker),
    cluster,
    config.file,
    `${name}.outbound`,
  );
  try {
    await more(2 * rate, ends);
    await Promise.all([application.ask("watch"), smsc.ask("watch")]);
    await happens(struck);
    await Promise.race([more(3 * rate, ends), delay(longest)]);
    const [submits, events] = await Promise.all([
      smsc.ask<number>("longestPause"),
      application.ask<number>("longestPause"),
    ]);
    return { submits, events };
  } finally {
    await worker.end("SIGKILL");
    await config.remove();
    await heal(struck);
    await struck.control("await_online_nodes", String(cluster.nodes.length));
    await application.ask("remove");
  }
}

/** A worker connects to a node by chance: it is started until that is the wanted one. */
async function startOn(
  wanted: ClusterNode,
  cluster: RabbitmqCluster,
  file: string,
  queue: string,
): Promise<BenchProcess> {
  for (let tries = 0; tries < 50; tries++) {
    const worker = new BenchProcess(
      path("../../../packages/transport/bin/esme-transport.js"),
      ["--config", file],
      { execArgv: [] },
    );
    if ((await consumerOf(queue, cluster)) === wanted) return worker;
    await worker.end();
  }
  throw new Error(`in 50 starts no worker connected to ${wanted.name}`);
}

/** The node through which somebody consumes a queue, as soon as somebody does. */
async function consumerOf(queue: string, cluster: RabbitmqCluster): Promise<ClusterNode> {
  const words = ["--quiet", "list_consumers", "--no-table-headers", "queue_name", "channel_pid"];
  for (let tries = 0; tries < 50; tries++) {
    const rows = await nodeAt(cluster, 0).control(...words);
    const consumer = rows.split("\n").find((line) => line.startsWith(`${queue}\t`));
    // Its process says where it is: `<esme-4711@localhost.1700.2.0>`.
    const node = cluster.nodes.find(({ name }) => consumer?.includes(name));
    if (node) return node;
  }
  throw new Error(`nobody consumes ${queue}`);
}

/** Resolves when so many more events have come. */
async function more(events: number, { application }: Ends): Promise<void> {
  const count = await application.ask<number>("taken", "event");
  await application.ask("reached", { kind: "event", count: count + events });
}

function nodeAt(cluster: RabbitmqCluster, place: number): ClusterNode {
  const node = cluster.nodes[place];
  if (!node) throw new Error(`the cluster has no node at place ${place}`);
  return node;
}

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(2);

const wanted = chosen(strikes);
console.log(`${machine()}\n`);
console.log(
  `${rate} messages/s in hand of one worker, quorum queues on three nodes; each strike ${TRIES} times\n`,
);
const cluster = await startCluster();
let ends: Ends | undefined;
try {
  ends = await startEnds(cluster.urls);
  head(
    "what happens",
    ...["s without submit_sm: middle", "worst", "s without event: middle", "worst", "demanded"],
  );
  for (const strike of wanted) {
    const found: Interruption[] = [];
    for (let tries = 0; tries < TRIES; tries++) {
      found.push(await strikeOnce(strike, cluster, ends));
    }
    const most = promised + 2_000 * (strike.heartbeat ?? 0);
    const columns = [found.map(({ submits }) => submits), found.map(({ events }) => events)];
    const isKept = columns.every((pauses) => Math.max(...pauses) <= most);
    const told = strike.heartbeat
      ? `two heartbeats of ${strike.heartbeat} s and 2 s`
      : "at most 2 s";
    row(
      strike.name,
      ...columns.flatMap((pauses) => [seconds(middle(pauses)), seconds(Math.max(...pauses))]),
      `${told}: ${verdict(isKept)}`,
    );
  }
  console.log(`\nload ${loadavg()[0]?.toFixed(1)}`);
} finally {
  if (ends) await stopEnds(ends);
  await cluster.stop();
}
