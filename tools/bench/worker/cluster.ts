/**
 * Measures the built worker beside one that only passes ready-made octets on, on queues of a RabbitMQ
 * cluster of three nodes that this starts: `pnpm --filter @esme/bench cluster`, or some of its tables:
 * `cluster outbound inbound scale costs`. Exits with 1 when a promise is missed.
 */
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { RabbitmqCluster } from "@esme/services/rabbitmq-cluster";
import { redis } from "@esme/services/redis";
import { createClient } from "redis";
import type { QueueType } from "./application.ts";
import { busySeconds, cpuOf, residentOf } from "./cores.ts";
import {
  chosen,
  head,
  machine,
  medians,
  perSecond,
  row,
  scale,
  scaled,
  verdict,
} from "./report.ts";
import {
  type Ends,
  type Figures,
  inbound,
  outbound,
  type Setting,
  startEnds,
  stopEnds,
  withWorkers,
} from "./run.ts";
import { configFile, need, sharedKeys, startCluster } from "./services.ts";

/** What is promised of the worker: of the rate of the do-nothing worker on the same queues. */
const promisedShare = 0.8;

const names = ["do-nothing", "@esme/transport"] as const;
const cores = availableParallelism();

/** What a table needs. */
interface Place {
  readonly ends: Ends;
  readonly cluster: RabbitmqCluster;
  readonly storeUrl: string;
  /** Configuration of workers that share Redis. */
  readonly shared: string;
}

/** CPU time of 1,000 messages, part by part, and what ended the growth of the rate. */
function costCells({ rate, cpu, brokerCpu, storeCpu, endsCpu, busy }: Figures): readonly string[] {
  const all = ((cpu + brokerCpu + storeCpu + endsCpu) * rate) / 1_000;
  const others = busy - all;
  const isFull = busy > 0.9 * cores;
  const said = others > 0.2 ? `the cores: ${others.toFixed(1)} have other work` : "the cores";
  return [
    ...[cpu, brokerCpu, storeCpu, endsCpu].map((seconds) => seconds.toFixed(3)),
    `${all.toFixed(2)} of ${cores}`,
    isFull ? said : "",
  ];
}

const costHeads = [
  ...["CPU s per 1,000: workers", "RabbitMQ", "Redis", "application and SMSC"],
  ...["cores, all parts", "ends at"],
] as const;

/** With a latency no worker sends more than so many a second. */
function windowRate(concurrency: number, latency: number): number {
  return latency === 0 ? Number.POSITIVE_INFINITY : (concurrency * 1_000) / latency;
}

/** How many messages keep a run going for some seconds. */
function countFor(concurrency: number, latency: number): number {
  return scaled(Math.min(12_000, windowRate(concurrency, latency) * 6));
}

async function outboundTable({ ends }: Place): Promise<void> {
  head(
    ...["outbound", "SMSC answers after", "worker", "messages/s", "of do-nothing"],
    ...costHeads,
    `at least ${promisedShare}`,
  );
  for (const latency of [0, 20]) {
    for (const concurrency of [20, 100]) {
      const run = (worker: Setting["worker"]) => () =>
        outbound(
          ends,
          { worker, concurrency, queues: "quorum" },
          { latency, receipts: "none" },
          countFor(concurrency, latency),
        );
      const figures = await medians(new Map(names.map((name) => [name, run(name)])));
      for (const [worker, of] of figures) {
        const cells = rateCells(worker, of, figures);
        row(`concurrency ${concurrency}`, `${latency} ms`, worker, ...cells);
      }
    }
  }
}

async function inboundTable({ ends }: Place): Promise<void> {
  const run = (worker: Setting["worker"]) => () =>
    inbound(ends, { worker, concurrency: 100, queues: "quorum" }, scaled(20_000));
  const figures = await medians(new Map(names.map((name) => [name, run(name)])));
  head(
    ...["inbound, window 100", "messages/s", "of do-nothing"],
    ...costHeads,
    `at least ${promisedShare}`,
  );
  for (const [worker, of] of figures) row(worker, ...rateCells(worker, of, figures));
}

