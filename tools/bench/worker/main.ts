/**
 * Measures the built worker beside one that only passes ready-made octets on, between the same
 * RabbitMQ and the same SMSC, every part a process of its own; then several workers on one queue
 * with Redis: `pnpm --filter @esme/bench worker`. Exits with 1 when a promise is missed.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findService, missingLine, type ServiceKind } from "@esme/services/find";
import { rabbitmq } from "@esme/services/rabbitmq";
import { redis } from "@esme/services/redis";
import {
  crossings,
  type Ends,
  type Figures,
  inbound,
  memory,
  outbound,
  type Setting,
  startEnds,
  stopEnds,
} from "./run.ts";

const ROUNDS = 3;

/** ESME_BENCH_SCALE=0.1 is a look at whether all of it runs; its figures are worth nothing. */
const scale = Number(process.env["ESME_BENCH_SCALE"] ?? 1);
const scaled = (count: number): number => Math.round(count * scale);

const names = ["do-nothing", "@esme/transport"] as const;

/** What is promised of the worker. */
const promised = { share: 0.6, outbound: 5_000, cpu: 0.15, inbound: 15_000, receipts: 3_000 };

let missed = 0;

function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

function head(...cells: readonly string[]): void {
  row(...cells);
  row(...cells.map(() => "---"));
}

function verdict(kept: boolean): string {
  if (!kept) missed += 1;
  return kept ? "ok" : "MISSED";
}

const perSecond = (rate: number): string => Math.round(rate).toLocaleString("en");

/** In the middle of all rounds, each figure for itself; contenders take turns. */
async function medians(
  contenders: ReadonlyMap<string, () => Promise<Figures>>,
): Promise<ReadonlyMap<string, Figures>> {
  const rounds: Map<string, Figures>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const figures = new Map<string, Figures>();
    for (const [name, run] of contenders) figures.set(name, await run());
    rounds.push(figures);
  }
  const middle = (name: string, key: keyof Figures): number =>
    rounds.map((round) => round.get(name)?.[key] ?? Number.NaN).sort((a, b) => a - b)[
      ROUNDS >> 1
    ] ?? Number.NaN;
  const figuresOf = (name: string): Figures => ({
    rate: middle(name, "rate"),
    cpu: middle(name, "cpu"),
    rss: middle(name, "rss"),
  });
  return new Map([...contenders.keys()].map((name) => [name, figuresOf(name)]));
}

/** How many messages keep a run of this kind going for some seconds. */
function countFor(concurrency: number, latency: number): number {
  return scaled(latency === 0 ? 20_000 : Math.min(20_000, concurrency * (1_000 / latency) * 10));
}

async function outboundTable(ends: Ends): Promise<void> {
  head(
    "outbound",
    "SMSC answers after",
    "worker",
    "messages/s",
    "of do-nothing",
    "CPU s per 1,000",
    "MB",
    "",
  );
  for (const latency of [0, 20]) {
    for (const concurrency of [20, 100]) {
      const count = countFor(concurrency, latency);
      const run = (worker: Setting["worker"]) => () =>
        outbound(ends, { worker, concurrency }, { latency, receipts: "none" }, count);
      const figures = await medians(new Map(names.map((name) => [name, run(name)])));
      const ceiling = figures.get("do-nothing")?.rate ?? Number.NaN;
      for (const [worker, { rate, cpu, rss }] of figures) {
        const share = rate / ceiling;
        // With 20 ms and 20 at a time no worker can send more than 1,000 a second.
        const enough = latency > 0 || rate >= promised.outbound;
        const kept = share >= promised.share && cpu <= promised.cpu && enough;
        const said = worker === "do-nothing" ? "" : verdict(kept);
        const cells = [perSecond(rate), share.toFixed(2), cpu.toFixed(3), rss.toFixed(0), said];
        row(`concurrency ${concurrency}`, `${latency} ms`, worker, ...cells);
      }
    }
  }
}

async function inboundTable(ends: Ends): Promise<void> {
  const setting = (worker: Setting["worker"]) => ({ worker, concurrency: 100 }) as const;
  const receipts = { latency: 0, receipts: "same bind" } as const;
  const own = setting("@esme/transport");
  const figures = await medians(
    new Map([
      ["inbound, do-nothing", () => inbound(ends, setting("do-nothing"), scaled(60_000))],
      ["inbound, @esme/transport", () => inbound(ends, own, scaled(60_000))],
      [
        "outbound with receipts, @esme/transport",
        () => outbound(ends, own, receipts, scaled(20_000)),
      ],
    ]),
  );
  const wanted = new Map([
    ["inbound, @esme/transport", promised.inbound],
    ["outbound with receipts, @esme/transport", promised.receipts],
  ]);
  head("concurrency 100", "messages/s", "CPU s per 1,000", "MB", "demanded");
  for (const [name, { rate, cpu, rss }] of figures) {
    const least = wanted.get(name);
    const said = least === undefined ? "" : `${perSecond(least)}/s: ${verdict(rate >= least)}`;
    row(name, perSecond(rate), cpu.toFixed(3), rss.toFixed(0), said);
  }
}

