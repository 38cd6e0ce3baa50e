/**
 * Measures the built worker beside one that only passes ready-made octets on, between the same
 * RabbitMQ and the same SMSC, every part a process of its own; then several workers on one queue
 * with Redis: `pnpm --filter @esme/bench worker`. Exits with 1 when a promise is missed.
 */
import { loadavg } from "node:os";
import { rabbitmq } from "@esme/services/rabbitmq";
import { redis } from "@esme/services/redis";
import { chosen, head, machine, medians, perSecond, row, scaled, verdict } from "./report.ts";
import {
  crossings,
  type Ends,
  inbound,
  memory,
  outbound,
  type Setting,
  startEnds,
  stopEnds,
} from "./run.ts";
import { configFile, need, sharedKeys } from "./services.ts";

const names = ["do-nothing", "@esme/transport"] as const;

/** What is promised of the worker; of one with a ledger: of the rate without. */
const promised = {
  ledger: 0.85,
  share: 0.6,
  outbound: 5_000,
  cpu: 0.15,
  inbound: 15_000,
  receipts: 3_000,
};

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

/** Both share ids and sequence numbers in Redis; one of them has its ledger there, too. */
async function ledgerTable(ends: Ends, config: string, storeUrl: string): Promise<void> {
  const ledger = await configFile({
    ...sharedKeys(storeUrl),
    ledger: { url: storeUrl, ttl: 120, unknown: "hold" },
  });
  head("concurrency 100", "SMSC answers after", "messages/s", "of without", "CPU s per 1,000", "");
  for (const latency of [0, 20]) {
    const run = (file: string) => () =>
      outbound(
        ends,
        { worker: "@esme/transport", concurrency: 100, config: file },
        { latency, receipts: "none" },
        countFor(100, latency),
      );
    const contenders = { "without a ledger": run(config), "with a ledger": run(ledger.file) };
    const figures = await medians(new Map(Object.entries(contenders)));
    const without = figures.get("without a ledger")?.rate ?? Number.NaN;
    for (const [name, { rate, cpu }] of figures) {
      const share = rate / without;
      const said = name === "with a ledger" ? verdict(share >= promised.ledger) : "";
      row(name, `${latency} ms`, perSecond(rate), share.toFixed(2), cpu.toFixed(3), said);
    }
  }
  await ledger.remove();
}

/** `worker inbound memory` measures these alone. */
const tables = new Map<string, (ends: Ends, config: string, storeUrl: string) => Promise<void>>([
  ["outbound", outboundTable],
  ["inbound", inboundTable],
  ["several", severalTable],
  ["ledger", ledgerTable],
  ["memory", memoryTable],
]);

console.log(`${machine()}\n`);
const [broker, store] = [await need(rabbitmq), await need(redis)];
const ends = await startEnds([broker.url]);
const shared = await configFile(sharedKeys(store.url));
try {
  for (const measure of chosen(tables)) {
    await measure(ends, shared.file, store.url);
    console.log(`\nload ${loadavg()[0]?.toFixed(1)}\n`);
  }
} finally {
  await stopEnds(ends);
  await shared.remove();
  await Promise.all([broker.stop(), store.stop()]);
}