/** Rate, share, costs, and whether the promise was kept. */
function rateCells(
  worker: string,
  of: Figures,
  figures: ReadonlyMap<string, Figures>,
): readonly string[] {
  const share = of.rate / (figures.get("do-nothing")?.rate ?? Number.NaN);
  const said = worker === "do-nothing" ? "" : verdict(share >= promisedShare);
  return [perSecond(of.rate), share.toFixed(2), ...costCells(of), said];
}

async function scaleTable({ ends, shared }: Place): Promise<void> {
  const concurrency = 20;
  console.log(
    `${concurrency} messages in hand a worker; ours share ids and sequence numbers in Redis, the do-nothing ones nothing\n`,
  );
  head(
    ...["queue", "SMSC answers after", "workers", "", "messages/s", "of do-nothing"],
    ...["times one worker", ...costHeads],
  );
  const alone = new Map<string, number>();
  for (const queues of ["classic", "quorum"] as const satisfies readonly QueueType[]) {
    for (const latency of [0, 20]) {
      for (const workers of [1, 2, 4]) {
        const count = countFor(concurrency * workers, latency);
        const run = (worker: Setting["worker"]) => () => {
          const config = worker === "do-nothing" ? {} : { config: shared };
          const setting = { worker, concurrency, workers, queues, ...config };
          return outbound(ends, setting, { latency, receipts: "none" }, count);
        };
        const figures = await medians(new Map(names.map((name) => [name, run(name)])));
        const ceiling = figures.get("do-nothing")?.rate ?? Number.NaN;
        for (const [worker, of] of figures) {
          if (workers === 1) alone.set(worker, of.rate);
          const times = of.rate / (alone.get(worker) ?? Number.NaN);
          const shares = [(of.rate / ceiling).toFixed(2), times.toFixed(2)];
          const cells = [perSecond(of.rate), ...shares, ...costCells(of)];
          row(queues, `${latency} ms`, String(workers), worker, ...cells);
        }
      }
    }
  }
}

/** What the operations guide computes with: messages with receipts, idle sessions, idle accounts. */
async function costsTable(place: Place): Promise<void> {
  await messageCosts(place);
  console.log();
  await sessionCosts(place);
  console.log();
  await accountCosts(place);
}

async function messageCosts({ ends, shared, storeUrl }: Place): Promise<void> {
  const count = scaled(20_000);
  const setting = {
    worker: "@esme/transport",
    concurrency: 100,
    queues: "quorum",
    config: shared,
  } as const;
  const store = await createClient({ url: storeUrl }).connect();
  try {
    const before = await usedBy(store);
    const sent = () => outbound(ends, setting, { latency: 20, receipts: "none" }, count);
    const alone = (await medians(new Map([["", sent]]))).get("");
    // Ids of three rounds wait for their receipts; they are kept for two minutes.
    const perMessage = ((await usedBy(store)) - before) / (3 * count);
    const reported = () => outbound(ends, setting, { latency: 20, receipts: "same bind" }, count);
    const both = (await medians(new Map([["", reported]]))).get("");
    const came = () => inbound(ends, setting, count);
    const texts = (await medians(new Map([["", came]]))).get("");
    if (!alone || !both || !texts) throw new Error("a contender without figures");
    head("quorum queues, Redis, concurrency 100, 20 ms", "messages/s", "MB", ...costHeads);
    const rows = { "message out": alone, "message out, receipt": both, "message in": texts };
    for (const [name, of] of Object.entries(rows)) {
      row(name, perSecond(of.rate), of.rss.toFixed(0), ...costCells(of));
    }
    console.log(
      `\nRedis: ${perMessage.toFixed(0)} octets for each message that waits for its receipt`,
    );
  } finally {
    store.destroy();
  }
}