async function memoryTable(ends: Ends): Promise<void> {
  const count = scaled(500_000);
  const setting = { worker: "@esme/transport", concurrency: 100 } as const;
  const sizes = await memory(ends, setting, count, 5);
  head("messages with receipts", "heap after collection, MB", "resident, MB");
  for (const [index, { heap, rss }] of sizes.entries()) {
    row(perSecond((count * (index + 1)) / 5), heap.toFixed(1), rss.toFixed(0));
  }
  const grown = (sizes.at(-1)?.heap ?? Number.NaN) - (sizes.at(0)?.heap ?? Number.NaN);
  const kept = grown < 5;
  console.log(`\nheap grown by ${grown.toFixed(1)} MB (at most 5: ${verdict(kept)})`);
}

async function severalTable(ends: Ends, config: string): Promise<void> {
  const setting = { worker: "@esme/transport", concurrency: 20, config } as const;
  const faults = await crossings(ends, { ...setting, workers: 4 }, 4_000);
  const said = verdict(faults.length === 0);
  console.log(
    `four workers, 4,000 messages, receipts to another worker, 400 texts in parts over two binds: ${said}`,
  );
  for (const fault of new Set(faults)) console.log(`- ${fault}`);
  console.log();
  head("workers", "SMSC answers after", "messages/s", "times one worker", "CPU s per 1,000", "");
  for (const latency of [20, 0]) {
    let alone = Number.NaN;
    for (const workers of [1, 2, 4]) {
      const run = () =>
        outbound(
          ends,
          { ...setting, workers },
          { latency, receipts: "none" },
          scaled(latency === 0 ? 20_000 : 4_000 * workers),
        );
      const several = (await medians(new Map([["", run]]))).get("");
      if (several === undefined) throw new Error("a contender without figures");
      if (workers === 1) alone = several.rate;
      const times = several.rate / alone;
      // While there are cores left. With 20 ms one worker waits nearly all of its time.
      const demanded = latency > 0 && workers === 2 ? `at least 1.6: ${verdict(times >= 1.6)}` : "";
      const cells = [perSecond(several.rate), times.toFixed(2), several.cpu.toFixed(3), demanded];
      row(String(workers), `${latency} ms`, ...cells);
    }
  }
}

/** Configuration for workers that share an account, in a folder from which the classes are found. */
async function sharedConfig(redisUrl: string): Promise<{ file: string; folder: string }> {
  const folder = await mkdtemp(fileURLToPath(new URL("../node_modules/.worker-", import.meta.url)));
  const own = `esme-bench-${process.pid}`;
  const file = join(folder, "worker.yaml");
  const yaml = `
sequencer_class: "@esme/sequencers/redis#RedisSequencer"
sequencer_config: { url: "${redisUrl}", key: "${own}:sequence" }
smpp_cache_class: "@esme/caches/redis#RedisSmppCache"
smpp_cache_config: { url: "${redisUrl}", prefix: "${own}", timeout: 120, multipartTimeout: 120 }
`;
  await writeFile(file, yaml);
  return { file, folder };
}

async function find(kind: ServiceKind) {
  const service = await findService(kind);
  if (service === undefined) throw new Error(missingLine(kind));
  return service;
}

/** `worker inbound memory` measures these alone. */
const tables = new Map<string, (ends: Ends, config: string) => Promise<void>>([
  ["outbound", outboundTable],
  ["inbound", inboundTable],
  ["several", severalTable],
  ["memory", memoryTable],
]);
const wanted = process.argv.slice(2);
const strange = wanted.filter((name) => !tables.has(name));
if (strange.length > 0) throw new Error(`${strange}: the tables are ${[...tables.keys()]}`);

const load = loadavg()[0]?.toFixed(1);
const machine = `${availableParallelism()} cores, ${cpus()[0]?.model.trim()}, load ${load} at the start`;
console.log(`Node ${process.version}, ${machine}\n`);
const [broker, store] = [await find(rabbitmq), await find(redis)];
const ends = await startEnds(broker.url);
const shared = await sharedConfig(store.url);
try {
  for (const [name, measure] of tables) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await measure(ends, shared.file);
    console.log(`\nload ${loadavg()[0]?.toFixed(1)}\n`);
  }
} finally {
  await stopEnds(ends);
  await rm(shared.folder, { recursive: true });
  await Promise.all([broker.stop(), store.stop()]);
}
if (missed > 0) process.exitCode = 1;
