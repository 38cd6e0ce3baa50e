/** One measurement: a worker between the broker and the SMSC, from its start to its end. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Moment, Prepared, QueueType } from "./application.ts";
import { busySeconds, cpuOf } from "./cores.ts";
import { BenchProcess, type Usage } from "./process.ts";
import type { Behaviour, Counts } from "./smsc.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const probe = ["--import", path("./probe.mjs")];

/** Process ids of the servers between both ends, where they are known. */
export interface Servers {
  readonly broker: readonly number[];
  readonly store: readonly number[];
}

/** Both ends of the workers. */
export interface Ends {
  /** The nodes of the broker. The application uses the first one, and so does the first worker. */
  readonly amqpUrls: readonly string[];
  readonly servers: Servers;
  readonly application: BenchProcess;
  readonly smsc: BenchProcess;
  readonly port: number;
}

/** Which worker, and how many messages it may have in hand. */
export interface Setting {
  readonly worker: "@esme/transport" | "do-nothing";
  readonly concurrency: number;
  readonly workers?: number;
  /** Default `classic`. */
  readonly queues?: QueueType;
  /** Sessions of each worker, as `config` has them. Default 1. */
  readonly sessions?: number;
  /** A file with more keys of the configuration. */
  readonly config?: string;
}

/** What was measured, of all workers together. */
export interface Figures {
  /** Messages a second. */
  readonly rate: number;
  /** Seconds of CPU for 1,000 messages, of the workers. */
  readonly cpu: number;
  /** The same of RabbitMQ, of Redis, and of the application and the SMSC. */
  readonly brokerCpu: number;
  readonly storeCpu: number;
  readonly endsCpu: number;
  /** Cores that were busy, whoever made them so. */
  readonly busy: number;
  /** Megabytes at the end. */
  readonly rss: number;
}

export async function startEnds(
  amqpUrls: readonly string[],
  servers: Servers = { broker: [], store: [] },
): Promise<Ends> {
  const application = new BenchProcess(path("./application.ts"), amqpUrls.slice(0, 1));
  const smsc = new BenchProcess(path("./smsc.ts"));
  const port = await smsc.ask<number>("listen");
  return { amqpUrls, servers, application, smsc, port };
}

export async function stopEnds({ application, smsc }: Ends): Promise<void> {
  await Promise.all([application.end(), smsc.end()]);
}

let runs = 0;

/** Workers that wait to be let in, in front of a queue; all of it is gone at the end. */
export async function withWorkers<T>(
  ends: Ends,
  setting: Setting,
  behaviour: Omit<Behaviour, "open">,
  use: (workers: readonly BenchProcess[]) => Promise<T>,
): Promise<T> {
  const { application, smsc } = ends;
  runs += 1;
  const name = `esme-bench-${process.pid}-${runs}`;
  const { workers: count = 1, queues = "classic", sessions = 1 } = setting;
  await application.ask("prepare", { transportName: name, queues } satisfies Prepared);
  await smsc.ask("behave", { ...behaviour, open: false });
  const workers = Array.from({ length: count }, (_, index) => {
    const url = ends.amqpUrls[index % ends.amqpUrls.length] ?? "";
    return startWorker(ends, setting, name, url);
  });
  try {
    await linked(smsc, count * sessions);
    return await use(workers);
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
    await linked(smsc, 0);
    await application.ask("remove");
  }
}

async function linked(smsc: BenchProcess, count: number): Promise<void> {
  while ((await smsc.ask<number>("links")) !== count) await delay(20);
}

function startWorker(
  { port }: Ends,
  setting: Setting,
  name: string,
  amqpUrl: string,
): BenchProcess {
  const { worker, concurrency, config } = setting;
  if (worker === "do-nothing") {
    const words = [amqpUrl, String(port), name, String(concurrency)];
    const execArgv = [...process.execArgv, ...probe];
    return new BenchProcess(path("./nothing.ts"), words, { execArgv });
  }
  // As it is installed: the built program.
  const words = [
    ...["--transport-name", name, "--host", "127.0.0.1", "--port", String(port)],
    ...["--worker-concurrency", String(concurrency)],
    ...(config ? ["--config", config] : []),
  ];
  return new BenchProcess(path("../../../packages/transport/bin/esme-transport.js"), words, {
    environment: { AMQP_URL: amqpUrl },
    execArgv: [...profiling, ...probe],
  });
}

/** ESME_BENCH_NODE_OPTIONS="--cpu-prof --cpu-prof-dir=profiles" profiles the worker. */
const profiling = (process.env["ESME_BENCH_NODE_OPTIONS"] ?? "").split(" ").filter(Boolean);

const WARM_UP = 0.25;

/** What was used up to a moment. */
interface Sample {
  readonly at: Moment;
  readonly used: readonly Usage[];
  readonly broker: number;
  readonly store: number;
  readonly ends: number;
  readonly busy: number;
}