async function usedBy(store: { info(section: string): Promise<string> }): Promise<number> {
  const [, octets] = /^used_memory:(\d+)/m.exec(await store.info("memory")) ?? [];
  return Number(octets);
}

/** Seconds in which an idle process is watched: each session asks once for a sign of life. */
const watched = 55;

async function sessionCosts({ ends }: Place): Promise<void> {
  head("one worker with idle sessions", "MB", "of a core");
  for (const sessions of [1, 100, 1_000]) {
    const most = 100;
    const alike = { count: Math.min(sessions, most) };
    const binds = Array.from({ length: Math.ceil(sessions / most) }, () => alike);
    const config = await configFile({ binds });
    const setting: Setting = {
      ...{ worker: "@esme/transport", concurrency: 20, queues: "quorum" },
      ...{ sessions, config: config.file },
    };
    await withWorkers(ends, setting, { latency: 0, receipts: "none" }, async (workers) => {
      await ends.smsc.ask("open");
      const pids = workers.map(({ pid }) => pid);
      await delay(5_000 * scale);
      const before = cpuOf(pids);
      await delay(watched * 1_000 * scale);
      const share = (cpuOf(pids) - before) / (watched * scale);
      const resident = pids.reduce((sum, pid) => sum + residentOf(pid), 0);
      row(perSecond(sessions), resident.toFixed(0), `${(100 * share).toFixed(1)} %`);
    });
    await config.remove();
  }
}

/** Four queues an account, as the worker makes them. */
async function accountCosts({ ends }: Place): Promise<void> {
  const { broker } = ends.servers;
  const resident = () => broker.reduce((sum, pid) => sum + residentOf(pid), 0) / broker.length;
  head("RabbitMQ, idle accounts of four quorum queues", "MB a node", "cores, all nodes", "busy");
  for (const accounts of [0, 100, 400]) {
    const queues = Math.round(accounts * scale);
    await ends.application.ask("declareAccounts", queues);
    await delay(5_000 * scale);
    const [cpu, busy] = [cpuOf(broker), busySeconds()];
    await delay(20_000 * scale);
    const used = [cpuOf(broker) - cpu, busySeconds() - busy].map(
      (seconds) => seconds / (20 * scale),
    );
    row(perSecond(queues), resident().toFixed(0), ...used.map((share) => share.toFixed(2)));
  }
  await ends.application.ask("deleteAccounts");
}

const tables = new Map<string, (place: Place) => Promise<void>>([
  ["outbound", outboundTable],
  ["inbound", inboundTable],
  ["scale", scaleTable],
  ["costs", costsTable],
]);
const wanted = chosen(tables);
console.log(`${machine()}\n`);
console.log(
  `Three RabbitMQ nodes, the SMSC, the application, Redis and the workers share these ${cores} cores. A rate that ends at the cores says how much work there is, not what a cluster of machines can do.\n`,
);
const cluster = await startCluster();
const store = await need(redis);
const shared = await configFile(sharedKeys(store.url));
let ends: Ends | undefined;
try {
  const pids = await Promise.all(cluster.nodes.map((node) => node.control("eval", "os:getpid().")));
  const servers = {
    broker: pids.map((pid) => Number(pid.replaceAll('"', ""))),
    store: [await pidOf(store.url)],
  };
  ends = await startEnds(cluster.urls, servers);
  for (const measure of wanted) {
    await measure({ ends, cluster, storeUrl: store.url, shared: shared.file });
    console.log(`\nload ${loadavg()[0]?.toFixed(1)}\n`);
  }
} finally {
  if (ends) await stopEnds(ends);
  await shared.remove();
  await Promise.all([cluster.stop(), store.stop()]);
}

async function pidOf(redisUrl: string): Promise<number> {
  const client = await createClient({ url: redisUrl }).connect();
  try {
    const [, pid] = /^process_id:(\d+)/m.exec(await client.info("server")) ?? [];
    return Number(pid);
  } finally {
    client.destroy();
  }
}