/** The rate between the first quarter, for which the just-in-time compiler has its time, and the end. */
async function figuresOf(
  { application, smsc, servers }: Ends,
  workers: readonly BenchProcess[],
  { kind, count, perMessage }: { kind: string; count: number; perMessage: number },
  begin: () => Promise<unknown>,
): Promise<Figures> {
  const warm = Math.floor(count * WARM_UP);
  const reached = async (messages: number): Promise<Sample> => {
    const subject = { kind, count: messages * perMessage };
    const at = await application.ask<Moment>("reached", subject);
    return {
      at,
      broker: cpuOf(servers.broker),
      store: cpuOf(servers.store),
      ends: cpuOf([application.pid, smsc.pid]),
      busy: busySeconds(),
      used: await Promise.all(workers.map((worker) => worker.usage())),
    };
  };
  const [first, last] = [reached(warm), reached(count)];
  await begin();
  const [from, to] = [await first, await last];
  const thousands = (count - warm) / 1_000;
  const seconds = (to.at - from.at) / 1_000;
  return {
    rate: (thousands * 1_000) / seconds,
    cpu: (sum(to.used, "cpu") - sum(from.used, "cpu")) / 1e6 / thousands,
    brokerCpu: (to.broker - from.broker) / thousands,
    storeCpu: (to.store - from.store) / thousands,
    endsCpu: (to.ends - from.ends) / thousands,
    busy: (to.busy - from.busy) / seconds,
    rss: sum(to.used, "rss") / 1e6,
  };
}

function sum(used: readonly Usage[], key: keyof Usage): number {
  return used.reduce((total, one) => total + one[key], 0);
}

/** From a full queue until the event of the last message, or its receipt's. */
export async function outbound(
  ends: Ends,
  setting: Setting,
  behaviour: Omit<Behaviour, "open">,
  count: number,
): Promise<Figures> {
  const perMessage = behaviour.receipts === "none" ? 1 : 2;
  return withWorkers(ends, setting, behaviour, async (workers) => {
    await ends.application.ask("fill", { count });
    const what = { kind: "event", count, perMessage };
    return figuresOf(ends, workers, what, () => ends.smsc.ask("open"));
  });
}

/** As many deliver_sm as a window of 100 lets through, until the application has the last one. */
export async function inbound(ends: Ends, setting: Setting, count: number): Promise<Figures> {
  const { smsc } = ends;
  return withWorkers(ends, setting, { latency: 0, receipts: "none" }, async (workers) => {
    await smsc.ask("open");
    const what = { kind: "inbound", count, perMessage: 1 };
    return figuresOf(ends, workers, what, async () => {
      await smsc.ask("deliver", { count, window: 100 });
      const { refused } = await smsc.ask<Counts>("counts");
      if (refused > 0) throw new Error(`${refused} deliver_sm were refused`);
    });
  });
}

/** The worker's heap after a collection, in megabytes, each time another share was reported. */
export async function memory(
  ends: Ends,
  setting: Setting,
  count: number,
  shares: number,
): Promise<{ heap: number; rss: number }[]> {
  const { application, smsc } = ends;
  return withWorkers(ends, setting, { latency: 0, receipts: "same bind" }, async ([worker]) => {
    if (!worker) throw new Error("a run without a worker");
    await smsc.ask("open");
    const filled = application.ask("fill", { count, ahead: 2_000 });
    const sizes: { heap: number; rss: number }[] = [];
    for (let share = 1; share <= shares; share++) {
      const mark = { kind: "event", count: Math.floor((2 * count * share) / shares) };
      await application.ask("reached", mark);
      const { heapUsed, rss } = await worker.usage(true);
      sizes.push({ heap: heapUsed / 1e6, rss: rss / 1e6 });
    }
    await filled;
    return sizes;
  });
}

/** What went wrong when several workers shared an account; empty when nothing did. */
export async function crossings(ends: Ends, setting: Setting, count: number): Promise<string[]> {
  const { application, smsc } = ends;
  const { workers = 1 } = setting;
  const behaviour = { latency: 0, receipts: "another bind" } as const;
  return withWorkers(ends, setting, behaviour, async () => {
    await application.ask("keep");
    await application.ask("fill", { count });
    await smsc.ask("open");
    await application.ask("reached", { kind: "event", count: 2 * count });
    const found = await application.ask<string[]>("faults");
    const { repeated, links } = await smsc.ask<Counts>("counts");
    if (repeated > 0) found.push(`${repeated} sequence numbers came twice`);
    if (links < workers) found.push(`only ${links} of ${workers} binds were used`);
    await smsc.ask("deliverInParts", { count: count / 10 });
    await application.ask("reached", { kind: "inbound", count: count / 10 });
    const texts = await application.ask<[string, number][]>("texts");
    const senders = new Set(texts.map(([sender]) => sender));
    if (senders.size !== count / 10) found.push(`${senders.size} senders of ${count / 10}`);
    const torn = texts.filter(([, length]) => length !== 200);
    if (torn.length > 0) found.push(`${torn.length} texts are not whole`);
    return found;
  });
}
